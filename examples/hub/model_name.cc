#include "hub/model_name.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "hub/names.h"

namespace reckon_hub {
namespace {

struct Site {
  const char* prefix;
  Hub hub;
};
constexpr std::array kSites = {
    Site{"huggingface.co/", Hub::kHuggingFace},
    Site{"hf.co/", Hub::kHuggingFace},
    Site{"www.modelscope.cn/models/", Hub::kModelScope},
    Site{"modelscope.cn/models/", Hub::kModelScope},
};

bool IsQuant(absl::string_view quant) {
  if (quant.empty() || quant.size() > 32) return false;
  for (const char c : quant) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-') return false;
  }
  return true;
}

// The sizes of the family that `name` begins with, else all names.
std::string Suggestions(absl::string_view name) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(name, absl::MaxSplits(':', 1));
  std::vector<absl::string_view> same_family;
  std::vector<absl::string_view> all;
  for (const ShortName& known : ShortNames()) {
    const absl::string_view candidate(known.name);
    all.push_back(candidate);
    if (absl::StartsWithIgnoreCase(candidate, absl::StrCat(parts.first, ":"))) same_family.push_back(candidate);
  }
  return absl::StrJoin(same_family.empty() ? all : same_family, ", ");
}

}  // namespace

absl::StatusOr<ModelName> ParseModelName(absl::string_view name) {
  ModelName result;
  result.given = std::string(name);
  if (const ShortName* known = FindShortName(name); known != nullptr) {
    result.hugging_face = known->hugging_face;
    result.modelscope = known->modelscope;
    return result;
  }
  absl::string_view rest = name;
  bool address = absl::ConsumePrefix(&rest, "https://") || absl::ConsumePrefix(&rest, "http://");
  for (const Site& site : kSites) {
    if (!absl::ConsumePrefix(&rest, site.prefix)) continue;
    result.hub = site.hub;
    address = false;
    absl::ConsumeSuffix(&rest, "/");
    break;
  }
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(rest, absl::MaxSplits(':', 1));
  const bool has_quant = absl::StrContains(rest, ":");
  if (!address && IsRepoId(parts.first) && (!has_quant || IsQuant(parts.second))) {
    result.hugging_face = result.modelscope = std::string(parts.first);
    result.quant = std::string(parts.second);
    return result;
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", absl::CEscape(name),
                                                 "\" names no model: give ORG/NAME as on a hub, or a short name (",
                                                 Suggestions(name), ")"));
}

}  // namespace reckon_hub
