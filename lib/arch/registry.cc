#include "arch/registry.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace reckon {
namespace {

struct Family {
  absl::string_view model_type;
  absl::StatusOr<Architecture> (*make)(const Config& config);
};

// One a line: the empty comments keep clang-format from joining them.
constexpr Family kFamilies[] = {
    {"qwen2", MakeQwen2},       //
    {"qwen3", MakeQwen3},       //
    {"llama", MakeLlama},       //
    {"phi3", MakePhi3},         //
    {"chatglm", MakeChatGlm3},  //
};

}  // namespace

absl::StatusOr<Architecture> RecognizeArchitecture(const Config& config) {
  RECKON_ASSIGN_OR_RETURN(const std::string model_type, config.String("model_type"));
  std::string known;
  for (const Family& family : kFamilies) {
    if (family.model_type == model_type) return family.make(config);
    absl::StrAppend(&known, known.empty() ? "" : ", ", family.model_type);
  }
  return absl::UnimplementedError(absl::StrCat(config.origin(), ": model_type '", model_type,
                                               "' is not an architecture that Reckon runs (it runs: ", known, ")"));
}

}  // namespace reckon
