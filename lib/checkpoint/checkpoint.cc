#include "checkpoint/checkpoint.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "checkpoint/file_set.h"
#include "checkpoint/gguf.h"
#include "checkpoint/hf_folder.h"
#include "checkpoint/integer_codes.h"

namespace reckon {
namespace {

bool EndsWithAny(absl::string_view name, std::initializer_list<absl::string_view> endings) {
  for (const absl::string_view ending : endings) {
    if (absl::EndsWithIgnoreCase(name, ending)) return true;
  }
  return false;
}

// The names of GGUF models; of a split one only the first part.
std::vector<std::string> GgufModels(const FileSet& files) {
  std::vector<std::string> models;
  for (const std::string& name : files.names()) {
    if (!absl::EndsWithIgnoreCase(name, ".gguf")) continue;
    const bool later_part = absl::StrContains(name, "-of-") && !absl::StrContains(name, "-00001-of-");
    if (!later_part) models.push_back(name);
  }
  return models;
}

// Which format a set of files is, by the names in it.
absl::StatusOr<Checkpoint> OpenFiles(const FileSet& files) {
  const std::vector<std::string> ggufs = GgufModels(files);
  bool safetensors = false;
  for (const std::string& name : files.names()) {
    safetensors = safetensors || EndsWithAny(name, {".safetensors", ".safetensors.index.json"});
  }
  if (safetensors || ggufs.empty()) return OpenHfFolder(files, "");
  if (ggufs.size() == 1) return OpenGguf(files, ggufs.front());
  return absl::InvalidArgumentError(absl::StrCat(files.Label(""), ": several models are here (",
                                                 absl::StrJoin(ggufs.begin(), ggufs.begin() + 2, ", "),
                                                 ggufs.size() > 2 ? ", ..." : "", "); open one by its path"));
}

absl::StatusOr<Checkpoint> OpenFile(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string folder = file.has_parent_path() ? file.parent_path().string() : ".";
  const std::string name = file.filename().string();
  if (absl::EndsWithIgnoreCase(name, ".safetensors")) {
    RECKON_ASSIGN_OR_RETURN(const std::unique_ptr<FileSet> files, OpenFolder(folder));
    return OpenHfFolder(*files, name);
  }
  const std::unique_ptr<FileSet> files = OpenFolderUnlisted(folder);
  RECKON_ASSIGN_OR_RETURN(const std::shared_ptr<const ByteSource> source, files->Open(name));
  // By contents too: caches keep files under a hash for a name.
  if (absl::EndsWithIgnoreCase(name, ".gguf") || LooksLikeGguf(*source)) return OpenGguf(*files, name);
  if (EndsWithAny(name, {".bin", ".pt", ".pth", ".ckpt"})) {
    return absl::UnimplementedError(
        absl::StrCat(path,
                     ": this is probably Python pickle, which is a program that would run on loading, so it is "
                     "not read; take the safetensors files of the same model"));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": not a checkpoint; give the folder that holds config.json, a .safetensors file or a .gguf file"));
}

absl::StatusOr<Checkpoint> OpenPath(const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError("the path of the model is empty");
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return OpenFile(path);
  RECKON_ASSIGN_OR_RETURN(const std::unique_ptr<FileSet> files, OpenFolder(path));
  return OpenFiles(*files);
}

absl::StatusOr<Checkpoint> OpenMemory(absl::Span<const ModelFile> list) {
  RECKON_ASSIGN_OR_RETURN(const std::unique_ptr<FileSet> files, MakeFileList(list));
  if (list.size() == 1) {
    RECKON_ASSIGN_OR_RETURN(const std::shared_ptr<const ByteSource> source, files->Open(list.front().name));
    if (LooksLikeGguf(*source)) return OpenGguf(*files, list.front().name);
  }
  return OpenFiles(*files);
}

}  // namespace

int64_t TensorInfo::elements() const {
  int64_t count = 1;
  for (const int64_t dimension : shape) count *= dimension;
  return count;
}

std::string TensorInfo::Describe() const {
  return absl::StrCat(name, name == name_on_disk ? "" : absl::StrCat(" (", name_on_disk, ")"), " ", InfoOf(dtype).name,
                      " [", absl::StrJoin(shape, ", "), "]");
}

absl::StatusOr<Checkpoint> Checkpoint::Open(const ModelSource& source) {
  return source.files().empty() ? OpenPath(source.path()) : OpenMemory(source.files());
}

uint64_t Checkpoint::file_bytes() const {
  uint64_t bytes = 0;
  for (const auto& source : sources_) bytes += source->size();
  return bytes;
}

const TensorInfo* Checkpoint::Find(absl::string_view name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &tensors_[it->second];
}

absl::StatusOr<const TensorInfo*> Checkpoint::Require(absl::string_view name) const {
  const TensorInfo* tensor = Find(name);
  if (tensor != nullptr) return tensor;
  return absl::NotFoundError(absl::StrCat(name_, ": tensor \"", name, "\" is missing"));
}

absl::StatusOr<absl::Span<const uint8_t>> Checkpoint::View(const TensorInfo& tensor, uint64_t offset, uint64_t length,
                                                           std::vector<uint8_t>* scratch) const {
  RECKON_RETURN_IF_ERROR(CheckRange(tensor, offset, length));
  const ByteSource& source = *sources_[static_cast<size_t>(tensor.file)];
  if (const uint8_t* map = source.Map()) {
    return absl::MakeConstSpan(map + tensor.offset + offset, static_cast<size_t>(length));
  }
  if (scratch->size() < length) scratch->resize(static_cast<size_t>(length));
  const absl::Span<uint8_t> out = absl::MakeSpan(scratch->data(), static_cast<size_t>(length));
  RECKON_RETURN_IF_ERROR(source.ReadAt(tensor.offset + offset, out));
  return absl::Span<const uint8_t>(out);
}

absl::Status Checkpoint::ReadAt(const TensorInfo& tensor, uint64_t offset, absl::Span<uint8_t> out) const {
  RECKON_RETURN_IF_ERROR(CheckRange(tensor, offset, out.size()));
  return sources_[static_cast<size_t>(tensor.file)]->ReadAt(tensor.offset + offset, out);
}

const uint8_t* Checkpoint::Mapped(const TensorInfo& tensor) const {
  const uint8_t* const map = sources_[static_cast<size_t>(tensor.file)]->Map();
  return map == nullptr ? nullptr : map + tensor.offset;
}

void Checkpoint::Release(const TensorInfo& tensor) const {
  sources_[static_cast<size_t>(tensor.file)]->Release(tensor.offset, tensor.nbytes);
  if (tensor.codes == nullptr) return;
  Release(tensor.codes->scales);
  if (tensor.codes->zeros.has_value()) Release(tensor.codes->zeros->tensor);
}

absl::Status Checkpoint::CheckRange(const TensorInfo& tensor, uint64_t offset, uint64_t length) const {
  if (offset <= tensor.nbytes && length <= tensor.nbytes - offset) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(name_, ": bytes [", offset, ", +", length, ") lie past the end of tensor ",
                                            tensor.Describe(), ", which has ", tensor.nbytes));
}

}  // namespace reckon
