// Brings a model from a hub into this user's cache.
#ifndef RECKON_EXAMPLES_HUB_PULL_H_
#define RECKON_EXAMPLES_HUB_PULL_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/environment.h"
#include "hub/http.h"
#include "hub/model_name.h"
#include "hub/repo.h"
#include "hub/selection.h"

namespace reckon_hub {

struct PullOptions {
  std::optional<Hub> from;  // default: what the name says, else Hugging Face
  std::string revision;     // branch, tag or commit; default: the hub's usual one
  Wanted wanted;
  bool verify = false;  // hash what is there already, too
  NetworkOptions network;
};

struct PullPlan {
  std::string repo;
  Hub hub = Hub::kHuggingFace;
  std::string commit;
  std::filesystem::path folder;
  std::vector<RemoteFile> files;  // all that belong to it
  int64_t total_bytes = 0;        // of them
  int64_t missing_bytes = 0;      // that are still to come, as far as can be said before looking closer
};

enum class PullStage { kChecking, kFetching, kVerifying };

struct PullProgress {
  PullStage stage = PullStage::kFetching;
  int64_t done = 0;
  int64_t total = 0;
};

// All are called on the thread that works.
struct PullEvents {
  std::function<bool(const PullPlan&)> confirm;  // before anything is written: false ends it with CANCELLED
  std::function<void(const PullProgress&)> progress;
  std::function<void(absl::string_view)> note;  // something that a person may want to know: one line
  std::function<bool()> cancelled;
};

struct PullResult {
  PullPlan plan;
  std::filesystem::path path;  // what -m takes: the folder, or the .gguf file (its first part) if there is just one
  int64_t fetched_bytes = 0;   // contents that came over the network, those that came twice included
  int64_t reused_bytes = 0;    // that were there
  int64_t repaired_parts = 0;
};

// Lists, chooses, checks the space, fetches, verifies, publishes; what is there already is not fetched again, and what
// was interrupted goes on. Nothing appears under its own name before all of it is right. Two pulls of one repository
// take turns. See docs/pull.md for the layouts and the errors.
absl::StatusOr<PullResult> Pull(const Environment& environment, const ModelName& name, const PullOptions& options,
                                const PullEvents& events);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_PULL_H_
