#include "weights/tensor_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "weights/dequantize.h"

namespace reckon {
namespace {

int64_t RowBytes(const TensorInfo& tensor) {
  const DTypeInfo& type = InfoOf(tensor.dtype);
  return tensor.shape.back() / type.block_elements * type.block_bytes;
}

// Where published row `row` is in the file.
int64_t RowOnDisk(const TensorInfo& tensor, int64_t row) {
  if (tensor.interleaved_heads == 0) return row;
  const int64_t head_rows = tensor.rows() / tensor.interleaved_heads;
  const int64_t head = row / head_rows;
  const int64_t inside = row % head_rows;
  const int64_t half = head_rows / 2;
  return head * head_rows + (inside < half ? 2 * inside : 2 * (inside - half) + 1);
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

absl::StatusOr<absl::Span<const uint8_t>> ViewRows(const Checkpoint& checkpoint, const TensorInfo& tensor, int64_t row,
                                                   int64_t most, int64_t* count, std::vector<uint8_t>* scratch) {
  const int64_t bytes = RowBytes(tensor);
  const int64_t first = RowOnDisk(tensor, row);
  *count = 1;
  while (*count < most && RowOnDisk(tensor, row + *count) == first + *count) ++*count;
  return checkpoint.View(tensor, static_cast<uint64_t>(first * bytes), static_cast<uint64_t>(*count * bytes), scratch);
}

absl::Status ReadRow(const Checkpoint& checkpoint, const TensorInfo& tensor, int64_t row, absl::Span<float> out,
                     std::vector<uint8_t>* scratch) {
  int64_t count = 0;
  RECKON_ASSIGN_OR_RETURN(const absl::Span<const uint8_t> bytes, ViewRows(checkpoint, tensor, row, 1, &count, scratch));
  return DequantizeRow(tensor.dtype, bytes, out);
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
  if (codes_.has_value()) {
    RECKON_RETURN_IF_ERROR(codes_->Read(row, count, &scratch->codes));
    for (int64_t r = 0; r < count; ++r) codes_->Dequantize(scratch->codes, r, {out + r * stride, columns});
    return absl::OkStatus();
  }
  for (int64_t r = 0; r < count;) {
    int64_t run = 0;
    RECKON_ASSIGN_OR_RETURN(absl::Span<const uint8_t> rows,
                            ViewRows(*checkpoint_, *tensor_, row + r, count - r, &run, &scratch->bytes));
    const size_t bytes = rows.size() / static_cast<size_t>(run);
    for (; run > 0; --run, ++r, rows.remove_prefix(bytes)) {
      RECKON_RETURN_IF_ERROR(DequantizeRow(tensor_->dtype, rows.first(bytes), {out + r * stride, columns}));
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
