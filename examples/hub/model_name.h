// What people call a model: "deepseek-r1:1.5b", "Qwen/Qwen3-0.6B", an address on a hub's site.
#ifndef RECKON_EXAMPLES_HUB_MODEL_NAME_H_
#define RECKON_EXAMPLES_HUB_MODEL_NAME_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "hub/repo.h"

namespace reckon_hub {

struct ModelName {
  std::string given;         // as it was written
  std::string hugging_face;  // "ORG/NAME" there; empty: not there
  std::string modelscope;    // the same on ModelScope
  std::optional<Hub> hub;    // the hub that an address named
  std::string quant;         // of GGUF files: "Q4_K_M" in ORG/NAME:Q4_K_M; empty: not said

  const std::string& On(Hub where) const { return where == Hub::kHuggingFace ? hugging_face : modelscope; }
};

// A short name and the repositories that it stands for. Publishers' own repositories, at architectures that Reckon
// runs.
struct ShortName {
  const char* name;          // "family:size"
  const char* hugging_face;  // "ORG/NAME"
  const char* modelscope;    // empty where the publisher has none
};

// All of them, in the order in which help lists them.
absl::Span<const ShortName> ShortNames();
// Exactly a short name, in any case of letters; a family alone means the first of its sizes. Null if there is none.
const ShortName* FindShortName(absl::string_view name);

// A short name, ORG/NAME, ORG/NAME:QUANT, or an address under huggingface.co, hf.co or modelscope.cn.
// INVALID_ARGUMENT with the short names of the family, or all families, if it is none of these.
absl::StatusOr<ModelName> ParseModelName(absl::string_view name);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_MODEL_NAME_H_
