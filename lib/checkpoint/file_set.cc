#include "checkpoint/file_set.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/list_folder.h"
#include "base/status.h"

namespace reckon {
namespace {

// More files than any checkpoint has; a folder this full is somebody's home.
constexpr size_t kMaxEntries = 20000;
constexpr absl::string_view kTemplateFolder = "additional_chat_templates";

// What leads out of a folder. A user's own file may have a colon in its name where that is no drive's.
#ifdef _WIN32
constexpr absl::string_view kSeparators("/\\:\0", 4);
#else
constexpr absl::string_view kSeparators("/\\\0", 3);
#endif

bool StaysInside(absl::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of(kSeparators) == absl::string_view::npos;
}

class Folder final : public FileSet {
 public:
  explicit Folder(std::string path) : path_(std::move(path)) {}

  absl::Status List() {
    std::vector<std::string> names;
    RECKON_RETURN_IF_ERROR(ListFolder(path_, "", kMaxEntries, &names));
    const std::filesystem::path templates = std::filesystem::path(path_) / std::string(kTemplateFolder);
    std::error_code error;
    if (std::filesystem::is_directory(templates, error)) {
      RECKON_RETURN_IF_ERROR(ListFolder(templates.string(), absl::StrCat(kTemplateFolder, "/"), kMaxEntries, &names));
    }
    SetNames(std::move(names));
    return absl::OkStatus();
  }

  std::string Label(absl::string_view name) const override {
    if (name.empty()) return path_;
    return (std::filesystem::path(path_) / std::string(name)).string();
  }

  absl::StatusOr<std::shared_ptr<const ByteSource>> Open(absl::string_view name) const override {
    absl::string_view plain = name;
    if (absl::ConsumePrefix(&plain, kTemplateFolder)) absl::ConsumePrefix(&plain, "/");
    if (!StaysInside(plain)) {
      return absl::InvalidArgumentError(
          absl::StrCat(path_, ": \"", name, "\" does not name a file inside this folder"));
    }
    return OpenFileSource(Label(name));
  }

 private:
  std::string path_;
};

class FileList final : public FileSet {
 public:
  absl::Status Add(absl::Span<const ModelFile> files) {
    std::vector<std::string> names;
    for (const ModelFile& file : files) {
      if (file.name.empty()) return absl::InvalidArgumentError("a ModelFile has no name");
      if (file.read_at != nullptr && file.bytes.data() != nullptr) {
        return absl::InvalidArgumentError(absl::StrCat("ModelFile \"", file.name, "\" has both bytes and read_at"));
      }
      std::shared_ptr<const ByteSource> source = file.read_at != nullptr
                                                     ? MakeCallbackSource(file.name, file.size, file.read_at)
                                                     : MakeMemorySource(file.name, file.bytes);
      if (!sources_.emplace(file.name, std::move(source)).second) {
        return absl::InvalidArgumentError(absl::StrCat("two ModelFiles are called \"", file.name, "\""));
      }
      names.push_back(file.name);
    }
    SetNames(std::move(names));
    return absl::OkStatus();
  }

  std::string Label(absl::string_view name) const override {
    return name.empty() ? "the given files" : std::string(name);
  }

  absl::StatusOr<std::shared_ptr<const ByteSource>> Open(absl::string_view name) const override {
    const auto it = sources_.find(name);
    if (it == sources_.end()) {
      return absl::NotFoundError(absl::StrCat(Label(""), ": there is no file \"", name, "\""));
    }
    return it->second;
  }

 private:
  std::map<std::string, std::shared_ptr<const ByteSource>, std::less<>> sources_;
};

}  // namespace

bool IsPlainName(absl::string_view name) { return StaysInside(name) && name.find(':') == absl::string_view::npos; }

void FileSet::SetNames(std::vector<std::string> names) {
  names_ = std::move(names);
  std::sort(names_.begin(), names_.end());
}

bool FileSet::Has(absl::string_view name) const {
  return std::binary_search(names_.begin(), names_.end(), name, std::less<>());
}

absl::StatusOr<std::string> FileSet::ReadAll(absl::string_view name, uint64_t limit) const {
  RECKON_ASSIGN_OR_RETURN(const std::shared_ptr<const ByteSource> source, Open(name));
  if (source->size() > limit) {
    return absl::InvalidArgumentError(
        absl::StrCat(Label(name), ": ", source->size(), " bytes is more than such a file may have (", limit, ")"));
  }
  std::string text(source->size(), '\0');
  RECKON_RETURN_IF_ERROR(source->ReadAt(0, absl::MakeSpan(reinterpret_cast<uint8_t*>(text.data()), text.size())));
  return text;
}

absl::StatusOr<std::unique_ptr<FileSet>> OpenFolder(const std::string& path) {
  auto folder = std::make_unique<Folder>(path);
  RECKON_RETURN_IF_ERROR(folder->List());
  return folder;
}

std::unique_ptr<FileSet> OpenFolderUnlisted(const std::string& path) { return std::make_unique<Folder>(path); }

absl::StatusOr<std::unique_ptr<FileSet>> MakeFileList(absl::Span<const ModelFile> files) {
  auto list = std::make_unique<FileList>();
  RECKON_RETURN_IF_ERROR(list->Add(files));
  return list;
}

}  // namespace reckon
