// The safetensors container: 8 bytes of header length, a JSON header, then raw little-endian tensors.
// Reference: https://github.com/huggingface/safetensors (README, "Format").
#ifndef RECKON_LIB_CHECKPOINT_SAFETENSORS_H_
#define RECKON_LIB_CHECKPOINT_SAFETENSORS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/byte_source.h"
#include "checkpoint/checkpoint.h"

namespace reckon {

// The tensors of one file, in the order of the header, with TensorInfo::file = `file`.
// Errors: INVALID_ARGUMENT naming file and tensor; UNIMPLEMENTED for element types that are not read (FP8...).
absl::StatusOr<std::vector<TensorInfo>> ReadSafetensors(const ByteSource& source, int file);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_SAFETENSORS_H_
