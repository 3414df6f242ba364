// Encodings, decodings and streams that Hugging Face `tokenizers` 0.23 and sentencepiece 0.2.3 gave for the published
// tokenizers (tests/data/tokenizer_refs; see the README there).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "simdjson.h"
#include "text/nfc.h"
#include "text/tokenizer_factory.h"
#include "unit/text/reference_row.h"
#include "unit/text/tokenizer_files.h"

namespace reckon {
namespace {

using simdjson::dom::element;

// The rows of a reference file that belong to one tokenizer.
std::vector<Row> Rows(const std::string& file, const std::string& tokenizer) {
  const std::string text = ReadTestFile(absl::StrCat(RECKON_TEST_DATA, "/tokenizer_refs/", file));
  const std::string mark = absl::StrCat("{\"tokenizer\": \"", tokenizer, "\",");
  std::vector<Row> rows;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, mark)) rows.emplace_back(line);
  }
  EXPECT_FALSE(rows.empty()) << file << " has nothing for " << tokenizer;
  return rows;
}

void PrintCount(const char* what, const std::string& name, size_t equal, size_t all) {
  std::printf("  %s %s: %zu of %zu equal\n", what, name.c_str(), equal, all);
}

// What another reading of parse_special = false also allows is listed in "accept"; ours is the first reading for all
// tokenizers with a tokenizer.json.
bool EncodesLike(const Row& row, const Tokenizer& tokenizer, bool accept_others) {
  const auto ids = tokenizer.Encode(
      row.Text("text"), {.add_special = row.Flag("add_special"), .parse_special = row.Flag("parse_special")});
  EXPECT_TRUE(ids.ok()) << ids.status();
  if (!ids.ok()) return false;
  if (*ids == row.Ids("ids")) return true;
  if (accept_others && row.Has("accept")) {
    for (const element other : row.Items("accept")) {
      if (*ids == Row::IdsOf(other)) return true;
    }
  }
  ADD_FAILURE() << "\"" << row.Text("text").substr(0, 200) << "\" gives\n"
                << absl::StrJoin(ids->begin(), ids->begin() + std::min<ptrdiff_t>(64, ids->end() - ids->begin()), " ")
                << "\ninstead of\n"
                << absl::StrJoin(row.Ids("ids"), " ").substr(0, 400);
  return false;
}

bool DecodesLike(const Tokenizer& tokenizer, const std::vector<TokenId>& ids, bool skip_special,
                 const std::string& expected) {
  const auto text = tokenizer.Decode(ids, {.skip_special = skip_special});
  EXPECT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, expected) << absl::StrJoin(ids, " ").substr(0, 400);
  return text.ok() && *text == expected;
}

std::string TestName(const testing::TestParamInfo<const char*>& parameter) {
  std::string name = parameter.param;
  for (char& c : name) c = absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

class HfReference : public testing::TestWithParam<const char*> {};

TEST_P(HfReference, Encode) {
  const std::vector<Row> rows = Rows("encode.jsonl.gz", GetParam());
  size_t equal = 0;
  for (const Row& row : rows) equal += EncodesLike(row, TestTokenizer(GetParam()), false) ? 1 : 0;
  PrintCount("encode", GetParam(), equal, rows.size());
}

TEST_P(HfReference, DecodeWhatWasEncoded) {
  size_t equal = 0;
  size_t all = 0;
  for (const Row& row : Rows("encode.jsonl.gz", GetParam())) {
    const std::vector<TokenId> ids = row.Ids("ids");
    const bool special = row.Text("category") == "special";
    if (!row.Flag("add_special") && !special) {
      const std::string expected = row.Text(row.Has("decoded") ? "decoded" : "text");
      equal += DecodesLike(TestTokenizer(GetParam()), ids, false, expected) ? 1 : 0;
      ++all;
    }
    if (row.Has("decoded_skip_special")) {
      equal += DecodesLike(TestTokenizer(GetParam()), ids, true, row.Text("decoded_skip_special")) ? 1 : 0;
      ++all;
    }
    if (special && row.Has("decoded")) {
      equal += DecodesLike(TestTokenizer(GetParam()), ids, false, row.Text("decoded")) ? 1 : 0;
      ++all;
    }
  }
  PrintCount("decode encoded", GetParam(), equal, all);
}

// Random ids, many of them not UTF-8 together.
TEST_P(HfReference, DecodeAnything) {
  const std::vector<Row> rows = Rows("decode.jsonl.gz", GetParam());
  size_t equal = 0;
  for (const Row& row : rows) {
    equal +=
        DecodesLike(TestTokenizer(GetParam()), row.Ids("ids"), row.Flag("skip_special"), row.Text("decoded")) ? 1 : 0;
  }
  PrintCount("decode", GetParam(), equal, rows.size());
}

INSTANTIATE_TEST_SUITE_P(Published, HfReference,
                         testing::Values("deepseek-r1-distill-qwen", "qwen2.5", "qwen3", "smollm2", "llama2", "phi3",
                                         "llama2-sp"),
                         TestName);

class StreamReference : public testing::TestWithParam<const char*> {};

TEST_P(StreamReference, Chunks) {
  const std::vector<Row> rows = Rows("stream.jsonl.gz", GetParam());
  size_t equal = 0;
  for (const Row& row : rows) {
    StreamDecoder decoder(TestTokenizer(GetParam()));
    std::vector<std::string> chunks;
    for (const TokenId id : row.Ids("ids")) {
      const auto chunk = decoder.Push(id);
      ASSERT_TRUE(chunk.ok()) << chunk.status();
      chunks.push_back(*chunk);
    }
    chunks.push_back(decoder.Flush());
    std::vector<std::string> expected;
    for (const element item : row.Items("chunks")) expected.push_back(Row::TextOf(item));
    EXPECT_EQ(chunks, expected);
    equal += chunks == expected ? 1 : 0;
  }
  PrintCount("stream", GetParam(), equal, rows.size());
}

INSTANTIATE_TEST_SUITE_P(Published, StreamReference,
                         testing::Values("deepseek-r1-distill-qwen", "qwen2.5", "qwen3", "smollm2", "llama2", "phi3"),
                         TestName);

// The vocabularies inside GGUF files must give what the same model's own tokenizer gives.
void ExpectGgufEqual(const std::string& name, const std::string& reference, bool parse_special_too) {
  const Tokenizer& tokenizer = TestTokenizer(name + "-gguf");
  size_t equal = 0;
  size_t all = 0;
  for (const Row& row : Rows("encode.jsonl.gz", reference)) {
    if (row.Text("category") == "special" && !parse_special_too) continue;
    equal += EncodesLike(row, tokenizer, true) ? 1 : 0;
    ++all;
  }
  PrintCount("encode gguf", name, equal, all);
}

TEST(GgufReference, R1Distill) { ExpectGgufEqual("deepseek-r1-distill-qwen", "deepseek-r1-distill-qwen", true); }
TEST(GgufReference, SmolLm2) { ExpectGgufEqual("smollm2", "smollm2", true); }
// Its role markers take the white space behind them with them (rstrip), which GGUF does not keep: text only.
TEST(GgufReference, Phi3) { ExpectGgufEqual("phi3", "phi3", false); }
// The same pieces as Llama-2's, whose scores it has: equal to the sentencepiece library.
TEST(GgufReference, Phi3LikeSentencePiece) { ExpectGgufEqual("phi3", "llama2-sp", false); }

TEST(GgufReference, DecodesLikeSentencePiece) {
  const std::vector<Row> rows = Rows("decode.jsonl.gz", "llama2-sp");
  size_t equal = 0;
  for (const Row& row : rows) {
    equal +=
        DecodesLike(TestTokenizer("phi3-gguf"), row.Ids("ids"), row.Flag("skip_special"), row.Text("decoded")) ? 1 : 0;
  }
  PrintCount("decode gguf", "phi3", equal, rows.size());
}

// Small tokenizers with what the published ones here do not have: Llama-3's expression, ignore_merges,
// add_prefix_space, Metaspace, every flag of added tokens. See make_small.py.
TEST(SmallTokenizers, EncodeAndDecode) {
  const std::string text = ReadTestFile(absl::StrCat(RECKON_TEST_DATA, "/tokenizers/small.jsonl.gz"));
  size_t tokenizers = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const Row tokenizer_row(line);
    const std::string name = tokenizer_row.Text("name");
    SCOPED_TRACE(name);
    TokenizerAssets assets;
    assets.tokenizer_json = tokenizer_row.Text("json");
    const absl::StatusOr<Tokenizer> tokenizer = MakeTokenizer(assets);
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    size_t equal = 0;
    const std::vector<Row> cases = tokenizer_row.Rows("cases");
    for (const Row& row : cases) {
      const std::vector<TokenId> ids = row.Ids("ids");
      const bool encoded = EncodesLike(row, *tokenizer, false);
      const bool decoded = DecodesLike(*tokenizer, ids, false, row.Text("decoded")) &&
                           DecodesLike(*tokenizer, ids, true, row.Text("decoded_skip_special"));
      equal += encoded && decoded ? 1 : 0;
    }
    PrintCount("small", name, equal, cases.size());
    ++tokenizers;
  }
  EXPECT_EQ(tokenizers, 9u);
}

TEST(Nfc, LikeReference) {
  const std::string text = ReadTestFile(absl::StrCat(RECKON_TEST_DATA, "/tokenizers/nfc.jsonl.gz"));
  size_t count = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const Row row(line);
    ASSERT_EQ(NormalizeNfc(row.Text("text")), row.Text("nfc"));
    ++count;
  }
  EXPECT_EQ(count, 3000u);
}

}  // namespace
}  // namespace reckon
