#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "hub/model_name.h"

namespace reckon_hub {
namespace {

constexpr std::array kShortNames = {
    ShortName{"deepseek-r1:1.5b", "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B",
              "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"},
    ShortName{"deepseek-r1:7b", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"},
    ShortName{"deepseek-r1:8b", "deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "deepseek-ai/DeepSeek-R1-Distill-Llama-8B"},
    ShortName{"deepseek-r1:14b", "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B",
              "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"},
    ShortName{"deepseek-r1:32b", "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
              "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B"},
    ShortName{"qwen3:0.6b", "Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B"},
    ShortName{"qwen3:1.7b", "Qwen/Qwen3-1.7B", "Qwen/Qwen3-1.7B"},
    ShortName{"qwen3:4b", "Qwen/Qwen3-4B", "Qwen/Qwen3-4B"},
    ShortName{"qwen3:8b", "Qwen/Qwen3-8B", "Qwen/Qwen3-8B"},
    ShortName{"qwen2.5:0.5b", "Qwen/Qwen2.5-0.5B-Instruct", "Qwen/Qwen2.5-0.5B-Instruct"},
    ShortName{"qwen2.5:1.5b", "Qwen/Qwen2.5-1.5B-Instruct", "Qwen/Qwen2.5-1.5B-Instruct"},
    ShortName{"qwen2.5:3b", "Qwen/Qwen2.5-3B-Instruct", "Qwen/Qwen2.5-3B-Instruct"},
    ShortName{"qwen2.5:7b", "Qwen/Qwen2.5-7B-Instruct", "Qwen/Qwen2.5-7B-Instruct"},
    ShortName{"qwen2.5:14b", "Qwen/Qwen2.5-14B-Instruct", "Qwen/Qwen2.5-14B-Instruct"},
    ShortName{"qwen2.5:32b", "Qwen/Qwen2.5-32B-Instruct", "Qwen/Qwen2.5-32B-Instruct"},
    ShortName{"smollm2:135m", "HuggingFaceTB/SmolLM2-135M-Instruct", ""},
    ShortName{"smollm2:360m", "HuggingFaceTB/SmolLM2-360M-Instruct", ""},
    ShortName{"smollm2:1.7b", "HuggingFaceTB/SmolLM2-1.7B-Instruct", ""},
    ShortName{"tinyllama:1.1b", "TinyLlama/TinyLlama-1.1B-Chat-v1.0", ""},
    ShortName{"phi3:mini", "microsoft/Phi-3-mini-4k-instruct", ""},
    ShortName{"phi4:mini", "microsoft/Phi-4-mini-instruct", ""},
};

}  // namespace

absl::Span<const ShortName> ShortNames() { return kShortNames; }

const ShortName* FindShortName(absl::string_view name) {
  for (const ShortName& known : kShortNames) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(known.name, absl::MaxSplits(':', 1));
    if (absl::EqualsIgnoreCase(name, known.name) || absl::EqualsIgnoreCase(name, parts.first)) return &known;
  }
  return nullptr;
}

}  // namespace reckon_hub
