// A published checkpoint, opened: configuration, named tensors, tokenizer and template. Formats are one file each
// (safetensors.cc, gguf.cc); what comes out is the same for all of them. No maths here: bytes keep their type on disk.
#ifndef RECKON_LIB_CHECKPOINT_CHECKPOINT_H_
#define RECKON_LIB_CHECKPOINT_CHECKPOINT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/byte_source.h"
#include "base/hash_table.h"
#include "checkpoint/config.h"
#include "checkpoint/dtype.h"
#include "checkpoint/tokenizer_assets.h"
#include "reckon/model_source.h"

namespace reckon {

struct IntegerCodes;  // integer_codes.h

// A tensor on disk. Its bytes are known to lie inside its file, and nbytes to fit dtype and shape.
struct TensorInfo {
  std::string name;          // Hugging Face's name ("model.layers.0.self_attn.q_proj.weight"), for GGUF too
  std::string name_on_disk;  // what the file calls it, for messages ("blk.0.attn_q.weight")
  DType dtype;
  std::vector<int64_t> shape;  // outermost first, as PyTorch has it: a linear layer's weight is [out, in]
  uint64_t offset;             // from the start of the file
  uint64_t nbytes;
  int file;  // index into Checkpoint's sources
  // GGUF files of the llama family keep the rows of q and k in the order of interleaved rotation: inside each of this
  // many heads of d rows, row 2i+j of the file is row i+j*d/2 of the published model. 0: published order.
  int64_t interleaved_heads = 0;
  // Of a layer that comes quantized (dtype kInt4 or kInt8): where its numbers are, which is in several tensors on disk;
  // name_on_disk, offset and nbytes are those of the codes. Else null.
  std::shared_ptr<const IntegerCodes> codes{};

  int64_t rows() const { return shape.empty() ? 1 : shape.front(); }
  int64_t elements() const;
  std::string Describe() const;  // "q_proj.weight (blk.0.attn_q.weight) F16 [256, 256]", for messages
};

// Immutable. Threads: every member may be called concurrently.
class Checkpoint {
 public:
  // Opens and checks everything that can be checked without the architecture: headers, offsets, sizes, JSON.
  // Errors: NOT_FOUND (no such file, nothing that looks like a checkpoint), INVALID_ARGUMENT (damaged: names the file
  // and
  //   key or tensor), UNIMPLEMENTED (a format or type that is known but not read, with what to do instead).
  // Cost: reads headers and tokenizer files; tensors stay on disk. Allocations are bounded by the size of those files.
  static absl::StatusOr<Checkpoint> Open(const ModelSource& source);

  const std::string& name() const { return name_; }      // path or first file, for messages
  const std::string& format() const { return format_; }  // "safetensors", "GGUF v3"
  const Config& config() const { return config_; }
  const TokenizerAssets& tokenizer_assets() const { return tokenizer_assets_; }
  // Gives the tokenizer files away; they are large and needed once.
  TokenizerAssets TakeTokenizerAssets() { return std::move(tokenizer_assets_); }
  absl::Span<const TensorInfo> tensors() const { return tensors_; }
  uint64_t file_bytes() const;

  const TensorInfo* Find(absl::string_view name) const;                     // nullptr if there is none
  absl::StatusOr<const TensorInfo*> Require(absl::string_view name) const;  // NOT_FOUND naming checkpoint and tensor

  // Bytes [offset, offset + length) of a tensor: a view into the map where there is one, else read into *scratch (grown
  // as needed) and valid until it changes.
  absl::StatusOr<absl::Span<const uint8_t>> View(const TensorInfo& tensor, uint64_t offset, uint64_t length,
                                                 std::vector<uint8_t>* scratch) const;
  // The same by reading, never through the map: for use after loading (see ByteSource::ReadAt).
  absl::Status ReadAt(const TensorInfo& tensor, uint64_t offset, absl::Span<uint8_t> out) const;
  // The file that a tensor is in, for messages.
  const std::string& FileOf(const TensorInfo& tensor) const {
    return sources_[static_cast<size_t>(tensor.file)]->name();
  }
  // The tensor's bytes in the map, or null where there is none.
  const uint8_t* Mapped(const TensorInfo& tensor) const;
  // The tensor's mapped pages may go, those of its scales and zeros too.
  void Release(const TensorInfo& tensor) const;

 private:
  friend class CheckpointBuilder;  // checkpoint_builder.h: what the format files fill

  absl::Status CheckRange(const TensorInfo& tensor, uint64_t offset, uint64_t length) const;

  std::string name_;
  std::string format_;
  Config config_;
  TokenizerAssets tokenizer_assets_;
  std::vector<std::shared_ptr<const ByteSource>> sources_;
  std::vector<TensorInfo> tensors_;
  StringMap<size_t> index_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_CHECKPOINT_H_
