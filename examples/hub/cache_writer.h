// Puts files into the caches that the hubs' own tools use, in their layouts.
#ifndef RECKON_EXAMPLES_HUB_CACHE_WRITER_H_
#define RECKON_EXAMPLES_HUB_CACHE_WRITER_H_

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "hub/environment.h"
#include "hub/repo.h"

namespace reckon_hub {

// One revision of one repository. Files come in under a name made of their checksum (Staged) and only when all of them
// are whole do they appear under their own (Publish), so that an interrupted download never looks like a model.
//
// Hugging Face: models--ORG--NAME/{blobs/CHECKSUM, snapshots/COMMIT/PATH -> blob, refs/REVISION}; staged files are
// blobs. ModelScope:   models/ORG--NAME/snapshots/REVISION/PATH, or the folder that an older release of its tools has
// made; staged
//               files are in .reckon/ beside.
class CacheWriter {
 public:
  virtual ~CacheWriter() = default;

  // Where the file's contents stand once they are known to be right.
  virtual std::filesystem::path Staged(const RemoteFile& file) const = 0;
  // Contents that may be those of the file: of its size, under a name that promises them (the staged file), or under
  // the file's own name at this revision. Empty if there are none.
  virtual std::filesystem::path Candidate(const RemoteFile& file) const = 0;
  // Whether a candidate's name alone says what it holds, as a blob's does.
  virtual bool NamedByContents(const std::filesystem::path& candidate) const = 0;
  // Gives all files their own names and the revision its own, replacing what was there. All must have a candidate.
  virtual absl::Status Publish(const std::vector<RemoteFile>& files) = 0;
  // The folder that a program opens.
  virtual std::filesystem::path Folder() const = 0;
  // One download of this repository at a time. The hub's own tools do not know this lock...
  virtual std::filesystem::path RepoLock() const = 0;
  // ... but this one, on each file; empty if there is none.
  virtual std::filesystem::path FileLock(const RemoteFile& file) const = 0;
};

// `repo` is one that IsRepoId accepts, `revision` one for IsRevision; `commit` is the listing's.
std::unique_ptr<CacheWriter> MakeCacheWriter(Hub hub, const HubSettings& settings, const std::string& repo,
                                             const std::string& revision, const std::string& commit);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_CACHE_WRITER_H_
