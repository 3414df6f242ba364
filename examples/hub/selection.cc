#include "hub/selection.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hub/names.h"

namespace reckon_hub {
namespace {

bool IsGguf(const RemoteFile& file) { return absl::EndsWithIgnoreCase(file.path, ".gguf"); }

bool IsAtTop(const RemoteFile& file) { return !absl::StrContains(file.path, "/"); }

// Some publishers put the same weights a second time under the name of their own program.
bool IsWeights(const RemoteFile& file) {
  return IsAtTop(file) && MatchesGlob("*.safetensors", file.path) && !MatchesGlob("consolidated*", file.path);
}

bool IsAboutModel(const RemoteFile& file) {
  constexpr std::array kNames = {"*.json",  "tokenizer*.model", "vocab*.txt", "merges.txt", "*.jinja",
                                 "*.model", "README.md",        "LICENSE*",   "NOTICE*"};
  return IsAtTop(file) &&
         std::any_of(kNames.begin(), kNames.end(), [&](const char* name) { return MatchesGlob(name, file.path); });
}

template <typename Predicate>
std::vector<RemoteFile> Keep(const std::vector<RemoteFile>& files, Predicate predicate) {
  std::vector<RemoteFile> kept;
  std::copy_if(files.begin(), files.end(), std::back_inserter(kept), predicate);
  return kept;
}

absl::StatusOr<std::vector<RemoteFile>> SelectGguf(const std::vector<RemoteFile>& files, const std::string& quant) {
  std::set<std::string> all;
  std::set<std::string> stems;
  for (const RemoteFile& file : files) {
    if (!IsGguf(file)) continue;
    all.insert(GgufStem(file.path));
    if (quant.empty() || IsOfQuant(file.path, quant)) stems.insert(GgufStem(file.path));
  }
  const std::string choices = absl::StrJoin(all, ", ");
  if (stems.empty() && all.empty()) return absl::NotFoundError("the repository has no GGUF files");
  if (stems.empty()) return absl::NotFoundError(absl::StrCat("no GGUF of quant ", quant, "; there are: ", choices));
  if (stems.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("several GGUF files to choose from with --quant or --file: ", choices));
  }
  return Keep(files, [&](const RemoteFile& file) { return IsGguf(file) && stems.count(GgufStem(file.path)) > 0; });
}

}  // namespace

std::string GgufStem(const std::string& path) {
  std::string stem = path.substr(0, path.size() - std::min(path.size(), sizeof(".gguf") - 1));
  // "-00001-of-00003"
  constexpr size_t kSplit = 15;
  if (stem.size() > kSplit) {
    const std::string split = stem.substr(stem.size() - kSplit);
    bool numbered = split[0] == '-' && split.substr(6, 4) == "-of-";
    for (const size_t i : {1, 2, 3, 4, 5, 10, 11, 12, 13, 14}) {
      numbered = numbered && absl::ascii_isdigit(static_cast<unsigned char>(split[i]));
    }
    if (numbered) stem.resize(stem.size() - kSplit);
  }
  return stem;
}

bool IsOfQuant(const std::string& path, const std::string& quant) {
  const std::string stem = absl::AsciiStrToLower(GgufStem(path.substr(path.rfind('/') + 1)));
  const std::string wanted = absl::AsciiStrToLower(quant);
  if (wanted.empty() || !absl::EndsWith(stem, wanted)) return false;
  return stem.size() == wanted.size() || absl::StrContains("-._", stem.substr(stem.size() - wanted.size() - 1, 1));
}

absl::StatusOr<std::vector<RemoteFile>> SelectFiles(const std::vector<RemoteFile>& files, const Wanted& wanted) {
  if (!wanted.globs.empty()) {
    std::vector<RemoteFile> chosen = Keep(files, [&](const RemoteFile& file) {
      return std::any_of(wanted.globs.begin(), wanted.globs.end(),
                         [&](const std::string& glob) { return MatchesGlob(glob, file.path); });
    });
    if (!chosen.empty()) return chosen;
    return absl::NotFoundError(absl::StrCat("no file of the repository matches ", absl::StrJoin(wanted.globs, ", ")));
  }
  if (!wanted.quant.empty()) return SelectGguf(files, wanted.quant);
  if (std::any_of(files.begin(), files.end(), IsWeights)) {
    return Keep(files, [](const RemoteFile& file) { return IsWeights(file) || IsAboutModel(file); });
  }
  if (std::any_of(files.begin(), files.end(), IsGguf)) return SelectGguf(files, {});
  return absl::NotFoundError(
      "the repository has neither safetensors nor GGUF files at its top; --file GLOB fetches others");
}

}  // namespace reckon_hub
