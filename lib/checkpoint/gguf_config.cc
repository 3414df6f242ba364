#include "checkpoint/gguf_config.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "checkpoint/checkpoint_builder.h"

namespace reckon {
namespace {

constexpr size_t kMaxListElements = 4096;
constexpr size_t kMaxStringBytes = 4096;

struct Rename {
  absl::string_view gguf;
  absl::string_view hf;
};

// Behind "ARCHITECTURE.".
constexpr Rename kHyperParameters[] = {
    {"block_count", "num_hidden_layers"},
    {"embedding_length", "hidden_size"},
    {"feed_forward_length", "intermediate_size"},
    {"context_length", "max_position_embeddings"},
    {"vocab_size", "vocab_size"},
    {"attention.head_count", "num_attention_heads"},
    {"attention.head_count_kv", "num_key_value_heads"},
    {"attention.key_length", "head_dim"},
    {"attention.value_length", "v_head_dim"},
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps"},
    {"attention.sliding_window", "sliding_window"},
    {"rope.freq_base", "rope_theta"},
    {"rope.dimension_count", "rope_dimension_count"},
    {"expert_count", "num_local_experts"},
    {"expert_used_count", "num_experts_per_tok"},
};

constexpr Rename kRopeScaling[] = {
    {"rope.scaling.factor", "rope_scaling.factor"},
    {"rope.scaling.original_context_length", "rope_scaling.original_max_position_embeddings"},
    {"rope.scaling.yarn_beta_fast", "rope_scaling.beta_fast"},
    {"rope.scaling.yarn_beta_slow", "rope_scaling.beta_slow"},
};

constexpr Rename kSampling[] = {
    {"general.sampling.temp", "generation.temperature"},
    {"general.sampling.top_k", "generation.top_k"},
    {"general.sampling.top_p", "generation.top_p"},
    {"general.sampling.min_p", "generation.min_p"},
    {"general.sampling.penalty_repeat", "generation.repetition_penalty"},
};

constexpr Rename kTokens[] = {
    {"tokenizer.ggml.bos_token_id", "bos_token_id"},
    {"tokenizer.ggml.padding_token_id", "pad_token_id"},
};

// A list of equal numbers (one a layer) is that number; longer lists than any hyper-parameter has are left out.
bool ToConfigValue(const GgufArray& array, ConfigValue* out) {
  if (array.size() > kMaxListElements || array.type == GgufType::kArray) return false;
  if (array.type == GgufType::kString) {
    *out = array.strings;
    return true;
  }
  std::vector<double> numbers(array.size());
  bool equal = !numbers.empty();
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = array.Number(i);
    equal = equal && numbers[i] == numbers[0];
  }
  if (equal) {
    *out = numbers[0];
  } else {
    *out = std::move(numbers);
  }
  return true;
}

bool ToConfigValue(const GgufValue& value, ConfigValue* out) {
  if (const auto* boolean = std::get_if<bool>(&value)) {
    *out = *boolean;
  } else if (const auto* integer = std::get_if<int64_t>(&value)) {
    *out = *integer;
  } else if (const auto* natural = std::get_if<uint64_t>(&value)) {
    if (*natural <= static_cast<uint64_t>(INT64_MAX)) {
      *out = static_cast<int64_t>(*natural);
    } else {
      *out = static_cast<double>(*natural);
    }
  } else if (const auto* number = std::get_if<double>(&value)) {
    *out = *number;
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    if (text->size() > kMaxStringBytes) return false;
    *out = *text;
  } else {
    return ToConfigValue(*std::get_if<GgufArray>(&value), out);
  }
  return true;
}

class Translator {
 public:
  Translator(const GgufMetadata& metadata, const std::string& origin, absl::string_view architecture)
      : metadata_(metadata), origin_(origin), prefix_(absl::StrCat(architecture, ".")), config_(origin) {
    config_.Set("model_type", std::string(architecture));
  }

  absl::StatusOr<Config> Run() && {
    for (const auto& [from, to] : kHyperParameters) Copy(absl::StrCat(prefix_, from), to);
    for (const auto& [from, to] : kSampling) Copy(from, to);
    RECKON_RETURN_IF_ERROR(RopeScaling());
    RECKON_RETURN_IF_ERROR(PartialRotary());
    RECKON_RETURN_IF_ERROR(Tokens());
    for (const auto& [key, value] : metadata_) {
      ConfigValue kept;
      if (absl::StartsWith(key, "general.") && key.size() <= kMaxStringBytes && ToConfigValue(value, &kept)) {
        config_.Set(absl::StrCat("gguf.", key), std::move(kept));
      }
    }
    return std::move(config_);
  }

 private:
  void Copy(absl::string_view from, absl::string_view to) {
    const auto it = metadata_.find(from);
    ConfigValue value;
    if (it != metadata_.end() && ToConfigValue(it->second, &value)) config_.Set(std::string(to), std::move(value));
  }

  absl::StatusOr<std::string> Text(absl::string_view key) const {
    const auto it = metadata_.find(key);
    if (it == metadata_.end()) return std::string();
    const auto* text = std::get_if<std::string>(&it->second);
    if (text == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(origin_, ": key \"", key, "\" should be a string"));
    }
    return *text;
  }

  absl::Status RopeScaling() {
    RECKON_ASSIGN_OR_RETURN(std::string type, Text(absl::StrCat(prefix_, "rope.scaling.type")));
    Copy(absl::StrCat(prefix_, "rope.scale_linear"), "rope_scaling.factor");  // what files of 2023 have
    if (type.empty() && config_.Has("rope_scaling.factor")) type = "linear";
    // Files with LongRoPE have these without a type.
    for (const auto& [from, to] : kRopeScaling) Copy(absl::StrCat(prefix_, from), to);
    Copy(absl::StrCat(prefix_, "rope.scaling.attn_factor"), "rope_scaling.attention_factor");
    if (type.empty() || type == "none") return absl::OkStatus();
    config_.Set("rope_scaling.rope_type", type);
    config_.Set("rope_scaling.type", type);
    if (type != "yarn" || !config_.Has("rope_scaling.attention_factor")) return absl::OkStatus();
    // For YaRN the key multiplies the method's own factor 0.1 ln(s) + 1; Hugging Face's value is the product.
    RECKON_ASSIGN_OR_RETURN(const double given, config_.Double("rope_scaling.attention_factor"));
    RECKON_ASSIGN_OR_RETURN(const double factor, config_.DoubleOr("rope_scaling.factor", 1));
    config_.Set("rope_scaling.attention_factor", given * (factor > 1 ? 0.1 * std::log(factor) + 1 : 1));
    return absl::OkStatus();
  }

  absl::Status PartialRotary() {
    if (!config_.Has("rope_dimension_count")) return absl::OkStatus();
    RECKON_ASSIGN_OR_RETURN(const int64_t rotated, config_.Int("rope_dimension_count"));
    RECKON_ASSIGN_OR_RETURN(const int64_t heads, config_.IntOr("num_attention_heads", 0));
    RECKON_ASSIGN_OR_RETURN(const int64_t hidden, config_.IntOr("hidden_size", 0));
    RECKON_ASSIGN_OR_RETURN(const int64_t head_dim, config_.IntOr("head_dim", heads > 0 ? hidden / heads : 0));
    if (head_dim > 0 && rotated != head_dim) {
      config_.Set("partial_rotary_factor", static_cast<double>(rotated) / static_cast<double>(head_dim));
    }
    return absl::OkStatus();
  }

  absl::Status Tokens() {
    const auto tokens = metadata_.find("tokenizer.ggml.tokens");
    const auto* list = tokens == metadata_.end() ? nullptr : std::get_if<GgufArray>(&tokens->second);
    if (list != nullptr && !config_.Has("vocab_size")) config_.Set("vocab_size", static_cast<int64_t>(list->size()));
    token_count_ = list != nullptr ? static_cast<int64_t>(list->size()) : INT64_MAX;
    for (const auto& [from, to] : kTokens) RECKON_RETURN_IF_ERROR(CopyToken(from, to));
    std::vector<double> ends;
    for (const char* name : {"eos", "eot", "eom"}) {
      RECKON_RETURN_IF_ERROR(CopyToken(absl::StrCat("tokenizer.ggml.", name, "_token_id"), "eos_token_id"));
      if (!config_.Has("eos_token_id")) continue;
      RECKON_ASSIGN_OR_RETURN(const int64_t id, config_.Int("eos_token_id"));
      if (ends.empty() || ends.back() != static_cast<double>(id)) ends.push_back(static_cast<double>(id));
    }
    if (ends.size() > 1) config_.Set("eos_token_id", std::move(ends));
    return absl::OkStatus();
  }

  absl::Status CopyToken(absl::string_view from, absl::string_view to) {
    const auto it = metadata_.find(from);
    if (it == metadata_.end()) return absl::OkStatus();
    const auto* natural = std::get_if<uint64_t>(&it->second);
    const auto* integer = std::get_if<int64_t>(&it->second);
    // Converters write "none" as the largest number of the type.
    if ((natural != nullptr && *natural == UINT32_MAX) || (integer != nullptr && *integer == -1))
      return absl::OkStatus();
    const uint64_t id = natural != nullptr   ? *natural
                        : integer != nullptr ? static_cast<uint64_t>(*integer)
                                             : UINT64_MAX;
    if (id >= static_cast<uint64_t>(token_count_)) {
      return absl::InvalidArgumentError(absl::StrCat(origin_, ": key \"", from, "\" should be the number of a token"));
    }
    config_.Set(std::string(to), static_cast<int64_t>(id));
    return absl::OkStatus();
  }

  const GgufMetadata& metadata_;
  const std::string& origin_;
  std::string prefix_;
  Config config_;
  int64_t token_count_ = 0;
};

}  // namespace

absl::StatusOr<std::string> GgufArchitecture(const GgufMetadata& metadata, const std::string& origin) {
  const auto it = metadata.find("general.architecture");
  const std::string* text = it == metadata.end() ? nullptr : std::get_if<std::string>(&it->second);
  if (text == nullptr || text->empty() || text->size() > 64) {
    return absl::InvalidArgumentError(
        absl::StrCat(origin, ": key \"general.architecture\" should name the architecture"));
  }
  return *text;
}

absl::StatusOr<Config> GgufToConfig(const GgufMetadata& metadata, const std::string& origin) {
  RECKON_ASSIGN_OR_RETURN(const std::string architecture, GgufArchitecture(metadata, origin));
  return Translator(metadata, origin, architecture).Run();
}

}  // namespace reckon
