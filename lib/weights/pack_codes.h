// Codes of a quantized checkpoint into the packed layout, without rounding anything: the packed matrix dequantizes to
// the checkpoint's own values, bit for bit.
#ifndef RECKON_LIB_WEIGHTS_PACK_CODES_H_
#define RECKON_LIB_WEIGHTS_PACK_CODES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "checkpoint/checkpoint.h"
#include "kernels/packed_matrix.h"
#include "weights/code_source.h"

namespace reckon {

// How a matrix is held in memory.
struct Holding {
  PackedFormat format = PackedFormat::kBf16;
  PackedZero zero = PackedZero::kCenter;
  bool from_codes = false;  // packed by PackCodes(), else from floats by KernelTable::pack_panel
};

// What q4 (if allow_q4) or else q8 (if allow_q8) holds all of these tensors with, from their codes; format kF32 if
// neither does: some tensor's type is no grid, its groups are scattered or no multiple of the layout's 32, or the grids
// do not go together. Scales become F16: those of F16 sources stay what they are, others may be rounded.
Holding HoldCodes(absl::Span<const TensorInfo* const> tensors, bool allow_q4, bool allow_q8);

// Rows [first, first + count) of `rows` to channels [channel, channel + count) of a panel of shape `shape`, which must
// be what HoldCodes() chose. The panel was zeroed, so that channels and inputs that do not exist are zero weights.
// Errors: INVALID_ARGUMENT (a scale or minimum is larger than F16 holds).
absl::Status PackCodes(const PackedMatrix& shape, const CodeGrid& grid, const CodeRows& rows, int64_t count,
                       int64_t channel, uint8_t* panel);

// Whether blocks of this type are the codes of `shape` already, in another order: Q4_0 in q4, Q8_0 in q8.
bool HoldsBlocks(const PackedMatrix& shape, DType dtype);

// A row of such blocks to `channel` of a panel, without taking the codes apart. Scales must be finite.
void PackBlocks(const PackedMatrix& shape, absl::Span<const uint8_t> blocks, int64_t channel, uint8_t* panel);

// One output channel of a packed matrix as floats, by the description in packed_matrix.h. Shapes: out [k].
void UnpackChannel(const PackedMatrix& matrix, const uint8_t* data, int64_t channel, absl::Span<float> out);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_PACK_CODES_H_
