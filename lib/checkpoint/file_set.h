// The files a checkpoint is looked for in: a folder on disk or the caller's list. Formats ask for names and never learn
// which one it is.
#ifndef RECKON_LIB_CHECKPOINT_FILE_SET_H_
#define RECKON_LIB_CHECKPOINT_FILE_SET_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/byte_source.h"
#include "reckon/model_source.h"

namespace reckon {

// Immutable after it is made.
class FileSet {
 public:
  virtual ~FileSet() = default;
  FileSet(const FileSet&) = delete;
  FileSet& operator=(const FileSet&) = delete;

  // Names, sorted, with '/' for the few subfolders that checkpoints have ("additional_chat_templates/rag.jinja"). A
  // name may still fail to open (a link into nowhere).
  const std::vector<std::string>& names() const { return names_; }
  bool Has(absl::string_view name) const;
  // What a reader of a message knows the file or (with an empty name) the whole set by.
  virtual std::string Label(absl::string_view name) const = 0;
  // NOT_FOUND if there is no such name, INVALID_ARGUMENT if it is not plain (see IsPlainName; of a folder's own files a
  // colon is forgiven where it means no drive): no name out of a file leads out of the set. Symbolic links are
  // followed, as hub caches keep the bytes elsewhere.
  virtual absl::StatusOr<std::shared_ptr<const ByteSource>> Open(absl::string_view name) const = 0;

  // The whole of a text file. INVALID_ARGUMENT if it is longer than `limit`.
  absl::StatusOr<std::string> ReadAll(absl::string_view name, uint64_t limit) const;

 protected:
  FileSet() = default;
  void SetNames(std::vector<std::string> names);

 private:
  std::vector<std::string> names_;
};

// A name of a file directly inside a folder: no separators, drive letters, "." or "..".
bool IsPlainName(absl::string_view name);

absl::StatusOr<std::unique_ptr<FileSet>> OpenFolder(const std::string& path);
// The same without reading the folder, which may be large and nothing but the home of one model file: names() is empty.
std::unique_ptr<FileSet> OpenFolderUnlisted(const std::string& path);
absl::StatusOr<std::unique_ptr<FileSet>> MakeFileList(absl::Span<const ModelFile> files);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_FILE_SET_H_
