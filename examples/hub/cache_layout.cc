#include "hub/cache_layout.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace reckon_hub {

std::string JoinedId(const std::string& repo) { return absl::StrReplaceAll(repo, {{"/", "--"}}); }

std::filesystem::path HuggingFaceRepoFolder(const std::filesystem::path& cache, const std::string& repo) {
  return cache / absl::StrCat("models--", JoinedId(repo));
}

std::filesystem::path ModelScopeRepoFolder(const std::filesystem::path& cache, const std::string& repo) {
  return cache / "models" / JoinedId(repo);
}

std::vector<std::filesystem::path> OldModelScopeFolders(const std::filesystem::path& cache, const std::string& repo) {
  const std::string org = repo.substr(0, repo.find('/'));
  const std::string name = repo.substr(org.size() + 1);
  const std::string masked = absl::StrReplaceAll(name, {{".", "___"}});
  std::vector<std::filesystem::path> folders = {cache / "models" / org / masked,
                                                cache / "hub" / "models" / org / masked, cache / "hub" / org / masked,
                                                cache / org / masked};
  if (masked != name) {
    for (size_t i = 0, known = folders.size(); i < known; ++i) folders.push_back(folders[i].parent_path() / name);
  }
  return folders;
}

}  // namespace reckon_hub
