#include "support/hf_to_gguf.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <regex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/half.h"
#include "nlohmann/json.hpp"
#include "support/gguf_writer.h"
#include "support/temp_folder.h"

namespace reckon::testing {
namespace {

using nlohmann::json;

constexpr uint32_t kGgmlF32 = 0;
constexpr uint32_t kGgmlF16 = 1;
constexpr uint32_t kGgmlBf16 = 30;
constexpr int32_t kNormal = 1;
constexpr int32_t kControl = 3;
constexpr int32_t kUserDefined = 4;
constexpr int32_t kUnused = 5;

json ReadJson(const std::string& path) { return json::parse(ReadFile(path)); }

// "" for what converters leave out.
std::string GgufName(const std::string& hf_name) {
  static const std::pair<const char*, const char*> kGlobal[] = {
      {"model.embed_tokens", "token_embd"},
      {"transformer.embedding.word_embeddings", "token_embd"},
      {"model.norm", "output_norm"},
      {"transformer.encoder.final_layernorm", "output_norm"},
      {"lm_head", "output"},
      {"transformer.output_layer", "output"},
  };
  static const std::pair<const char*, const char*> kLayer[] = {
      {"input_layernorm", "attn_norm"},   {"post_attention_layernorm", "ffn_norm"},
      {"self_attn.q_proj", "attn_q"},     {"self_attn.k_proj", "attn_k"},
      {"self_attn.v_proj", "attn_v"},     {"self_attn.o_proj", "attn_output"},
      {"self_attn.qkv_proj", "attn_qkv"}, {"self_attention.query_key_value", "attn_qkv"},
      {"mlp.gate_proj", "ffn_gate"},      {"self_attention.dense", "attn_output"},
      {"mlp.up_proj", "ffn_up"},          {"mlp.gate_up_proj", "ffn_up"},
      {"mlp.dense_h_to_4h", "ffn_up"},    {"mlp.down_proj", "ffn_down"},
      {"mlp.dense_4h_to_h", "ffn_down"},
  };
  if (hf_name == "transformer.rotary_pos_emb.inv_freq") return "";
  static const std::regex kPattern(R"((?:(?:model|transformer\.encoder)\.layers\.(\d+)\.)?(.*)\.(weight|bias))");
  std::smatch match;
  if (std::regex_match(hf_name, match, kPattern)) {
    if (match[1].matched) {
      for (const auto& [hf, gguf] : kLayer) {
        if (match[2] == hf) return "blk." + match[1].str() + "." + gguf + "." + match[3].str();
      }
    } else {
      for (const auto& [hf, gguf] : kGlobal) {
        if (match[2] == hf) return std::string(gguf) + "." + match[3].str();
      }
    }
  }
  throw std::runtime_error("no GGUF name for " + hf_name);
}

// Vectors become F32.
std::string Widen(const std::string& dtype, const std::string& data) {
  if (dtype == "F32") return data;
  std::string out;
  for (size_t i = 0; i < data.size(); i += 2) {
    uint16_t bits = 0;
    std::memcpy(&bits, data.data() + i, sizeof(bits));
    out += GgufWriter::Raw(dtype == "F16" ? HalfToFloat(bits) : Bf16ToFloat(bits));
  }
  return out;
}

uint32_t GgmlType(const std::string& dtype) {
  if (dtype == "F32") return kGgmlF32;
  if (dtype == "F16") return kGgmlF16;
  if (dtype == "BF16") return kGgmlBf16;
  throw std::runtime_error("no ggml type for " + dtype);
}

void AddTensors(const std::string& path, GgufWriter* writer) {
  const std::string file = ReadFile(path);
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof(length));
  const json header = json::parse(file.substr(8, length));
  for (const auto& [name, tensor] : header.items()) {
    if (name == "__metadata__") continue;
    const std::string gguf_name = GgufName(name);
    if (gguf_name.empty()) continue;
    const auto shape = tensor.at("shape").get<std::vector<uint64_t>>();
    const auto ends = tensor.at("data_offsets").get<std::pair<uint64_t, uint64_t>>();
    const std::string data = file.substr(8 + length + ends.first, ends.second - ends.first);
    const std::string dtype = tensor.at("dtype");
    if (shape.size() == 1) {
      writer->Tensor(gguf_name, shape, kGgmlF32, Widen(dtype, data));
    } else {
      writer->Tensor(gguf_name, {shape.rbegin(), shape.rend()}, GgmlType(dtype), data);
    }
  }
}

// The hyper-parameters under the keys that most families have.
json WithCommonKeys(const json& config) {
  json common = config;
  if (config.at("model_type") != "chatglm") return common;
  common["max_position_embeddings"] = config.at("seq_length");
  common["num_hidden_layers"] = config.at("num_layers");
  common["intermediate_size"] = config.at("ffn_hidden_size");
  common["num_key_value_heads"] = config.at("multi_query_group_num");
  common["rms_norm_eps"] = config.at("layernorm_epsilon");
  common["rope_theta"] = 10000.0 * config.value("rope_ratio", 1.0);
  common["partial_rotary_factor"] = 0.5;
  common["vocab_size"] = config.at("padded_vocab_size");
  return common;
}

void AddHyperParameters(const json& config, GgufWriter* writer) {
  const std::string arch = config.at("model_type");
  const uint32_t heads = config.at("num_attention_heads");
  writer->String("general.architecture", arch)
      .U32(arch + ".context_length", config.at("max_position_embeddings"))
      .U32(arch + ".embedding_length", config.at("hidden_size"))
      .U32(arch + ".block_count", config.at("num_hidden_layers"))
      .U32(arch + ".feed_forward_length", config.at("intermediate_size"))
      .U32(arch + ".attention.head_count", heads)
      .U32(arch + ".attention.head_count_kv", config.at("num_key_value_heads"))
      .F32(arch + ".attention.layer_norm_rms_epsilon", config.at("rms_norm_eps"))
      .F32(arch + ".rope.freq_base", config.at("rope_theta"))
      .U32(arch + ".vocab_size", config.at("vocab_size"));
  if (arch == "qwen2") return;
  const double head_dim = config.at("hidden_size").get<double>() / heads;
  const double rotated = head_dim * config.value("partial_rotary_factor", 1.0);
  writer->U32(arch + ".rope.dimension_count", static_cast<uint32_t>(rotated));
}

void AddFactors(const std::string& name, const json& factors, GgufWriter* writer) {
  std::string data;
  for (const json& factor : factors) data += GgufWriter::Raw(factor.get<float>());
  writer->Tensor(name, {factors.size()}, kGgmlF32, data);
}

// Phi-3's window, and LongRoPE with the attention factor worked out.
void AddPhi3(const json& config, GgufWriter* writer) {
  const json& window = config.at("sliding_window");
  writer->U32("phi3.attention.sliding_window", window.is_null() ? 0 : window.get<uint32_t>());
  const double original = config.at("original_max_position_embeddings");
  writer->U32("phi3.rope.scaling.original_context_length", static_cast<uint32_t>(original));
  const json& scaling = config.at("rope_scaling");
  if (scaling.is_null()) return;
  const double scale = config.at("max_position_embeddings").get<double>() / original;
  const double attention = scale > 1 ? std::sqrt(1 + std::log(scale) / std::log(original)) : 1;
  writer->F32("phi3.rope.scaling.attn_factor", static_cast<float>(attention));
  AddFactors("rope_factors_long.weight", scaling.at("long_factor"), writer);
  AddFactors("rope_factors_short.weight", scaling.at("short_factor"), writer);
}

// A special token in tokenizer_config.json: text, or an object with the text as "content".
std::string TextOf(const json& token) { return token.is_object() ? token.at("content") : token; }

void AddVocabulary(const std::string& folder, const std::string& pre, uint32_t vocab_size, GgufWriter* writer) {
  const json tokenizer = ReadJson(folder + "/tokenizer.json");
  const json config = ReadJson(folder + "/tokenizer_config.json");
  std::vector<std::string> tokens(vocab_size);
  std::vector<int32_t> types(vocab_size, kUnused);
  for (uint32_t i = 0; i < vocab_size; ++i) tokens[i] = "[PAD" + std::to_string(i) + "]";
  for (const auto& [text, id] : tokenizer.at("model").at("vocab").items()) {
    tokens.at(id) = text;
    types.at(id) = kNormal;
  }
  for (const json& added : tokenizer.at("added_tokens")) {
    const uint32_t id = added.at("id");
    tokens.at(id) = added.at("content");
    types.at(id) = added.at("special").get<bool>() ? kControl : kUserDefined;
    for (const auto& [hf, gguf] : {std::pair<const char*, const char*>{"bos_token", "bos_token_id"},
                                   {"eos_token", "eos_token_id"},
                                   {"pad_token", "padding_token_id"}}) {
      if (TextOf(config.at(hf)) == tokens[id]) writer->U32(std::string("tokenizer.ggml.") + gguf, id);
    }
  }
  std::vector<std::string> merges;
  for (const json& merge : tokenizer.at("model").at("merges")) {
    merges.push_back(merge.at(0).get<std::string>() + " " + merge.at(1).get<std::string>());
  }
  writer->String("tokenizer.ggml.model", "gpt2")
      .String("tokenizer.ggml.pre", pre)
      .Strings("tokenizer.ggml.tokens", tokens)
      .Numbers<int32_t>("tokenizer.ggml.token_type", GgufWriter::kI32, types)
      .Strings("tokenizer.ggml.merges", merges)
      .Bool("tokenizer.ggml.add_bos_token", config.at("add_bos_token"))
      .String("tokenizer.chat_template", config.at("chat_template"));
}

}  // namespace

std::string GgufOfFolder(const std::string& folder, const std::string& pre) {
  const json config = WithCommonKeys(ReadJson(folder + "/config.json"));
  const std::string arch = config.at("model_type");
  if (arch != "qwen2" && arch != "phi3" && arch != "chatglm") throw std::runtime_error("not written: " + arch);
  GgufWriter writer;
  AddHyperParameters(config, &writer);
  if (arch == "phi3") AddPhi3(config, &writer);
  if (std::filesystem::exists(folder + "/tokenizer.json")) {
    AddVocabulary(folder, pre, config.at("vocab_size"), &writer);
  } else {
    writer.String("tokenizer.ggml.model", "no_vocab");
  }
  AddTensors(folder + "/model.safetensors", &writer);
  return writer.Bytes();
}

}  // namespace reckon::testing
