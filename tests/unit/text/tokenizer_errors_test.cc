// Tokenizer files that are damaged, contradict themselves, or use what is not supported: each a clear error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "text/sentencepiece_proto.h"
#include "text/tokenizer_factory.h"
#include "unit/text/tokenizer_files.h"

namespace reckon {
namespace {

using testing::HasSubstr;

constexpr char kValid[] = R"({
  "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
  "post_processor": null, "decoder": {"type": "ByteLevel"},
  "added_tokens": [{"id": 3, "content": "<s>", "special": true}],
  "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})";

absl::Status StatusOfJson(const std::string& json) {
  TokenizerAssets assets;
  assets.tokenizer_json = json;
  return MakeTokenizer(assets).status();
}

// The valid file with one part replaced.
absl::Status StatusWith(const std::string& from, const std::string& to) {
  const std::string json = absl::StrReplaceAll(kValid, {{from, to}});
  EXPECT_NE(json, kValid) << from;
  return StatusOfJson(json);
}

TEST(TokenizerJson, Valid) { EXPECT_TRUE(StatusOfJson(kValid).ok()) << StatusOfJson(kValid); }

TEST(TokenizerJson, Malformed) {
  const std::vector<std::vector<std::string>> cases = {
      // what, by what, the place that the message must name
      {"\"a b\"", "\"a c\"", "model.merges[0]"},
      {"\"a b\"", "\"b a\"", "\"ba\""},
      {"\"a b\"", "\"ab\"", "model.merges[0]"},
      {"\"a b\"", "\"a b c\"", "model.merges[0]"},
      {"\"a b\"", "[\"a\"]", "model.merges[0]"},
      {"\"a b\"", "7", "model.merges[0]"},
      {"\"merges\": [\"a b\"]", "\"merges\": null", "model.merges"},
      {"{\"a\": 0, \"b\": 1, \"ab\": 2}", "{}", "model.vocab"},
      {"{\"a\": 0, \"b\": 1, \"ab\": 2}", "[]", "model.vocab"},
      {"\"b\": 1", "\"b\": \"1\"", "model.vocab[\"b\"]"},
      {"\"b\": 1", "\"b\": -1", "model.vocab"},
      {"\"b\": 1", "\"b\": 0", "the id 0"},
      {"\"b\": 1", "\"b\": 4000000000", "4000000000"},
      {"\"b\": 1", "\"b\": 99999999999999999999999", "model.vocab[\"b\"]"},
      {"\"id\": 3", "\"id\": 2", "added_tokens[0]"},
      {"\"id\": 3", "\"id\": 1000000", "added_tokens[0]"},
      {"\"id\": 3, ", "", "added_tokens[0]"},
      {"\"<s>\"", "\"\"", "added_tokens[0]"},
      {"\"<s>\"", absl::StrCat("\"", std::string(2000, 'x'), "\""), "added_tokens[0]"},
      {"\"model\"", "\"other\"", "model"},
      {"\"post_processor\": null",
       R"("post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}, {"Sequence": {"id": "A"}}], "special_tokens": {}})",
       "post_processor.single[0]"},
      {"\"post_processor\": null",
       R"("post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}, {"Sequence": {"id": "A"}}], "special_tokens": {"x": {"ids": [77]}}})",
       "77"},
      {"\"post_processor\": null", R"("post_processor": {"type": "TemplateProcessing", "single": []})",
       "post_processor"},
  };
  for (const auto& c : cases) {
    const absl::Status status = StatusWith(c[0], c[1]);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c[1] << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("tokenizer.json")) << c[1];
    EXPECT_THAT(std::string(status.message()), HasSubstr(c[2])) << c[1];
  }
}

TEST(TokenizerJson, Unsupported) {
  const std::vector<std::vector<std::string>> cases = {
      {"\"BPE\"", "\"WordPiece\"", "model.type"},
      {"\"BPE\"", "\"BPE\", \"dropout\": 0.1", "model.dropout"},
      {"\"BPE\"", "\"BPE\", \"end_of_word_suffix\": \"</w>\"", "model.end_of_word_suffix"},
      {"\"normalizer\": null", R"("normalizer": {"type": "Lowercase"})", "normalizer.type"},
      {"\"normalizer\": null",
       R"("normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "NFKC"}]})",
       "normalizer.normalizers[1].type"},
      {"\"normalizer\": null", R"("normalizer": {"type": "Replace", "pattern": {"Regex": "x+"}, "content": "y"})",
       "normalizer.pattern"},
      {"\"normalizer\": null",
       absl::StrCat(R"("normalizer": {"type": "Replace", "pattern": {"String": "x"}, "content": ")",
                    std::string(1000, 'x'), "\"}"),
       "normalizer.content"},
      {"\"pre_tokenizer\": {", R"("pre_tokenizer": {"type": "Whitespace"}, "x": {)", "pre_tokenizer.type"},
      {"\"pre_tokenizer\": {",
       R"("pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\w+"}, "behavior": "Isolated"}, "x": {)",
       "pre_tokenizer.pattern.Regex"},
      {"\"decoder\": {\"type\": \"ByteLevel\"}", "\"decoder\": null", "decoder"},
      {"\"decoder\": {\"type\": \"ByteLevel\"}", R"("decoder": {"type": "WordPiece"})", "decoder.type"},
      {"\"post_processor\": null", R"("post_processor": {"type": "BertProcessing"})", "post_processor.type"},
  };
  for (const auto& c : cases) {
    const absl::Status status = StatusWith(c[0], c[1]);
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << c[1] << ": " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("tokenizer.json: ", c[2]))) << c[1];
  }
}

TEST(TokenizerJson, CutOffAnywhere) {
  const std::string json = kValid;
  for (size_t size = 1; size < json.size(); ++size) {
    EXPECT_EQ(StatusOfJson(json.substr(0, size)).code(), absl::StatusCode::kInvalidArgument) << size;
  }
}

TEST(TokenizerJson, TooDeep) {
  std::string json = R"({"normalizer": )";
  for (int i = 0; i < 5000; ++i) json += R"({"type": "Sequence", "normalizers": [)";
  EXPECT_EQ(StatusOfJson(json).code(), absl::StatusCode::kInvalidArgument);
}

GgufVocabulary SmallGguf(const std::string& model) {
  GgufVocabulary gguf;
  gguf.model = model;
  gguf.pre = "qwen2";
  gguf.tokens = {"a", "b", "ab", "<s>"};
  gguf.token_types = {1, 1, 1, 3};
  gguf.scores = {-1, -2, -3, 0};
  gguf.merges = {"a b"};
  gguf.bos_id = 3;
  return gguf;
}

absl::Status StatusOfGguf(GgufVocabulary gguf) {
  TokenizerAssets assets;
  assets.gguf = std::move(gguf);
  return MakeTokenizer(assets).status();
}

TEST(GgufTokenizer, Errors) {
  for (const char* model : {"gpt2", "llama"}) {
    EXPECT_TRUE(StatusOfGguf(SmallGguf(model)).ok()) << StatusOfGguf(SmallGguf(model));
    const auto expect = [&](auto change, absl::StatusCode code, const std::string& text) {
      GgufVocabulary gguf = SmallGguf(model);
      change(&gguf);
      const absl::Status status = StatusOfGguf(gguf);
      EXPECT_EQ(status.code(), code) << model << ": " << text << ": " << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(text)) << model;
    };
    constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
    expect([](GgufVocabulary* g) { g->tokens.clear(); }, kInvalid, "tokenizer.ggml.tokens");
    expect([](GgufVocabulary* g) { g->token_types.pop_back(); }, kInvalid, "tokenizer.ggml.token_type");
    expect([](GgufVocabulary* g) { g->bos_id = 4; }, kInvalid, "tokenizer.ggml.bos_token_id");
    expect([](GgufVocabulary* g) { g->eos_id = -7; }, kInvalid, "tokenizer.ggml.eos_token_id");
    expect([](GgufVocabulary* g) { g->model = "bert"; }, absl::StatusCode::kUnimplemented, "tokenizer.ggml.model");
  }
  GgufVocabulary gguf = SmallGguf("gpt2");
  gguf.merges = {"a c"};
  EXPECT_THAT(std::string(StatusOfGguf(gguf).message()), HasSubstr("tokenizer.ggml.merges[0]"));
  gguf = SmallGguf("gpt2");
  gguf.pre = "unheard-of";
  EXPECT_EQ(StatusOfGguf(gguf).code(), absl::StatusCode::kUnimplemented);
  gguf = SmallGguf("llama");
  gguf.scores.clear();
  EXPECT_THAT(std::string(StatusOfGguf(gguf).message()), HasSubstr("tokenizer.ggml.scores"));
  gguf = SmallGguf("llama");
  gguf.scores[1] = std::nanf("");
  EXPECT_THAT(std::string(StatusOfGguf(gguf).message()), HasSubstr("tokenizer.ggml.scores[1]"));
}

// The library trusts its models, so none may reach it that could lead it out of bounds.
TEST(SentencePieceFile, DamagedAnywhere) {
  const std::string model = SentencePieceAssets("llama2").sentencepiece_model;
  for (const size_t size : {size_t{1}, size_t{100}, model.size() / 2, model.size() - 1}) {
    EXPECT_EQ(CheckSentencePieceProto(model.substr(0, size)).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_FALSE(CheckSentencePieceProto("").ok());
  std::mt19937 random(3);
  TokenizerAssets assets;
  for (int round = 0; round < 20; ++round) {
    assets.sentencepiece_model = model;
    for (int i = 0; i < 3; ++i) assets.sentencepiece_model[random() % model.size()] = static_cast<char>(random());
    const auto tokenizer = MakeTokenizer(assets);  // may be right still; must not crash
    if (!tokenizer.ok()) continue;
    EXPECT_TRUE(tokenizer->Encode("Hello world").ok());
  }
}

std::string Bytes(int field, const std::string& value) {
  EXPECT_LT(value.size(), 16384u);
  return absl::StrCat(std::string(1, static_cast<char>(field << 3 | 2)),
                      std::string(1, static_cast<char>(0x80 | (value.size() & 0x7f))),
                      std::string(1, static_cast<char>(value.size() >> 7)), value);
}

TEST(SentencePieceFile, CharsmapOutOfBounds) {
  const std::string piece = Bytes(1, Bytes(1, "a"));
  // A root whose children are at unit 2^20, in an array of 256 units.
  std::string units(1024, '\0');
  units[2] = 0x40;
  units[3] = 0x40;
  std::string map = std::string("\0\4\0\0", 4) + units + std::string(1, '\0');
  EXPECT_THAT(std::string(CheckSentencePieceProto(piece + Bytes(3, Bytes(2, map))).status().message()),
              HasSubstr("precompiled_charsmap"));
  // A leaf that points behind the replacements.
  units.assign(1024, '\0');
  units[7] = static_cast<char>(0x80);
  units[4] = 5;
  map = std::string("\0\4\0\0", 4) + units + std::string(1, '\0');
  EXPECT_FALSE(CheckSentencePieceProto(piece + Bytes(3, Bytes(2, map))).ok());
  units[4] = 0;
  map = std::string("\0\4\0\0", 4) + units + std::string(1, '\0');
  EXPECT_TRUE(CheckSentencePieceProto(piece + Bytes(3, Bytes(2, map))).ok());
}

}  // namespace
}  // namespace reckon
