// What a checkpoint holds about text: the raw material that lib/text makes a Tokenizer of.
#ifndef RECKON_LIB_CHECKPOINT_TOKENIZER_ASSETS_H_
#define RECKON_LIB_CHECKPOINT_TOKENIZER_ASSETS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reckon {

// The vocabulary inside a GGUF file (keys tokenizer.ggml.*).
struct GgufVocabulary {
  std::string model;  // "gpt2" (byte-level BPE) or "llama" (sentencepiece)
  std::string pre;    // pre-tokenizer name: "qwen2", "deepseek-r1-qwen", "llama-bpe", "smollm", ...; may be empty
  std::vector<std::string> tokens;
  std::vector<float> scores;         // "llama": one a token; else may be empty
  std::vector<int32_t> token_types;  // 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte; may be empty
  std::vector<std::string> merges;   // "gpt2": "left right"
  std::optional<int64_t> bos_id, eos_id, unk_id, pad_id;
  std::optional<bool> add_bos, add_eos, add_space_prefix;
};

// Any member may be empty. Precedence: tokenizer_json, then sentencepiece_model, then gguf.
struct TokenizerAssets {
  std::string tokenizer_json;         // bytes of tokenizer.json
  std::string tokenizer_config_json;  // bytes of tokenizer_config.json
  std::string special_tokens_map_json;
  std::string sentencepiece_model;  // bytes of tokenizer.model
  std::optional<GgufVocabulary> gguf;
  // Chat templates by name; the only or main one is "default". From tokenizer_config.json (string or list of
  // {name, template}), chat_template.jinja or .json (these take precedence), or GGUF's tokenizer.chat_template[.NAME].
  std::map<std::string, std::string> chat_templates;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_TOKENIZER_ASSETS_H_
