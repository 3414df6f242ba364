#include "checkpoint/checkpoint_builder.h"

#include <algorithm>
#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace reckon {

std::string Quoted(absl::string_view name) {
  constexpr size_t kLongest = 120;
  if (name.size() <= kLongest) return absl::StrCat("\"", absl::Utf8SafeCEscape(name), "\"");
  return absl::StrCat("\"", absl::CEscape(name.substr(0, kLongest)), "...\"");
}

absl::StatusOr<uint64_t> TensorBytes(absl::string_view name, DType dtype, const std::vector<int64_t>& shape) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  const DTypeInfo& info = InfoOf(dtype);
  uint64_t elements = 1;
  for (const int64_t dimension : shape) {
    if (dimension < 0) {
      return absl::InvalidArgumentError(absl::StrCat("tensor ", Quoted(name), " has a negative dimension"));
    }
    const uint64_t d = static_cast<uint64_t>(dimension);
    if (d != 0 && elements > kMost / d) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor ", Quoted(name), " has more elements than 63 bits can count"));
    }
    elements *= d;
  }
  const int64_t innermost = shape.empty() ? 1 : shape.back();
  if (innermost % info.block_elements != 0) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", Quoted(name), " of type ", info.name, " has rows of ",
                                                   innermost, " elements; they should be a multiple of ",
                                                   info.block_elements));
  }
  const uint64_t blocks = elements / static_cast<uint64_t>(info.block_elements);
  if (blocks > kMost / static_cast<uint64_t>(info.block_bytes)) {
    return absl::InvalidArgumentError(absl::StrCat("tensor ", Quoted(name), " has more bytes than 63 bits can count"));
  }
  return blocks * static_cast<uint64_t>(info.block_bytes);
}

absl::Status CheckpointBuilder::AddTensor(TensorInfo tensor) {
  const ByteSource& file = source(tensor.file);
  if (tensor.offset > file.size() || tensor.nbytes > file.size() - tensor.offset) {
    return absl::InvalidArgumentError(absl::StrCat(
        file.name(), ": tensor ", Quoted(tensor.name_on_disk), " takes bytes ", tensor.offset, " to ", tensor.offset,
        "+", tensor.nbytes, ", but the file ends at ", file.size(), "; it is damaged or its download was cut short"));
  }
  if (!checkpoint_.index_.emplace(tensor.name, checkpoint_.tensors_.size()).second) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.name(), ": there are two tensors called ", Quoted(tensor.name)));
  }
  checkpoint_.tensors_.push_back(std::move(tensor));
  return absl::OkStatus();
}

absl::StatusOr<TensorInfo> CheckpointBuilder::Take(absl::string_view name) {
  const auto it = checkpoint_.index_.find(name);
  if (it == checkpoint_.index_.end()) {
    return absl::InvalidArgumentError(absl::StrCat(checkpoint_.name_, ": tensor ", Quoted(name),
                                                   " is missing, which others of a quantized layer belong to"));
  }
  // The last one takes its place.
  const size_t place = it->second;
  TensorInfo taken = std::move(checkpoint_.tensors_[place]);
  checkpoint_.index_.erase(it);
  if (place + 1 != checkpoint_.tensors_.size()) {
    checkpoint_.tensors_[place] = std::move(checkpoint_.tensors_.back());
    checkpoint_.index_[checkpoint_.tensors_[place].name] = place;
  }
  checkpoint_.tensors_.pop_back();
  return taken;
}

absl::StatusOr<Checkpoint> CheckpointBuilder::Finish() && {
  std::vector<const TensorInfo*> order;
  order.reserve(checkpoint_.tensors_.size());
  for (const TensorInfo& tensor : checkpoint_.tensors_) {
    if (tensor.nbytes > 0) order.push_back(&tensor);
  }
  std::sort(order.begin(), order.end(), [](const TensorInfo* a, const TensorInfo* b) {
    return a->file != b->file ? a->file < b->file : a->offset < b->offset;
  });
  for (size_t i = 1; i < order.size(); ++i) {
    const TensorInfo& a = *order[i - 1];
    const TensorInfo& b = *order[i];
    if (a.file == b.file && b.offset - a.offset < a.nbytes) {
      return absl::InvalidArgumentError(absl::StrCat(source(a.file).name(), ": tensors ", Quoted(a.name_on_disk),
                                                     " and ", Quoted(b.name_on_disk), " share bytes"));
    }
  }
  return std::move(checkpoint_);
}

}  // namespace reckon
