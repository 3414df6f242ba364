// The element types that tensors have on disk.
#ifndef RECKON_LIB_CHECKPOINT_DTYPE_H_
#define RECKON_LIB_CHECKPOINT_DTYPE_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace reckon {

// Plain types, then GGUF's block types (ggml's names; layouts are described in weights/dequantize*.cc), then numbers
// that are in several tensors on disk (integer_codes.h).
enum class DType : uint8_t {
  kF32,
  kF16,
  kBF16,
  kI64,
  kI32,
  kI16,
  kI8,
  kU8,
  kBool,
  kF64,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ2_K,
  kQ3_K,
  kQ4_K,
  kQ5_K,
  kQ6_K,
  kIQ4_NL,
  kIQ4_XS,
  kInt4,
  kInt8,
};

struct DTypeInfo {
  absl::string_view name;
  int64_t block_elements;  // consecutive elements of a row that share a block; 1 for plain types
  int64_t block_bytes;
};

const DTypeInfo& InfoOf(DType dtype);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_DTYPE_H_
