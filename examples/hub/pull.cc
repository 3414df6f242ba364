#include "hub/pull.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hub/cache_writer.h"
#include "hub/cached_models.h"
#include "hub/digest.h"
#include "hub/file_lock.h"
#include "hub/files.h"
#include "hub/listing.h"
#include "hub/names.h"
#include "hub/partial_file.h"
#include "hub/transfer.h"

namespace reckon_hub {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxRestarts = 2;                     // because the hub's files changed while they were fetched
constexpr size_t kFilesAtOnce = 64;                 // each takes three file descriptors
constexpr int64_t kSpareBytes = int64_t{64} << 20;  // of disk, beside the files

// Bytes that an interrupted download takes up already.
int64_t AllocatedBytes(const fs::path& staged) {
  struct stat what = {};
  const std::string incomplete = staged.string() + ".reckon-incomplete";
  return stat(incomplete.c_str(), &what) == 0 ? static_cast<int64_t>(what.st_blocks) * 512 : 0;
}

std::string MiB(int64_t bytes) { return absl::StrCat((bytes + (1 << 20) - 1) >> 20, " MiB"); }

class Puller {
 public:
  Puller(const HubSettings& settings, Hub hub, std::string repo, std::string revision, const PullOptions& options,
         const PullEvents& events)
      : settings_(settings),
        hub_(hub),
        repo_(std::move(repo)),
        revision_(std::move(revision)),
        options_(options),
        events_(events) {}

  absl::StatusOr<PullResult> Run() {
    for (int restarts = 0;; ++restarts) {
      changed_ = false;
      absl::Status status = Once();
      if (status.ok()) return std::move(result_);
      if (!changed_ || restarts >= kMaxRestarts) return status;
      events_.note(absl::StrCat(repo_, " has changed on the hub; beginning again with its new files"));
    }
  }

 private:
  absl::Status Once() {
    absl::StatusOr<Listing> listing = FetchListing();
    if (!listing.ok()) return listing.status();
    absl::StatusOr<std::vector<RemoteFile>> chosen = SelectFiles(listing->files, options_.wanted);
    if (!chosen.ok()) return absl::Status(chosen.status().code(), absl::StrCat(repo_, ": ", chosen.status().message()));
    writer_ = MakeCacheWriter(hub_, settings_, repo_, revision_, listing->commit);
    Plan(listing->commit, *std::move(chosen));
    if (!asked_ && !events_.confirm(result_.plan)) return absl::CancelledError("");
    asked_ = true;
    const absl::StatusOr<FileLock> lock = FileLock::Acquire(
        writer_->RepoLock(), events_.cancelled, [&] { events_.note("waiting for another pull of this model"); });
    if (!lock.ok()) return lock.status();
    result_.reused_bytes = 0;
    const absl::StatusOr<std::vector<RemoteFile>> missing = Missing();
    if (!missing.ok()) return missing.status();
    if (absl::Status space = CheckSpace(*missing); !space.ok()) return space;
    for (size_t first = 0; first < missing->size(); first += kFilesAtOnce) {
      const auto begin = missing->begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = missing->begin() + static_cast<std::ptrdiff_t>(std::min(first + kFilesAtOnce, missing->size()));
      if (absl::Status fetched = Fetch({begin, end}); !fetched.ok()) return fetched;
    }
    if (absl::Status published = writer_->Publish(result_.plan.files); !published.ok()) return published;
    result_.path = ModelPath();
    return absl::OkStatus();
  }

  absl::StatusOr<Listing> FetchListing() {
    absl::StatusOr<Listing> listing = absl::UnknownError("");
    const absl::StatusOr<std::string> body =
        FetchText(ListingUrl(hub_, settings_.endpoint, repo_, revision_), settings_.auth_header, kMaxListingBytes,
                  options_.network, events_.cancelled, events_.note, [&](const std::string& text) {
                    listing = ParseListing(hub_, revision_, text);
                    return listing.status();
                  });
    if (!body.ok()) return body.status();
    return listing;
  }

  void Plan(const std::string& commit, std::vector<RemoteFile> files) {
    PullPlan& plan = result_.plan;
    plan = {repo_, hub_, commit, writer_->Folder(), std::move(files)};
    for (const RemoteFile& file : plan.files) {
      plan.total_bytes += file.size;
      if (writer_->Candidate(file).empty()) {
        plan.missing_bytes += std::max<int64_t>(0, file.size - AllocatedBytes(writer_->Staged(file)));
      }
    }
  }

  // One of each of the contents that are not there, or not right.
  absl::StatusOr<std::vector<RemoteFile>> Missing() {
    std::vector<RemoteFile> missing;
    std::set<std::string> seen;
    int64_t before = 0;
    for (const RemoteFile& file : result_.plan.files) {
      if (!seen.insert(file.checksum.hex).second) continue;
      const fs::path candidate = writer_->Candidate(file);
      bool right = !candidate.empty();
      if (right && (options_.verify || !writer_->NamedByContents(candidate))) {
        const absl::StatusOr<std::string> hash =
            HashFile(candidate, file.checksum.kind, file.size, GoesOn(PullStage::kChecking, before));
        if (!hash.ok()) return hash.status();
        right = *hash == file.checksum.hex;
        if (!right) events_.note(absl::StrCat(candidate.string(), " is not what the hub has"));
      }
      before += file.size;
      if (right) {
        result_.reused_bytes += file.size;
        PartialFile::RemoveRemains(writer_->Staged(file));
      } else {
        missing.push_back(file);
      }
    }
    return missing;
  }

  absl::Status CheckSpace(const std::vector<RemoteFile>& missing) const {
    int64_t needed = 0;
    for (const RemoteFile& file : missing) {
      const fs::path staged = writer_->Staged(file);
      const int64_t there = AllocatedBytes(staged) + std::max<int64_t>(0, FileSize(staged));
      needed += std::max<int64_t>(0, file.size - there);
    }
    if (needed == 0) return absl::OkStatus();
    const absl::StatusOr<int64_t> free = FreeBytes(result_.plan.folder);
    if (!free.ok()) return free.status();
    if (*free >= needed + std::min(needed / 16, kSpareBytes)) return absl::OkStatus();
    return absl::ResourceExhaustedError(absl::StrCat("not enough room at ", settings_.cache.string(), ": ", MiB(needed),
                                                     " are still to come and ", MiB(*free),
                                                     " are free; nothing was fetched"));
  }

  absl::Status Fetch(const std::vector<RemoteFile>& files) {
    std::vector<FileLock> locks;
    std::vector<std::unique_ptr<PartialFile>> partials;
    std::vector<Download> downloads;
    int64_t present = 0;
    total_ = 0;
    for (const RemoteFile& file : files) {
      if (const fs::path path = writer_->FileLock(file); !path.empty()) {
        absl::StatusOr<FileLock> lock = FileLock::Acquire(path, events_.cancelled, [&] {
          events_.note(absl::StrCat("waiting for another program that fetches ", file.path));
        });
        if (!lock.ok()) return lock.status();
        locks.push_back(*std::move(lock));
        if (!options_.verify && !writer_->Candidate(file).empty()) continue;  // that program has got it
      }
      absl::StatusOr<std::unique_ptr<PartialFile>> partial =
          PartialFile::Open(writer_->Staged(file), file, GoesOn(PullStage::kChecking, present));
      if (!partial.ok()) return partial.status();
      present += (*partial)->bytes_present();
      result_.reused_bytes += (*partial)->bytes_present();
      total_ += file.size;
      downloads.push_back({FileUrl(hub_, settings_.endpoint, repo_, result_.plan.commit, file.path),
                           settings_.auth_header, partial->get()});
      partials.push_back(*std::move(partial));
    }
    done_ = present;
    if (absl::Status fetched = FetchParts(downloads, options_.network, Watch()); !fetched.ok()) return fetched;
    int64_t verified = 0;
    for (const Download& download : downloads) {
      if (absl::Status good = Accept(download, verified); !good.ok()) return good;
      verified += download.file->size();
    }
    return absl::OkStatus();
  }

  // Lets a whole file in if it is right, and makes it right if it is not.
  absl::Status Accept(const Download& download, int64_t verified) {
    PartialFile& file = *download.file;
    const auto goes_on = GoesOn(PullStage::kVerifying, verified);
    const absl::StatusOr<bool> right = file.IsRight(goes_on);
    if (!right.ok()) return right.status();
    if (!*right) {
      events_.note(absl::StrCat(file.file().path, " did not come as its checksum says; looking for the wrong part"));
      if (absl::Status same = CheckUnchanged(file); !same.ok()) return same;
      absl::Status repaired = RepairParts(download, options_.network, Watch(), goes_on);
      if (absl::IsDataLoss(repaired)) file.Discard();
      if (!repaired.ok()) return repaired;
      result_.repaired_parts += file.parts_replaced();
      events_.note(absl::StrCat(file.file().path, ": ", file.parts_replaced(), " of ", file.part_count(),
                                " parts replaced; now it is right"));
    }
    return file.Finish();
  }

  // Whether the hub still lists this file with the same contents: a branch may have moved on.
  absl::Status CheckUnchanged(PartialFile& partial) {
    const absl::StatusOr<Listing> now = FetchListing();
    if (!now.ok()) return now.status();
    for (const RemoteFile& file : now->files) {
      if (file.path == partial.file().path && file.checksum == partial.file().checksum) return absl::OkStatus();
    }
    changed_ = true;
    partial.Discard();
    return absl::AbortedError(
        absl::StrCat(repo_, " keeps changing on the hub; try again later, or a fixed --revision"));
  }

  std::function<bool(int64_t)> GoesOn(PullStage stage, int64_t before) const {
    const int64_t total = result_.plan.total_bytes;
    return [this, stage, before, total](int64_t done) {
      events_.progress({stage, before + done, total});
      return !events_.cancelled();
    };
  }

  TransferWatch Watch() {
    TransferWatch watch;
    watch.cancelled = events_.cancelled;
    watch.note = events_.note;
    watch.received = [this](int64_t bytes) { result_.fetched_bytes += bytes; };
    watch.gained = [this](int64_t bytes) {
      done_ += bytes;
      events_.progress({PullStage::kFetching, std::min(done_, total_), total_});
    };
    return watch;
  }

  fs::path ModelPath() const {
    const std::vector<RemoteFile>& files = result_.plan.files;
    std::set<std::string> stems;
    for (const RemoteFile& file : files) {
      if (absl::EndsWithIgnoreCase(file.path, ".gguf")) stems.insert(GgufStem(file.path));
      if (absl::EndsWithIgnoreCase(file.path, ".safetensors")) return result_.plan.folder;
    }
    if (stems.size() != 1) return result_.plan.folder;
    const auto first = std::min_element(files.begin(), files.end(), [](const RemoteFile& a, const RemoteFile& b) {
      const bool a_gguf = absl::EndsWithIgnoreCase(a.path, ".gguf");
      const bool b_gguf = absl::EndsWithIgnoreCase(b.path, ".gguf");
      return a_gguf != b_gguf ? a_gguf : a.path < b.path;
    });
    return result_.plan.folder / first->path;
  }

  const HubSettings& settings_;
  const Hub hub_;
  const std::string repo_;
  const std::string revision_;
  const PullOptions& options_;
  const PullEvents& events_;
  std::unique_ptr<CacheWriter> writer_;
  PullResult result_;
  bool asked_ = false;
  bool changed_ = false;
  int64_t done_ = 0;  // of the files that are being fetched
  int64_t total_ = 0;
};

}  // namespace

absl::StatusOr<PullResult> Pull(const Environment& environment, const ModelName& name, const PullOptions& options,
                                const PullEvents& events) {
  const Hub hub = options.from.value_or(name.hub.value_or(Hub::kHuggingFace));
  if (name.On(hub).empty()) {
    return absl::NotFoundError(absl::StrCat(name.given, " stands for no repository on ", HubTitle(hub),
                                            "; give its ORG/NAME there, or fetch it from the other hub"));
  }
  const std::string revision = options.revision.empty() ? DefaultRevision(hub) : options.revision;
  if (!IsRevision(revision)) return absl::InvalidArgumentError("--revision is no branch, tag or commit");
  PullOptions all = options;
  if (all.wanted.quant.empty()) all.wanted.quant = name.quant;
  if (environment.offline) {
    return absl::FailedPreconditionError(
        "HF_HUB_OFFLINE is set, so nothing is fetched; `reckon list` shows what is here");
  }
  return Puller(environment.On(hub), hub, name.On(hub), revision, all, events).Run();
}

}  // namespace reckon_hub
