// Names in the hubs' caches.
#ifndef RECKON_EXAMPLES_HUB_CACHE_LAYOUT_H_
#define RECKON_EXAMPLES_HUB_CACHE_LAYOUT_H_

#include <filesystem>
#include <string>
#include <vector>

namespace reckon_hub {

// "ORG--NAME".
std::string JoinedId(const std::string& repo);

// models--ORG--NAME in Hugging Face's cache.
std::filesystem::path HuggingFaceRepoFolder(const std::filesystem::path& cache, const std::string& repo);

// models/ORG--NAME in ModelScope's cache, as its tools have it since 1.38.
std::filesystem::path ModelScopeRepoFolder(const std::filesystem::path& cache, const std::string& repo);
// Where older releases put a repository, the likelier first: with "___" for '.', in models/ or not, in hub/ or not.
std::vector<std::filesystem::path> OldModelScopeFolders(const std::filesystem::path& cache, const std::string& repo);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_CACHE_LAYOUT_H_
