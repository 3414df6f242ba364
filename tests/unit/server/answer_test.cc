// Answers of a model that says what a test wrote down: calls of tools, and reasoning that is ended.
#include "server/answer.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/chat/scripted.h"

namespace reckon_server {
namespace {

using ::reckon::Intervention;
using ::reckon::TokenId;
using ::reckon::testing::kEndOfSentence;
using ::reckon::testing::kEndThink;
using ::reckon::testing::Script;
using ::reckon::testing::ScriptedStream;
using ::reckon::testing::TinyR1;
using ::reckon::testing::Tokens;

constexpr char kCall[] = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": [1, 2]}}\n</tool_call>";
constexpr char kCallJson[] = "{\"name\": \"f\", \"arguments\": {\"x\": [1, 2]}}";

struct Heard {
  std::string reasoning;
  std::string content;
  std::vector<std::string> calls;
  Finish finish;
  RequestCost cost;
};

// Says `line` behind the prompt, then that it is over.
Script Say(size_t prompt, const std::vector<TokenId>& line) {
  return [prompt, line](absl::Span<const TokenId> tokens) -> std::vector<std::pair<TokenId, float>> {
    const size_t said = tokens.size() - prompt;
    return {{said < line.size() ? line[said] : kEndOfSentence, 10.0f}};
  };
}

class AnswerTest : public ::testing::Test {
 protected:
  AnswerTest() {
    request_.sampler.temperature = 0;
    prompt_.tokens = Tokens("<｜begin▁of▁sentence｜><｜User｜>?<｜Assistant｜>");
    prompt_.closing = Tokens("\n\nTime is up.\n</think>\n\n");
  }

  Heard Hear(const Script& script, int64_t max_tokens = -1) {
    ScriptedStream stream(script, 500);
    Turns turns;
    Heard heard;
    const reckon::CancelToken cancel;
    EXPECT_TRUE(ReadPrompt(stream, turns, prompt_.tokens, cancel, heard.cost).ok());
    const auto sink = [&heard](const Delta& delta) {
      if (delta.kind == DeltaKind::kReasoning) heard.reasoning += delta.text;
      if (delta.kind == DeltaKind::kContent) heard.content += delta.text;
      if (delta.kind == DeltaKind::kToolCall) heard.calls.push_back(delta.text);
      return true;
    };
    const AnswerSetup setup = {TinyR1(), request_, prompt_, max_tokens};
    absl::StatusOr<Finish> finish = GenerateAnswer(stream, turns, setup, 0, cancel, sink, heard.cost);
    EXPECT_TRUE(finish.ok()) << finish.status();
    if (finish.ok()) heard.finish = *std::move(finish);
    return heard;
  }
  Heard HearLine(const std::string& line, int64_t max_tokens = -1) {
    return Hear(Say(prompt_.tokens.size(), Tokens(line)), max_tokens);
  }

  GenerationRequest request_;
  Prompt prompt_;
};

TEST_F(AnswerTest, CallsComeApartFromWords) {
  prompt_.tool_calls = true;
  const Heard heard = HearLine(std::string("I ask.\n") + kCall + "\n" + kCall);
  EXPECT_EQ(heard.content, "I ask.\n\n");
  EXPECT_EQ(heard.calls, (std::vector<std::string>{kCallJson, kCallJson}));
  EXPECT_EQ(heard.finish.kind, FinishKind::kToolCalls);
}

TEST_F(AnswerTest, WithoutToolsACallIsText) {
  const Heard heard = HearLine(kCall);
  EXPECT_EQ(heard.content, kCall);
  EXPECT_TRUE(heard.calls.empty());
  EXPECT_EQ(heard.finish.kind, FinishKind::kStop);
}

TEST_F(AnswerTest, EndsBehindOneCallIfAskedTo) {
  prompt_.tool_calls = true;
  request_.one_call = true;
  const Heard heard = HearLine(std::string(kCall) + "\n" + kCall);
  EXPECT_EQ(heard.calls.size(), 1u);
  EXPECT_EQ(heard.finish.kind, FinishKind::kToolCalls);
  EXPECT_EQ(heard.cost.completion_tokens, static_cast<int64_t>(Tokens(kCall).size()));
}

TEST_F(AnswerTest, ACallThatThePromptBegunIsWhole) {
  prompt_.tool_calls = true;
  prompt_.opening = "<tool_call>\n{\"name\": \"f\", \"arguments\":";
  const Heard heard = HearLine(" {\"x\": [1, 2]}}\n</tool_call>");
  // White space in front of an answer is dropped, here too.
  EXPECT_EQ(heard.calls, std::vector<std::string>{"{\"name\": \"f\", \"arguments\":{\"x\": [1, 2]}}"});
  EXPECT_EQ(heard.content, "");
  EXPECT_EQ(heard.finish.kind, FinishKind::kToolCalls);
}

TEST_F(AnswerTest, WhatIsNoCallAfterAllIsShownWhole) {
  prompt_.tool_calls = true;
  prompt_.opening = "<tool_call>\n{\"name\": \"";
  const Heard heard = HearLine("f\", nothing");
  EXPECT_EQ(heard.content, "<tool_call>\n{\"name\": \"f\", nothing");
  EXPECT_TRUE(heard.calls.empty());
  EXPECT_EQ(heard.finish.kind, FinishKind::kStop);
}

TEST_F(AnswerTest, ReasoningEndsAtItsBudget) {
  prompt_.inside_reasoning = true;
  request_.max_reasoning_tokens = 3;
  // Thinks for ever: goes on with "x" until somebody else closes the thought, then answers.
  const TokenId x = Tokens("x").front();
  const auto script = [&](absl::Span<const TokenId> tokens) -> std::vector<std::pair<TokenId, float>> {
    size_t close = tokens.size();
    while (close > 0 && tokens[close - 1] != kEndThink) --close;
    if (close == 0) return {{x, 10.0f}};
    // Wants the mark again: it must not come.
    return {{kEndThink, 20.0f}, {tokens.back() == x ? kEndOfSentence : x, 10.0f}};
  };
  const Heard heard = Hear(script);
  EXPECT_EQ(heard.reasoning, "xxx\n\nTime is up.");
  EXPECT_EQ(heard.content, "x");
  EXPECT_EQ(heard.finish.interventions, std::vector<Intervention>{Intervention::kBudgetClose});
  EXPECT_EQ(heard.finish.kind, FinishKind::kStop);
  // The thought, the closing, the answer and the end of the turn.
  EXPECT_EQ(heard.cost.completion_tokens, static_cast<int64_t>(3 + prompt_.closing.size() + 2));
}

TEST_F(AnswerTest, WithoutABudgetReasoningIsTheModelsOwnBusiness) {
  prompt_.inside_reasoning = true;
  Heard heard = HearLine("thinking");
  EXPECT_EQ(heard.reasoning, "thinking");
  EXPECT_EQ(heard.content, "");
  EXPECT_TRUE(heard.finish.interventions.empty());
  heard = HearLine("thinking", 1);
  EXPECT_EQ(heard.finish.kind, FinishKind::kLength);
}

TEST_F(AnswerTest, AThoughtThatEndsTheTurnIsFollowedByAnAnswer) {
  prompt_.inside_reasoning = true;
  request_.max_reasoning_tokens = -1;
  const std::vector<TokenId> thought = Tokens("hm");
  const Heard heard = Hear([&](absl::Span<const TokenId> tokens) -> std::vector<std::pair<TokenId, float>> {
    const size_t said = tokens.size() - prompt_.tokens.size();
    const size_t closed = thought.size() + prompt_.closing.size();
    if (said < thought.size()) return {{thought[said], 10.0f}};
    return {{said == closed ? Tokens("y").front() : kEndOfSentence, 10.0f}};
  });
  EXPECT_EQ(heard.reasoning, "hm\n\nTime is up.");
  EXPECT_EQ(heard.content, "y");
  EXPECT_EQ(heard.finish.interventions, std::vector<Intervention>{Intervention::kUnclosedEnd});
}

}  // namespace
}  // namespace reckon_server
