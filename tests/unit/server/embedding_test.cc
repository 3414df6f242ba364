#include "server/embedding.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "unit/session/tiny_r1.h"

namespace reckon_server {
namespace {

using ::reckon::testing::NewSession;
using ::reckon::testing::PuzzlePrompt;
using ::reckon::testing::TinyR1;

EmbeddingRequest Parse(const std::string& body, const std::string& refused = "") {
  EmbeddingRequest request;
  const std::optional<ApiError> error = ParseEmbeddingRequest(body, request);
  EXPECT_EQ(error.has_value() ? error->param : "", refused) << body;
  return request;
}

TEST(EmbeddingTest, ReadsTextsAndTokens) {
  EXPECT_EQ(Parse(R"({"input": "a"})").inputs.at(0).text, "a");
  EXPECT_EQ(Parse(R"({"input": ["a", "b"]})").inputs.at(1).text, "b");
  EXPECT_EQ(Parse(R"({"input": [1, 2]})").inputs.at(0).tokens, (std::vector<reckon::TokenId>{1, 2}));
  const EmbeddingRequest request = Parse(R"({"input": [[1, 2], [3]], "encoding_format": "base64", "model": "m"})");
  ASSERT_EQ(request.inputs.size(), 2u);
  EXPECT_EQ(request.inputs[1].tokens, std::vector<reckon::TokenId>{3});
  EXPECT_TRUE(request.base64);
  EXPECT_EQ(request.model, "m");
}

TEST(EmbeddingTest, RefusesTheRest) {
  for (const char* input : {"\"\"", "[]", "[\"\"]", "[[]]", "5", "{}", "[1, \"a\"]", "[\"a\", 1]", "[1.5]", "[-1]",
                            "[[1, [2]]]", "[4294967296]", "null"}) {
    Parse(std::string("{\"input\": ") + input + "}", "input");
  }
  Parse(R"({"input": "a", "dimensions": 8})", "dimensions");
  Parse(R"({"input": "a", "encoding_format": "hex"})", "encoding_format");
  std::string many = "\"a\"";
  for (int i = 0; i < 2048; ++i) many += ", \"a\"";
  Parse("{\"input\": [" + many + "]}", "input");
}

TEST(EmbeddingTest, Base64HoldsTheSameNumbers) {
  const std::vector<std::vector<float>> vectors = {{1.0f, -0.5f, 1e-20f}};
  const OrderedJson numbers = EmbeddingReply(Parse(R"({"input": "a"})"), vectors, "m", {.prompt_tokens = 7});
  EXPECT_EQ(numbers["data"][0]["embedding"].get<std::vector<float>>(), vectors[0]);
  EXPECT_EQ(numbers["usage"]["total_tokens"], 7);
  const OrderedJson coded =
      EmbeddingReply(Parse(R"({"input": "a", "encoding_format": "base64"})"), vectors, "m", {.prompt_tokens = 7});
  // 3f800000 bf000000 1e3ce508, least significant byte first.
  EXPECT_EQ(coded["data"][0]["embedding"],
            absl::Base64Escape(std::string("\0\0\x80\x3f\0\0\0\xbf\x08\xe5\x3c\x1e", 12)));
}

TEST(EmbeddingTest, TakesTurnsWithOthers) {
  reckon::Session session = NewSession(TinyR1(), {.prefill_chunk = 2});
  reckon::Session alone = NewSession(TinyR1());
  const reckon::CancelToken never = reckon::CancelToken::Never();
  Turns turns;
  ASSERT_TRUE(turns.Begin(never));
  std::atomic<bool> embedded{false};
  absl::StatusOr<std::vector<float>> vector;
  std::thread embeds([&] {
    vector = EmbedInTurns(session, turns, PuzzlePrompt(), reckon::Pooling::kMean, never);
    embedded = true;
  });
  while (turns.waiting() < 1) std::this_thread::yield();
  bool between = false;
  std::thread other([&] {
    between = turns.Begin(never) && !embedded;
    turns.End();
  });
  while (turns.waiting() < 2) std::this_thread::yield();
  turns.End();  // the text is first, and makes way after its first two tokens
  embeds.join();
  other.join();
  EXPECT_TRUE(between);
  ASSERT_TRUE(vector.ok()) << vector.status();
  EXPECT_EQ(*vector, *alone.Embed(PuzzlePrompt()));
}

TEST(EmbeddingTest, IsCancelled) {
  reckon::Session session = NewSession(TinyR1());
  const reckon::CancelToken cancel;
  cancel.Cancel();
  Turns turns;
  EXPECT_EQ(EmbedInTurns(session, turns, PuzzlePrompt(), reckon::Pooling::kMean, cancel).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_TRUE(turns.Begin(reckon::CancelToken::Never()));  // the turn was given back
  turns.End();
}

}  // namespace
}  // namespace reckon_server
