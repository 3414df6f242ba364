// Rows of tensors on disk as floats, in the order of the published model.
#ifndef RECKON_LIB_WEIGHTS_TENSOR_ROWS_H_
#define RECKON_LIB_WEIGHTS_TENSOR_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "arch/architecture.h"
#include "checkpoint/checkpoint.h"

namespace reckon {

// Checks a tensor against the part that the architecture wants: present, of shape [tensor_rows, columns] (or
// [tensor_rows] for columns == 1), rows of whole blocks, a type that DequantizeRow() knows. Errors: NOT_FOUND,
// INVALID_ARGUMENT, UNIMPLEMENTED, naming the tensor.
absl::StatusOr<const TensorInfo*> FindPart(const Checkpoint& checkpoint, const TensorPart& part, int64_t columns);

// Reads row `row` (counted from the part's first, in published order) of a tensor that FindPart() accepted.
// Shapes: out [columns]. scratch is used where the bytes are not mapped.
absl::Status ReadRow(const Checkpoint& checkpoint, const TensorInfo& tensor, int64_t row, absl::Span<float> out,
                     std::vector<uint8_t>* scratch);

// Reads a whole vector part ([rows]).
absl::Status ReadVector(const Checkpoint& checkpoint, const TensorPart& part, absl::Span<float> out);

// Where published row `row` is in the file (see TensorInfo::interleaved_heads).
int64_t RowOnDisk(const TensorInfo& tensor, int64_t row);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_TENSOR_ROWS_H_
