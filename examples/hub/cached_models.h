// What the hubs' caches hold already, whoever fetched it.
#ifndef RECKON_EXAMPLES_HUB_CACHED_MODELS_H_
#define RECKON_EXAMPLES_HUB_CACHED_MODELS_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hub/environment.h"
#include "hub/model_name.h"
#include "hub/repo.h"

namespace reckon_hub {

// One revision of one repository.
struct CachedModel {
  std::string repo;  // "ORG/NAME"
  Hub hub = Hub::kHuggingFace;
  std::string revision;            // the commit, for Hugging Face; "" where an old layout does not say it
  std::vector<std::string> refs;   // names for it: "main"
  std::filesystem::path folder;    // what a program opens
  std::vector<std::string> ggufs;  // relative; of a split one the first part
  bool safetensors = false;
  bool complete = false;  // has weights, with all parts that its index or names speak of
  int64_t bytes = 0;      // of all its files, those shared with other revisions included
};

// Everything of either cache that has a config.json, safetensors or GGUF files, sorted by name. What cannot be read is
// left out. Looks at no more than 100000 files of a repository.
std::vector<CachedModel> ListModels(const Environment& environment);

// The path that opens the model of this name: a folder, or a .gguf file if that is what it is. Complete ones come
// before others, a revision called main or master before others, Hugging Face before ModelScope unless the name says
// so. NOT_FOUND if there is none; INVALID_ARGUMENT with the choices if there are several GGUF files.
absl::StatusOr<std::filesystem::path> FindModel(const Environment& environment, const ModelName& name);

struct Removal {
  std::vector<CachedModel> models;             // what goes
  std::vector<std::filesystem::path> files;    // links and refs: first, so that nothing leads to what is gone
  std::vector<std::filesystem::path> folders;  // with all that is in them: second
  std::vector<std::filesystem::path> blobs;    // that nothing else uses: last
  std::vector<std::filesystem::path> locks;    // of downloads that would be in the way
  int64_t bytes = 0;                           // that this frees
};

// What removing this model would remove; with a revision (or ref), that one only, and only files that no other revision
// uses. NOT_FOUND if it is not there. `hub` narrows it to one cache.
absl::StatusOr<Removal> PlanRemoval(const Environment& environment, const ModelName& name, const std::string& revision,
                                    std::optional<Hub> hub);
// Does it. UNAVAILABLE while a download of the same repository runs.
absl::Status Remove(const Removal& removal);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_CACHED_MODELS_H_
