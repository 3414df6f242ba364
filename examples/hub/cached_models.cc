#include "hub/cached_models.h"

#include <algorithm>
#include <functional>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "hub/cache_layout.h"
#include "hub/file_lock.h"
#include "hub/files.h"
#include "hub/names.h"
#include "hub/selection.h"
#include "nlohmann/json.hpp"

namespace reckon_hub {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxFiles = 100000;
constexpr int kMaxDepth = 16;
constexpr int64_t kMaxIndexBytes = int64_t{32} << 20;

// The entries of a folder in order of their names; none if it cannot be read.
std::vector<fs::path> Entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
    if (entries.size() >= kMaxFiles) break;
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

// Real folders only: what a link leads to is somewhere else too.
std::vector<fs::path> Subfolders(const fs::path& folder) {
  std::vector<fs::path> folders;
  for (const fs::path& entry : Entries(folder)) {
    std::error_code error;
    if (fs::symlink_status(entry, error).type() == fs::file_type::directory) folders.push_back(entry);
  }
  return folders;
}

// Calls `visit` for every file or link below `folder`, with its path relative to it.
void ForEachFile(const fs::path& folder, const std::function<void(const fs::path&)>& visit) {
  std::error_code error;
  int seen = 0;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (++seen > kMaxFiles) return;
    if (it.depth() >= kMaxDepth || it->path().filename() == ".reckon") it.disable_recursion_pending();
    std::error_code ignored;
    if (it->symlink_status(ignored).type() != fs::file_type::directory) visit(it->path().lexically_relative(folder));
  }
}

// The file itself, or what a link in a snapshot leads to: one step, as a blob may be a link into a store of others.
fs::path Target(const fs::path& file) {
  std::error_code error;
  if (!fs::is_symlink(file, error)) return file;
  return (file.parent_path() / fs::read_symlink(file, error)).lexically_normal();
}

// Whether all files that an index of shards speaks of are there.
bool HasAllShards(const fs::path& index, const std::set<std::string>& present) {
  const nlohmann::json root = nlohmann::json::parse(ReadSmallFile(index, kMaxIndexBytes), nullptr, false);
  if (!root.is_object() || !root.contains("weight_map") || !root["weight_map"].is_object()) return false;
  for (const nlohmann::json& shard : root["weight_map"]) {
    if (!shard.is_string() || present.count(shard.get<std::string>()) == 0) return false;
  }
  return true;
}

// Whether `path`, a first part "...-00001-of-0000N.gguf", has its others beside it.
bool HasAllParts(const std::string& path, const std::set<std::string>& present) {
  const std::string stem = GgufStem(path);
  if (path.size() == stem.size() + 5) return true;
  const std::string count = path.substr(path.size() - 10, 5);
  int parts = 0;
  for (const char c : count) parts = parts * 10 + (c - '0');
  for (int part = 1; part <= parts; ++part) {
    const std::string number = absl::StrCat(100000 + part).substr(1);
    if (present.count(absl::StrCat(stem, "-", number, "-of-", count, ".gguf")) == 0) return false;
  }
  return parts > 0;
}

// Looks through the folder; false if it holds nothing that a model is made of.
bool Describe(CachedModel& model) {
  std::set<std::string> present;
  std::set<fs::path> counted;
  ForEachFile(model.folder, [&](const fs::path& relative) {
    const fs::path target = Target(model.folder / relative);
    const int64_t size = FileSize(target);
    if (size < 0) return;
    present.insert(relative.generic_string());
    if (counted.insert(target).second) model.bytes += size;
  });
  bool whole_ggufs = true;
  for (const std::string& path : present) {
    if (absl::EndsWith(path, ".safetensors") && !absl::StrContains(path, "/")) model.safetensors = true;
    if (!absl::EndsWithIgnoreCase(path, ".gguf")) continue;
    const bool later_part = path.size() > GgufStem(path).size() + 5 && !absl::StrContains(path, "-00001-of-");
    if (later_part) continue;
    model.ggufs.push_back(path);
    whole_ggufs = whole_ggufs && HasAllParts(path, present);
  }
  const bool config = present.count("config.json") > 0;
  if (model.safetensors) {
    const char* index = "model.safetensors.index.json";
    model.complete = config && (present.count(index) == 0 || HasAllShards(model.folder / index, present));
  } else {
    model.complete = !model.ggufs.empty() && whole_ggufs;
  }
  return config || model.safetensors || !model.ggufs.empty();
}

void ListHuggingFaceRepo(const fs::path& folder, const std::string& repo, std::vector<CachedModel>& models) {
  for (const fs::path& snapshot : Subfolders(folder / "snapshots")) {
    CachedModel model;
    model.repo = repo;
    model.revision = snapshot.filename().string();
    model.folder = snapshot;
    if (!Describe(model)) continue;
    ForEachFile(folder / "refs", [&](const fs::path& ref) {
      if (ReadSmallFile(folder / "refs" / ref, 64) == model.revision) model.refs.push_back(ref.generic_string());
    });
    models.push_back(std::move(model));
  }
}

void ListHuggingFace(const fs::path& cache, std::vector<CachedModel>& models) {
  for (const fs::path& folder : Entries(cache)) {
    std::string id = folder.filename().string();
    if (!absl::StartsWith(id, "models--")) continue;
    id = absl::StrReplaceAll(id.substr(sizeof("models--") - 1), {{"--", "/"}});
    if (IsSafePath(id)) ListHuggingFaceRepo(folder, id, models);
  }
}

void AddModelScope(const std::string& repo, const std::string& revision, const fs::path& folder,
                   std::vector<CachedModel>& models) {
  CachedModel model;
  model.repo = repo;
  model.hub = Hub::kModelScope;
  model.revision = revision;
  model.folder = folder;
  if (IsRepoId(repo) && Describe(model)) models.push_back(std::move(model));
}

// ORG/NAME folders of older layouts, and of the present one ORG--NAME.
void ListModelScopeIn(const fs::path& base, std::vector<CachedModel>& models) {
  for (const fs::path& org : Subfolders(base)) {
    const std::string name = org.filename().string();
    if (absl::StrContains(name, "--")) {
      for (const fs::path& snapshot : Subfolders(org / "snapshots")) {
        AddModelScope(absl::StrReplaceAll(name, {{"--", "/"}}), snapshot.filename().string(), snapshot, models);
      }
    } else if (name != "hub" && name != "models" && name != "datasets") {
      for (const fs::path& folder : Subfolders(org)) {
        const std::string unmasked = absl::StrReplaceAll(folder.filename().string(), {{"___", "."}});
        AddModelScope(absl::StrCat(name, "/", unmasked), "", folder, models);
      }
    }
  }
}

bool IsDefault(const CachedModel& model) {
  if (model.hub == Hub::kModelScope) return model.revision.empty() || model.revision == "master";
  return std::find(model.refs.begin(), model.refs.end(), "main") != model.refs.end();
}

// The GGUF among several that the name means.
absl::StatusOr<fs::path> PathIn(const CachedModel& model, const ModelName& name) {
  if (model.safetensors && name.quant.empty()) return model.folder;
  std::vector<std::string> fitting;
  for (const std::string& gguf : model.ggufs) {
    if (name.quant.empty() || IsOfQuant(gguf, name.quant)) fitting.push_back(gguf);
  }
  if (fitting.size() == 1) return model.folder / fitting.front();
  if (fitting.empty() && name.quant.empty()) return model.folder;  // opening it says what is missing
  std::string choices;
  for (const std::string& gguf : model.ggufs) absl::StrAppend(&choices, "\n  ", (model.folder / gguf).string());
  if (fitting.empty()) return absl::NotFoundError(absl::StrCat("no GGUF of quant ", name.quant, " is in the cache"));
  return absl::InvalidArgumentError(absl::StrCat(name.given, " is several GGUF files; name one of them:", choices));
}

bool Matches(const CachedModel& model, const ModelName& name, std::optional<Hub> hub) {
  if (hub.has_value() && model.hub != *hub) return false;
  if (name.hub.has_value() && model.hub != *name.hub) return false;
  return !name.On(model.hub).empty() && absl::EqualsIgnoreCase(model.repo, name.On(model.hub));
}

bool IsOfRevision(const CachedModel& model, const std::string& revision) {
  return revision.empty() || model.revision == revision ||
         std::find(model.refs.begin(), model.refs.end(), revision) != model.refs.end();
}

// What the files of these snapshots stand on.
std::set<fs::path> Blobs(const std::vector<CachedModel>& models) {
  std::set<fs::path> blobs;
  for (const CachedModel& model : models) {
    ForEachFile(model.folder, [&](const fs::path& file) { blobs.insert(Target(model.folder / file)); });
  }
  return blobs;
}

void PlanHuggingFace(const fs::path& repo, const std::vector<CachedModel>& going, Removal& removal) {
  removal.locks.push_back(repo.parent_path() / ".locks" / repo.filename() / "reckon.lock");
  std::vector<CachedModel> staying;
  for (const fs::path& snapshot : Subfolders(repo / "snapshots")) {
    const bool goes =
        std::any_of(going.begin(), going.end(), [&](const CachedModel& m) { return m.folder == snapshot; });
    if (!goes) staying.emplace_back().folder = snapshot;
  }
  const std::set<fs::path> kept = Blobs(staying);
  for (const fs::path& blob : Blobs(going)) {
    if (kept.count(blob) > 0) continue;
    removal.bytes += std::max<int64_t>(0, FileSize(blob));
    // Only what lies in this repository: a link may lead anywhere.
    if (blob.parent_path() == repo / "blobs") removal.blobs.push_back(blob);
  }
  for (const CachedModel& model : going) {
    for (const std::string& ref : model.refs) removal.files.push_back(repo / "refs" / ref);
    removal.files.push_back(repo / "trees" / absl::StrCat(model.revision, ".json"));
    removal.folders.push_back(model.folder);
  }
  if (staying.empty()) removal.folders.push_back(repo);
}

void PlanModelScope(const fs::path& cache, const CachedModel& model, Removal& removal) {
  removal.locks.push_back(cache / ".lock" / absl::StrCat("reckon_", JoinedId(model.repo), ".lock"));
  removal.bytes += model.bytes;
  const fs::path repo = model.folder.parent_path().parent_path();
  const bool last = model.folder.parent_path() == repo / "snapshots" && Subfolders(repo / "snapshots").size() == 1;
  removal.folders.push_back(last ? repo : model.folder);
  // Older tools put a link with the real name beside a folder with "___".
  const fs::path plain = model.folder.parent_path() / model.repo.substr(model.repo.find('/') + 1);
  std::error_code ignored;
  if (plain != model.folder && fs::is_symlink(plain, ignored)) removal.files.push_back(plain);
}

}  // namespace

std::vector<CachedModel> ListModels(const Environment& environment) {
  std::vector<CachedModel> models;
  ListHuggingFace(environment.hugging_face.cache, models);
  const fs::path& cache = environment.modelscope.cache;
  for (const fs::path& base : {cache / "models", cache, cache / "hub" / "models", cache / "hub"}) {
    ListModelScopeIn(base, models);
  }
  std::stable_sort(models.begin(), models.end(),
                   [](const CachedModel& a, const CachedModel& b) { return a.repo < b.repo; });
  return models;
}

absl::StatusOr<fs::path> FindModel(const Environment& environment, const ModelName& name) {
  std::vector<CachedModel> models;
  for (CachedModel& model : ListModels(environment)) {
    if (Matches(model, name, std::nullopt)) models.push_back(std::move(model));
  }
  std::stable_sort(models.begin(), models.end(), [](const CachedModel& a, const CachedModel& b) {
    if (a.complete != b.complete) return a.complete;
    return IsDefault(a) && !IsDefault(b);
  });
  if (models.empty() || !models.front().complete) {
    return absl::NotFoundError(
        absl::StrCat(name.given, models.empty() ? " is not" : " is not complete", " in the caches"));
  }
  return PathIn(models.front(), name);
}

absl::StatusOr<Removal> PlanRemoval(const Environment& environment, const ModelName& name, const std::string& revision,
                                    std::optional<Hub> hub) {
  Removal removal;
  std::vector<CachedModel> hugging_face;
  for (CachedModel& model : ListModels(environment)) {
    if (!Matches(model, name, hub) || !IsOfRevision(model, revision)) continue;
    if (model.hub == Hub::kHuggingFace) {
      hugging_face.push_back(model);
    } else {
      PlanModelScope(environment.modelscope.cache, model, removal);
    }
    removal.models.push_back(std::move(model));
  }
  if (!hugging_face.empty()) {
    PlanHuggingFace(hugging_face.front().folder.parent_path().parent_path(), hugging_face, removal);
  }
  if (removal.models.empty()) {
    return absl::NotFoundError(absl::StrCat(name.given, revision.empty() ? "" : " at revision ", revision,
                                            " is not in the caches; `reckon list` shows what is"));
  }
  return removal;
}

absl::Status Remove(const Removal& removal) {
  std::vector<FileLock> locks;
  for (const fs::path& path : removal.locks) {
    absl::StatusOr<FileLock> lock = FileLock::TryAcquire(path);
    if (!lock.ok()) return lock.status();
    locks.push_back(*std::move(lock));
  }
  for (const std::vector<fs::path>* paths : {&removal.files, &removal.folders, &removal.blobs}) {
    for (const fs::path& path : *paths) {
      std::error_code error;
      fs::remove_all(path, error);  // follows no links
      if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot remove ", path.string()));
    }
  }
  return absl::OkStatus();
}

}  // namespace reckon_hub
