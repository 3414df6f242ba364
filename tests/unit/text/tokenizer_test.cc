// The public Tokenizer and StreamDecoder: options, errors, and what holds for every text.
#include "reckon/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "text/tokenizer_factory.h"
#include "text/tokenizer_impl.h"
#include "text/unicode.h"
#include "unit/text/tokenizer_files.h"

namespace reckon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kR1[] = "deepseek-r1-distill-qwen";
constexpr TokenId kR1Bos = 151646;
constexpr TokenId kR1User = 151644;
constexpr TokenId kR1Think = 151648;

std::vector<TokenId> EncodeOrFail(const Tokenizer& tokenizer, absl::string_view text,
                                  const EncodeOptions& options = {}) {
  const auto ids = tokenizer.Encode(text, options);
  EXPECT_TRUE(ids.ok()) << ids.status();
  return ids.ok() ? *ids : std::vector<TokenId>();
}

TEST(Tokenizer, KnowsItsVocabulary) {
  const Tokenizer& r1 = TestTokenizer(kR1);
  EXPECT_EQ(r1.vocab_size(), 151665u);
  EXPECT_EQ(r1.bos_id(), kR1Bos);
  EXPECT_EQ(r1.eos_id(), 151643);
  EXPECT_EQ(r1.pad_id(), 151643);
  EXPECT_EQ(r1.TokenToId("<think>"), kR1Think);
  EXPECT_EQ(r1.TokenToId("no such token"), std::nullopt);
  EXPECT_EQ(r1.IdToToken(kR1User), "<｜User｜>");
  EXPECT_EQ(r1.IdToToken(220), "Ġ");
  EXPECT_EQ(r1.TokenBytes(220), " ");
  EXPECT_EQ(r1.TokenBytes(kR1User), "<｜User｜>");
  EXPECT_TRUE(r1.IsSpecial(kR1Bos));
  EXPECT_FALSE(r1.IsSpecial(kR1Think));
  EXPECT_EQ(TestTokenizer("qwen2.5").bos_id(), std::nullopt);
}

TEST(Tokenizer, IdsOutside) {
  for (const char* name : {kR1, "llama2", "llama2-sp", "phi3-gguf"}) {
    const Tokenizer& tokenizer = TestTokenizer(name);
    const TokenId size = static_cast<TokenId>(tokenizer.vocab_size());
    for (const TokenId id : {-1, size, std::numeric_limits<TokenId>::max(), std::numeric_limits<TokenId>::min()}) {
      EXPECT_EQ(tokenizer.Decode({id}).status().code(), absl::StatusCode::kInvalidArgument) << id;
      EXPECT_THAT(std::string(tokenizer.Decode({id}).status().message()), HasSubstr(absl::StrCat(id)));
      EXPECT_EQ(StreamDecoder(tokenizer).Push(id).status().code(), absl::StatusCode::kInvalidArgument);
      EXPECT_EQ(tokenizer.IdToToken(id), "");
      EXPECT_EQ(tokenizer.TokenBytes(id), "");
      EXPECT_FALSE(tokenizer.IsSpecial(id));
    }
  }
}

// The published template writes BOS out, and the published GGUF asks for it as well: it must not come twice.
TEST(Tokenizer, BosExactlyOnce) {
  for (const char* name : {kR1, "deepseek-r1-distill-qwen-gguf"}) {
    const Tokenizer& r1 = TestTokenizer(name);
    const EncodeOptions options = {.add_special = true, .parse_special = true};
    EXPECT_THAT(EncodeOrFail(r1, "hi", options), ElementsAre(kR1Bos, 6023));
    EXPECT_THAT(EncodeOrFail(r1, "<｜begin▁of▁sentence｜>hi", options), ElementsAre(kR1Bos, 6023));
    EXPECT_THAT(EncodeOrFail(r1, "", options), ElementsAre(kR1Bos));
    // Not parsed, it is text like any other, and so does not count.
    const auto ids = EncodeOrFail(r1, "<｜begin▁of▁sentence｜>hi", {.add_special = true});
    EXPECT_GT(ids.size(), 3u);
    EXPECT_EQ(ids[0], kR1Bos);
    EXPECT_NE(ids[1], kR1Bos);
  }
}

TEST(Tokenizer, ParseSpecial) {
  const Tokenizer& r1 = TestTokenizer(kR1);
  EXPECT_EQ(EncodeOrFail(r1, "<|vision_start|>", {.parse_special = true}).size(), 1u);
  EXPECT_GT(EncodeOrFail(r1, "<|vision_start|>").size(), 1u);
  // Added, but not special.
  EXPECT_THAT(EncodeOrFail(r1, "<think>"), ElementsAre(kR1Think));
}

TEST(Tokenizer, SkipSpecial) {
  const Tokenizer& r1 = TestTokenizer(kR1);
  const std::vector<TokenId> ids = {kR1Bos, kR1Think, 6023, 151643};
  EXPECT_EQ(*r1.Decode(ids, {.skip_special = true}), "<think>hi");
  EXPECT_EQ(*r1.Decode(ids), "<｜begin▁of▁sentence｜><think>hi<｜end▁of▁sentence｜>");
}

// As the library does it: what is taken away in front is the space of the first piece, not any space.
TEST(Tokenizer, SentencePieceStripsPiecesOnly) {
  const Tokenizer& tokenizer = TestTokenizer("llama2-sp");
  constexpr TokenId kSpace = 29871;
  EXPECT_EQ(*tokenizer.Decode({kSpace, kSpace}), " ");
  EXPECT_EQ(*tokenizer.Decode({3 + 0x20, kSpace}), "  ");
  EXPECT_EQ(*tokenizer.Decode({0, kSpace}), " \u2047  ");
  EXPECT_EQ(*tokenizer.Decode({1, kSpace, kSpace}, {.skip_special = true}), " ");
}

TEST(Tokenizer, InvalidUtf8BecomesReplacementCharacters) {
  for (const char* name : {"qwen2.5", "llama2", "llama2-sp", "phi3-gguf"}) {
    const Tokenizer& tokenizer = TestTokenizer(name);
    EXPECT_EQ(EncodeOrFail(tokenizer, "a\xff\xe4\xbd z\xed\xa0\x80"),
              EncodeOrFail(tokenizer, "a\ufffd\ufffd z\ufffd\ufffd\ufffd"))
        << name;
  }
}

TEST(Tokenizer, TooLongText) {
  const std::string text((size_t{64} << 20) + 1, 'a');
  EXPECT_EQ(TestTokenizer("qwen2.5").Encode(text).status().code(), absl::StatusCode::kInvalidArgument);
}

// Whatever ids come in whatever order, the pieces add up to Decode(), are whole characters, and come as early as they
// can.
TEST(StreamDecoder, EqualsDecodeForEveryOrderOfTokens) {
  std::mt19937 random(7);
  for (const char* name : {"qwen2.5", "smollm2", "llama2-sp", "phi3-gguf"}) {
    const Tokenizer& tokenizer = TestTokenizer(name);
    for (int round = 0; round < 300; ++round) {
      std::vector<TokenId> ids(1 + random() % 20);
      for (TokenId& id : ids) {
        // Half of the tokens are bytes, or parts of characters.
        const uint32_t range = random() % 2 == 0 ? 259 : static_cast<uint32_t>(tokenizer.vocab_size());
        id = static_cast<TokenId>(random() % range);
      }
      StreamDecoder decoder(tokenizer);
      std::string joined;
      for (const TokenId id : ids) {
        const auto piece = decoder.Push(id);
        ASSERT_TRUE(piece.ok()) << piece.status();
        EXPECT_TRUE(IsValidUtf8(*piece));
        joined += *piece;
      }
      joined += decoder.Flush();
      EXPECT_EQ(joined, *tokenizer.Decode(ids)) << name;
    }
  }
}

// Every way to cut a text into tokens of single bytes and characters gives each character with its last byte.
TEST(StreamDecoder, EmitsEachCharacterWithItsLastByte) {
  const Tokenizer& tokenizer = TestTokenizer("llama2");
  StreamDecoder decoder(tokenizer);
  for (const absl::string_view character : {"é", "你", "😀"}) {
    for (size_t i = 0; i < character.size(); ++i) {
      const TokenId id = 3 + static_cast<uint8_t>(character[i]);  // <0x00> is token 3
      const auto piece = decoder.Push(id);
      ASSERT_TRUE(piece.ok());
      EXPECT_EQ(*piece, i + 1 < character.size() ? "" : std::string(character));
    }
  }
  EXPECT_EQ(decoder.Flush(), "");
}

TEST(StreamDecoder, FlushBeginsAnew) {
  StreamDecoder decoder(TestTokenizer("llama2"));
  EXPECT_EQ(*decoder.Push(29871), "");  // "▁" at the beginning
  EXPECT_EQ(*decoder.Push(3 + 0xe4), "");
  EXPECT_EQ(decoder.Flush(), "\ufffd");
  EXPECT_EQ(*decoder.Push(29871), "");
  EXPECT_EQ(*decoder.Push(29871), " ");
}

TEST(StreamDecoder, SkipsSpecialTokens) {
  StreamDecoder decoder(TestTokenizer(kR1), {.skip_special = true});
  EXPECT_EQ(*decoder.Push(kR1Bos), "");
  EXPECT_EQ(*decoder.Push(6023), "hi");
}

// Encoding must be linear in whatever is long: here the merge loop's steps are counted, since time is not reproducible;
// a quadratic loop would take some 10^11 of them.
TEST(Linearity, OneMegabyteOfOneThing) {
  for (const char* name : {"qwen2.5", "smollm2", "llama2", "phi3-gguf"}) {
    const Tokenizer& tokenizer = TestTokenizer(name);
    const size_t size = std::string(name) == "qwen2.5" ? 1'000'000 : 200'000;
    for (const absl::string_view unit :
         {"a", " ", "7", "=", "\n", "ab", "哈", "😀", "\u0301", "\u0301\u0327", "ཱི", "'s", "한", "x y "}) {
      std::string text;
      while (text.size() < size) absl::StrAppend(&text, unit);
      BpeWorkspace workspace;
      const auto ids = tokenizer.impl().Encode(text, {}, &workspace);
      ASSERT_TRUE(ids.ok()) << ids.status();
      EXPECT_LE(workspace.steps, 10 * text.size()) << name << " " << unit;
      EXPECT_GT(ids->size(), text.size() / 256);
    }
  }
}

TEST(ChatTemplates, AreChosenByName) {
  TokenizerAssets assets = HfAssets(kR1);
  const Tokenizer without = MakeOrFail(assets);
  EXPECT_EQ(without.ApplyChatTemplate({}).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(without.chat_template(), "");

  assets.chat_templates = {{"default", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}"},
                           {"tool_use", "tools: {{ tools[0].name }}"},
                           {"broken", "{% if %}"}};
  const Tokenizer tokenizer = MakeOrFail(assets);
  const std::vector<Message> messages = {{.role = "user", .content = "Hello"}};
  EXPECT_EQ(*tokenizer.ApplyChatTemplate(messages), "<｜begin▁of▁sentence｜>Hello<｜end▁of▁sentence｜>");
  EXPECT_EQ(*tokenizer.ApplyChatTemplate(messages, {.tools_json = R"([{"name": "f"}])"}), "tools: f");
  EXPECT_EQ(tokenizer.chat_template(), assets.chat_templates["default"]);
  // The model with a template that does not parse is there; only the template is not.
  EXPECT_THAT(std::string(tokenizer.ApplyChatTemplate(messages, {.name = "broken"}).status().message()),
              HasSubstr("chat template \"broken\""));
  const absl::Status unknown = tokenizer.ApplyChatTemplate(messages, {.name = "other"}).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("\"tool_use\""));
}

TEST(MakeTokenizer, NothingToMakeItOf) {
  EXPECT_EQ(MakeTokenizer(TokenizerAssets()).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace reckon
