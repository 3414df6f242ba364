// Input rows in the form that a weight format multiplies with (kernels/kernel_table.h, PackedRows).
#ifndef RECKON_LIB_DECODER_PREPARE_H_
#define RECKON_LIB_DECODER_PREPARE_H_

#include <cstdint>

#include "kernels/kernel_table.h"
#include "kernels/packed_matrix.h"
#include "weights/model_weights.h"

namespace reckon {

// Bytes that the prepared form of `rows` rows of up to `width` inputs takes. width is a multiple of 64.
int64_t PreparedBytes(PackedFormat format, int64_t rows, int64_t width);

// Where the arrays for `rows` rows x [rows][k] of this linear layer's input go inside `buffer`. Floats without padding
// stay where they are.
PackedRows LayOutPrepared(const KernelTable& kernels, const Linear& linear, const float* x, int64_t rows,
                          uint8_t* buffer);

// Prepares rows [begin, end) of x [.][k]. Rows are independent of each other, so ranges may be prepared in parallel.
// x and rows are those of LayOutPrepared().
void PrepareRows(const KernelTable& kernels, const Linear& linear, const float* x, int64_t begin, int64_t end,
                 const PackedRows& rows);

}  // namespace reckon

#endif  // RECKON_LIB_DECODER_PREPARE_H_
