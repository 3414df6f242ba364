// Elements of a tensor on disk as floats.
#ifndef RECKON_LIB_WEIGHTS_DEQUANTIZE_H_
#define RECKON_LIB_WEIGHTS_DEQUANTIZE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "checkpoint/dtype.h"

namespace reckon {

// Whether DequantizeRow() reads the type: F64, F32, F16, BF16 and all of GGUF's block types.
bool CanDequantize(DType dtype);

// Converts out.size() consecutive elements, which begin a block. `bytes` may be unaligned. Every value is what ggml's
// reference gives, to the bit; F64 is rounded to the nearest float.
// Errors: UNIMPLEMENTED (integer types), INVALID_ARGUMENT (out.size() is not a multiple of the block, or bytes.size()
// is not exactly what that many elements take). Cost: no allocation; 1 to 6 GB/s of floats a core, depending on the
// type.
absl::Status DequantizeRow(DType dtype, absl::Span<const uint8_t> bytes, absl::Span<float> out);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_DEQUANTIZE_H_
