#include "hub/cache_writer.h"

#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "hub/cache_layout.h"
#include "hub/files.h"
#include "hub/names.h"

namespace reckon_hub {
namespace {

namespace fs = std::filesystem;

class HuggingFaceWriter final : public CacheWriter {
 public:
  HuggingFaceWriter(const fs::path& cache, const std::string& repo, std::string revision, std::string commit)
      : repo_(HuggingFaceRepoFolder(cache, repo)),
        locks_(cache / ".locks" / repo_.filename()),
        revision_(std::move(revision)),
        commit_(std::move(commit)) {}

  fs::path Staged(const RemoteFile& file) const override { return repo_ / "blobs" / file.checksum.hex; }

  fs::path Candidate(const RemoteFile& file) const override {
    if (FileSize(Staged(file)) == file.size) return Staged(file);
    // Where there are no symbolic links, the hub's tools put the file itself here.
    const fs::path named = Folder() / file.path;
    std::error_code ignored;
    return !fs::is_symlink(named, ignored) && FileSize(named) == file.size ? named : fs::path();
  }

  bool NamedByContents(const fs::path&) const override { return true; }  // also by the commit

  absl::Status Publish(const std::vector<RemoteFile>& files) override {
    for (const RemoteFile& file : files) {
      if (absl::Status status = PublishFile(file); !status.ok()) return status;
    }
    if (IsHex(revision_, 40)) return absl::OkStatus();
    if (absl::Status made = MakeFoldersFor(repo_ / "refs", revision_); !made.ok()) return made;
    const fs::path ref = repo_ / "refs" / revision_;
    return ReadSmallFile(ref, 64) == commit_ ? absl::OkStatus() : WriteDurably(ref, commit_);
  }

  fs::path Folder() const override { return repo_ / "snapshots" / commit_; }
  fs::path RepoLock() const override { return locks_ / "reckon.lock"; }
  fs::path FileLock(const RemoteFile& file) const override { return locks_ / absl::StrCat(file.checksum.hex, ".lock"); }

 private:
  absl::Status PublishFile(const RemoteFile& file) const {
    if (absl::Status made = MakeFoldersFor(Folder(), file.path); !made.ok()) return made;
    const fs::path link = Folder() / file.path;
    std::string target = "../..";
    for (const char c : file.path) target += c == '/' ? "/.." : "";
    absl::StrAppend(&target, "/blobs/", file.checksum.hex);
    std::error_code error;
    if (fs::is_symlink(link, error) && fs::read_symlink(link, error) == target) return absl::OkStatus();
    if (FileSize(Staged(file)) != file.size) return absl::OkStatus();  // the candidate is the file itself
    absl::Status linked = LinkTo(target, link);
    // EPERM is how Linux says that a file system has no symbolic links.
    return absl::IsPermissionDenied(linked) ? RenameDurably(Staged(file), link) : linked;
  }

  const fs::path repo_;
  const fs::path locks_;
  const std::string revision_;
  const std::string commit_;
};

class ModelScopeWriter final : public CacheWriter {
 public:
  ModelScopeWriter(const fs::path& cache, const std::string& repo, const std::string& revision)
      : lock_(cache / ".lock" / absl::StrCat("reckon_", JoinedId(repo), ".lock")) {
    for (const fs::path& old : OldModelScopeFolders(cache, repo)) {
      std::error_code ignored;
      if (!fs::is_directory(old, ignored) || fs::is_empty(old, ignored)) continue;
      folder_ = old;
      staging_ = old / ".reckon";
      return;
    }
    const fs::path folder = ModelScopeRepoFolder(cache, repo);
    folder_ = folder / "snapshots" / revision;
    staging_ = folder / ".reckon";
  }

  fs::path Staged(const RemoteFile& file) const override { return staging_ / file.checksum.hex; }

  fs::path Candidate(const RemoteFile& file) const override {
    if (FileSize(Staged(file)) == file.size) return Staged(file);
    return FileSize(folder_ / file.path) == file.size ? folder_ / file.path : fs::path();
  }

  bool NamedByContents(const fs::path& candidate) const override { return candidate.parent_path() == staging_; }

  absl::Status Publish(const std::vector<RemoteFile>& files) override {
    std::map<std::string, int> uses;  // of one staged file by several names
    for (const RemoteFile& file : files) ++uses[file.checksum.hex];
    for (const RemoteFile& file : files) {
      if (FileSize(Staged(file)) != file.size) continue;
      if (absl::Status made = MakeFoldersFor(folder_, file.path); !made.ok()) return made;
      if (--uses[file.checksum.hex] > 0) {
        std::error_code error;
        const fs::path copy = absl::StrCat(Staged(file).string(), ".copy");
        fs::copy_file(Staged(file), copy, fs::copy_options::overwrite_existing, error);
        if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot copy to ", copy.string()));
        if (absl::Status moved = RenameDurably(copy, folder_ / file.path); !moved.ok()) return moved;
      } else if (absl::Status moved = RenameDurably(Staged(file), folder_ / file.path); !moved.ok()) {
        return moved;
      }
    }
    std::error_code ignored;
    fs::remove(staging_, ignored);  // if it is empty
    return absl::OkStatus();
  }

  fs::path Folder() const override { return folder_; }
  fs::path RepoLock() const override { return lock_; }
  fs::path FileLock(const RemoteFile&) const override { return {}; }

 private:
  const fs::path lock_;
  fs::path folder_;
  fs::path staging_;
};

}  // namespace

std::unique_ptr<CacheWriter> MakeCacheWriter(Hub hub, const HubSettings& settings, const std::string& repo,
                                             const std::string& revision, const std::string& commit) {
  if (hub == Hub::kHuggingFace) return std::make_unique<HuggingFaceWriter>(settings.cache, repo, revision, commit);
  return std::make_unique<ModelScopeWriter>(settings.cache, repo, revision);
}

}  // namespace reckon_hub
