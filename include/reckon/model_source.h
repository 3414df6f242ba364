// Where a model's bytes come from: a path, memory, or functions of the caller (encrypted files, archives, Android
// assets).
#ifndef RECKON_MODEL_SOURCE_H_
#define RECKON_MODEL_SOURCE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace reckon {

// One file of a checkpoint that is not on disk. Give either `bytes` or `read_at` with `size`.
struct ModelFile {
  // The name it would have in the checkpoint's folder: "config.json", "model.safetensors", "model-q4_0.gguf".
  std::string name{};
  // The contents. Not copied: they must stay alive and unchanged as long as any Model opened from them.
  absl::Span<const uint8_t> bytes{};
  // Reads out.size() bytes at `offset`; offset + out.size() <= size always holds. Called on the thread that is opening
  // the model or, for rows of the embedding table, on a thread that runs a Session; never two calls at once. Must not
  // throw. An error ends the call that needed the bytes, with the error's code and text.
  std::function<absl::Status(uint64_t offset, absl::Span<uint8_t> out)> read_at{};
  // The file's length in bytes, with read_at.
  uint64_t size = 0;
};

// A value; copying copies names and handles, not contents.
class ModelSource {
 public:
  // A folder as published on model hubs (config.json, tokenizer.json, *.safetensors...), a .gguf file (the first part
  // of a split one finds the others beside it), or a .safetensors file with its companions in the same folder.
  static ModelSource Path(std::string path) {
    ModelSource source;
    source.path_ = std::move(path);
    return source;
  }
  // The files of a checkpoint held elsewhere; one .gguf file is a checkpoint on its own.
  static ModelSource Files(std::vector<ModelFile> files) {
    ModelSource source;
    source.files_ = std::move(files);
    return source;
  }

  const std::string& path() const { return path_; }
  const std::vector<ModelFile>& files() const { return files_; }

 private:
  ModelSource() = default;
  std::string path_;
  std::vector<ModelFile> files_;
};

}  // namespace reckon

#endif  // RECKON_MODEL_SOURCE_H_
