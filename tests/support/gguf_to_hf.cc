#include "support/gguf_to_hf.h"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "base/status.h"
#include "checkpoint/checkpoint.h"
#include "nlohmann/json.hpp"
#include "weights/dequantize.h"

namespace reckon::testing {
namespace {

constexpr int32_t kControl = 3;

absl::Status WriteConfig(const Checkpoint& checkpoint, const std::string& folder) {
  const Config& config = checkpoint.config();
  nlohmann::json json = {{"model_type", "llama"}, {"hidden_act", "silu"}};
  for (const char* key : {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
                          "num_key_value_heads", "vocab_size", "max_position_embeddings", "eos_token_id"}) {
    RECKON_ASSIGN_OR_RETURN(json[key], config.Int(key));
  }
  for (const char* key : {"rms_norm_eps", "rope_theta"}) {
    RECKON_ASSIGN_OR_RETURN(json[key], config.Double(key));
  }
  RECKON_ASSIGN_OR_RETURN(json["tie_word_embeddings"], config.Bool("tie_word_embeddings"));
  std::ofstream(folder + "/config.json") << json;
  return absl::OkStatus();
}

// SmolLM's: digits one by one, GPT-2's pattern, byte-level BPE.
absl::Status WriteTokenizer(const TokenizerAssets& assets, const std::string& folder) {
  if (!assets.gguf.has_value() || assets.gguf->pre != "smollm" || !assets.gguf->eos_id.has_value()) {
    return absl::InvalidArgumentError("the file does not have SmolLM's tokenizer");
  }
  const GgufVocabulary& gguf = *assets.gguf;
  nlohmann::json byte_level = {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}};
  byte_level["use_regex"] = true;
  const nlohmann::json digits = {{"type", "Digits"}, {"individual_digits", true}};
  nlohmann::json json = {{"version", "1.0"}, {"normalizer", nullptr}, {"post_processor", nullptr}};
  json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", nlohmann::json::array({digits, byte_level})}};
  json["decoder"] = byte_level;
  json["added_tokens"] = nlohmann::json::array();
  nlohmann::json vocab;
  for (size_t id = 0; id < gguf.tokens.size(); ++id) {
    vocab[gguf.tokens[id]] = id;
    if (gguf.token_types.at(id) != kControl) continue;
    json["added_tokens"].push_back({{"id", id},
                                    {"content", gguf.tokens[id]},
                                    {"single_word", false},
                                    {"lstrip", false},
                                    {"rstrip", false},
                                    {"normalized", false},
                                    {"special", true}});
  }
  json["model"] = {{"type", "BPE"}, {"vocab", std::move(vocab)}, {"merges", gguf.merges}};
  std::ofstream(folder + "/tokenizer.json") << json;
  const nlohmann::json config = {{"tokenizer_class", "GPT2Tokenizer"},
                                 {"eos_token", gguf.tokens.at(static_cast<size_t>(*gguf.eos_id))},
                                 {"chat_template", assets.chat_templates.at("default")}};
  std::ofstream(folder + "/tokenizer_config.json") << config;
  return absl::OkStatus();
}

// Converters of llama models put row i of the first half of a head beside row i of the second; back again.
std::vector<float> InPublishedOrder(const std::vector<float>& values, size_t heads, size_t rows, size_t columns) {
  const size_t half = rows / heads / 2;
  std::vector<float> out(values.size());
  for (size_t row = 0; row < rows; ++row) {
    const size_t head = row / (2 * half);
    const size_t within = row % (2 * half);
    const size_t published = head * 2 * half + within / 2 + (within % 2) * half;
    std::memcpy(out.data() + published * columns, values.data() + row * columns, columns * sizeof(float));
  }
  return out;
}

absl::StatusOr<std::vector<float>> Dequantized(const Checkpoint& checkpoint, const TensorInfo& tensor) {
  std::vector<uint8_t> scratch;
  RECKON_ASSIGN_OR_RETURN(const absl::Span<const uint8_t> bytes, checkpoint.View(tensor, 0, tensor.nbytes, &scratch));
  std::vector<float> values(static_cast<size_t>(tensor.elements()));
  RECKON_RETURN_IF_ERROR(DequantizeRow(tensor.dtype, bytes, absl::MakeSpan(values)));
  const bool q = tensor.name.find(".q_proj.") != std::string::npos;
  const bool k = tensor.name.find(".k_proj.") != std::string::npos;
  if (!q && !k) return values;
  RECKON_ASSIGN_OR_RETURN(const int64_t heads,
                          checkpoint.config().Int(q ? "num_attention_heads" : "num_key_value_heads"));
  return InPublishedOrder(values, static_cast<size_t>(heads), static_cast<size_t>(tensor.shape.at(0)),
                          static_cast<size_t>(tensor.shape.at(1)));
}

absl::Status WriteTensors(const Checkpoint& checkpoint, const std::string& folder) {
  nlohmann::json header;
  uint64_t offset = 0;
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    const uint64_t end = offset + static_cast<uint64_t>(tensor.elements()) * sizeof(float);
    header[tensor.name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  const std::string text = header.dump();
  const uint64_t length = text.size();
  std::ofstream file(folder + "/model.safetensors", std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof(length)) << text;
  for (const TensorInfo& tensor : checkpoint.tensors()) {
    RECKON_ASSIGN_OR_RETURN(const std::vector<float> values, Dequantized(checkpoint, tensor));
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(float)));
  }
  file.flush();
  return file.good() ? absl::OkStatus() : absl::ResourceExhaustedError(folder + " cannot be written");
}

}  // namespace

absl::Status WriteFolderOfGguf(const std::string& gguf_path, const std::string& folder) {
  RECKON_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(ModelSource::Path(gguf_path)));
  RECKON_RETURN_IF_ERROR(WriteConfig(checkpoint, folder));
  RECKON_RETURN_IF_ERROR(WriteTokenizer(checkpoint.tokenizer_assets(), folder));
  return WriteTensors(checkpoint, folder);
}

}  // namespace reckon::testing
