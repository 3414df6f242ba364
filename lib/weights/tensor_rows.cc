#include "weights/tensor_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "weights/dequantize.h"

namespace reckon {
namespace {

int64_t RowBytes(const TensorInfo& tensor, int64_t columns) {
  const DTypeInfo& type = InfoOf(tensor.dtype);
  return columns / type.block_elements * type.block_bytes;
}

}  // namespace

absl::StatusOr<const TensorInfo*> FindPart(const Checkpoint& checkpoint, const TensorPart& part, int64_t columns) {
  RECKON_ASSIGN_OR_RETURN(const TensorInfo* tensor, checkpoint.Require(part.name));
  const bool is_vector = tensor->shape.size() == 1;
  const int64_t actual_columns = is_vector ? 1 : tensor->shape.back();
  const int64_t wanted_rows = part.tensor_rows != 0 ? part.tensor_rows : part.rows;
  if (tensor->shape.empty() || tensor->shape.size() > 2 || (is_vector && columns != 1) || actual_columns != columns ||
      tensor->rows() != wanted_rows || part.row_begin + part.rows > wanted_rows) {
    return absl::InvalidArgumentError(absl::StrCat(checkpoint.name(), ": tensor ", tensor->Describe(),
                                                   " does not have the shape that the configuration implies, [",
                                                   wanted_rows, columns == 1 ? "" : absl::StrCat(", ", columns), "]"));
  }
  const DTypeInfo& type = InfoOf(tensor->dtype);
  if (tensor->codes != nullptr) {
    if (is_vector || columns == 1) {
      return absl::UnimplementedError(absl::StrCat(checkpoint.name(), ": tensor ", tensor->Describe(),
                                                   ": a vector of a quantized layer's type is not read"));
    }
    return tensor;
  }
  if (!CanDequantize(tensor->dtype)) {
    return absl::UnimplementedError(absl::StrCat(checkpoint.name(), ": tensor ", tensor->Describe(),
                                                 ": weights of type ", type.name, " are not read"));
  }
  if (!is_vector && columns % type.block_elements != 0) {
    return absl::InvalidArgumentError(absl::StrCat(checkpoint.name(), ": tensor ", tensor->Describe(), ": rows of ",
                                                   columns, " elements are not whole blocks of ", type.block_elements));
  }
  if (tensor->interleaved_heads != 0 &&
      (tensor->rows() % tensor->interleaved_heads != 0 || tensor->rows() / tensor->interleaved_heads % 2 != 0)) {
    return absl::InvalidArgumentError(absl::StrCat(checkpoint.name(), ": tensor ", tensor->Describe(),
                                                   " does not divide into ", tensor->interleaved_heads, " heads"));
  }
  return tensor;
}

int64_t RowOnDisk(const TensorInfo& tensor, int64_t row) {
  if (tensor.interleaved_heads == 0) return row;
  const int64_t head_rows = tensor.rows() / tensor.interleaved_heads;
  const int64_t head = row / head_rows;
  const int64_t inside = row % head_rows;
  const int64_t half = head_rows / 2;
  return head * head_rows + (inside < half ? 2 * inside : 2 * (inside - half) + 1);
}

absl::Status ReadRow(const Checkpoint& checkpoint, const TensorInfo& tensor, int64_t row, absl::Span<float> out,
                     std::vector<uint8_t>* scratch) {
  const int64_t bytes = RowBytes(tensor, static_cast<int64_t>(out.size()));
  RECKON_ASSIGN_OR_RETURN(const absl::Span<const uint8_t> view,
                          checkpoint.View(tensor, static_cast<uint64_t>(RowOnDisk(tensor, row) * bytes),
                                          static_cast<uint64_t>(bytes), scratch));
  return DequantizeRow(tensor.dtype, view, out);
}

absl::StatusOr<RowReader> RowReader::Open(const Checkpoint& checkpoint, const TensorInfo& tensor) {
  RowReader reader(checkpoint, tensor);
  if (tensor.codes != nullptr) {
    RECKON_ASSIGN_OR_RETURN(CodeSource codes, CodeSource::Open(checkpoint, tensor));
    reader.codes_.emplace(std::move(codes));
  }
  return reader;
}

absl::Status RowReader::Read(int64_t row, int64_t count, float* out, int64_t stride, RowScratch* scratch) const {
  const size_t columns = static_cast<size_t>(tensor_->shape.back());
  if (codes_.has_value()) RECKON_RETURN_IF_ERROR(codes_->Read(row, count, &scratch->codes));
  for (int64_t r = 0; r < count; ++r) {
    const absl::Span<float> line(out + r * stride, columns);
    if (codes_.has_value()) {
      codes_->Dequantize(scratch->codes, r, line);
    } else {
      RECKON_RETURN_IF_ERROR(ReadRow(*checkpoint_, *tensor_, row + r, line, &scratch->bytes));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadVector(const Checkpoint& checkpoint, const TensorPart& part, absl::Span<float> out) {
  RECKON_ASSIGN_OR_RETURN(const TensorInfo* tensor, FindPart(checkpoint, part, 1));
  const DTypeInfo& type = InfoOf(tensor->dtype);
  if (type.block_elements != 1) {
    return absl::UnimplementedError(
        absl::StrCat(checkpoint.name(), ": tensor ", tensor->Describe(), ": a vector of a block type is not read"));
  }
  std::vector<uint8_t> scratch;
  for (int64_t i = 0; i < part.rows; ++i) {
    // Element by element only where the order differs; else all at once.
    const int64_t count = tensor->interleaved_heads == 0 ? part.rows : 1;
    const int64_t row = RowOnDisk(*tensor, part.row_begin + i);
    RECKON_ASSIGN_OR_RETURN(const absl::Span<const uint8_t> view,
                            checkpoint.View(*tensor, static_cast<uint64_t>(row * type.block_bytes),
                                            static_cast<uint64_t>(count * type.block_bytes), &scratch));
    RECKON_RETURN_IF_ERROR(
        DequantizeRow(tensor->dtype, view, out.subspan(static_cast<size_t>(i), static_cast<size_t>(count))));
    i += count - 1;
  }
  return absl::OkStatus();
}

}  // namespace reckon
