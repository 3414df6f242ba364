// What the format files fill and Checkpoint::Open hands out.
#ifndef RECKON_LIB_CHECKPOINT_CHECKPOINT_BUILDER_H_
#define RECKON_LIB_CHECKPOINT_CHECKPOINT_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "checkpoint/checkpoint.h"

namespace reckon {

// elements * block_bytes / block_elements with every step checked, or an error that names the tensor: a dimension is
// negative, the product does not fit 63 bits, or the innermost dimension is no multiple of the type's block.
absl::StatusOr<uint64_t> TensorBytes(absl::string_view name, DType dtype, const std::vector<int64_t>& shape);

// A name out of a file for a message: quoted, escaped and cut to a sensible length.
std::string Quoted(absl::string_view name);

class CheckpointBuilder {
 public:
  CheckpointBuilder(std::string name, std::string format) {
    checkpoint_.name_ = std::move(name);
    checkpoint_.format_ = std::move(format);
  }

  Config& config() { return checkpoint_.config_; }
  TokenizerAssets& tokenizer_assets() { return checkpoint_.tokenizer_assets_; }
  absl::Span<TensorInfo> tensors() { return absl::MakeSpan(checkpoint_.tensors_); }
  void set_config(Config config) { checkpoint_.config_ = std::move(config); }
  bool Has(absl::string_view tensor) const { return checkpoint_.index_.contains(tensor); }

  // Returns the number of the file, for TensorInfo::file.
  int AddSource(std::shared_ptr<const ByteSource> source) {
    checkpoint_.sources_.push_back(std::move(source));
    return static_cast<int>(checkpoint_.sources_.size()) - 1;
  }
  const ByteSource& source(int file) const { return *checkpoint_.sources_[static_cast<size_t>(file)]; }

  // INVALID_ARGUMENT if the name is taken or the bytes do not lie inside the file.
  absl::Status AddTensor(TensorInfo tensor);

  // Takes a tensor out, to become part of another one. INVALID_ARGUMENT if there is none of that name.
  absl::StatusOr<TensorInfo> Take(absl::string_view name);

  // INVALID_ARGUMENT if two tensors of one file share bytes.
  absl::StatusOr<Checkpoint> Finish() &&;

 private:
  Checkpoint checkpoint_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_CHECKPOINT_BUILDER_H_
