#include "server/reply.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/session/tiny_r1.h"

namespace reckon_server {
namespace {

using ::reckon::testing::TinyR1;

constexpr char kCall[] = R"({"name": "f", "arguments": {"b": 1, "a": "\u4f60"}})";

Delta Call() { return {DeltaKind::kToolCall, kCall, {}}; }

TEST(ReplyTest, CallsInAWholeAnswer) {
  Reply reply(/*chat=*/true, "m", TinyR1().tokenizer());
  reply.Add(0, Call());
  reply.Add(0, Call());
  reply.End(0, {FinishKind::kToolCalls, {}});
  reply.Add(1, {DeltaKind::kContent, "Words.", {}});
  reply.Add(1, Call());
  reply.End(1, {FinishKind::kToolCalls, {}});
  const OrderedJson whole = reply.Whole({});
  const OrderedJson& message = whole["choices"][0]["message"];
  EXPECT_TRUE(message["content"].is_null());
  ASSERT_EQ(message["tool_calls"].size(), 2u);
  const OrderedJson& call = message["tool_calls"][0];
  EXPECT_EQ(call["type"], "function");
  EXPECT_EQ(call["function"]["name"], "f");
  // A string with JSON in it, members in the model's order.
  EXPECT_EQ(call["function"]["arguments"], "{\"b\":1,\"a\":\"\u4f60\"}");
  EXPECT_NE(call["id"], message["tool_calls"][1]["id"]);
  EXPECT_EQ(whole["choices"][0]["finish_reason"], "tool_calls");
  EXPECT_EQ(whole["choices"][1]["message"]["content"], "Words.");
  EXPECT_EQ(whole["choices"][1]["message"]["tool_calls"].size(), 1u);
}

TEST(ReplyTest, CallsInAStream) {
  Reply reply(/*chat=*/true, "m", TinyR1().tokenizer());
  const OrderedJson first = reply.Chunk(0, Call())["choices"][0]["delta"]["tool_calls"];
  const OrderedJson second = reply.Chunk(0, Call())["choices"][0]["delta"]["tool_calls"];
  const OrderedJson other = reply.Chunk(1, Call())["choices"][0]["delta"]["tool_calls"];
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0]["index"], 0);
  EXPECT_EQ(second[0]["index"], 1);
  EXPECT_EQ(other[0]["index"], 0);
  EXPECT_EQ(first[0]["function"]["name"], "f");
  EXPECT_NE(first[0]["id"], second[0]["id"]);
  EXPECT_NE(first[0]["id"], other[0]["id"]);
  EXPECT_EQ(reply.LastChunk(0, {FinishKind::kToolCalls, {}})["choices"][0]["finish_reason"], "tool_calls");
}

TEST(ReplyTest, SaysWhatWasDoneToTheReasoning) {
  Reply reply(/*chat=*/true, "m", TinyR1().tokenizer());
  const Finish finish = {FinishKind::kStop, {reckon::Intervention::kLoopClose}};
  EXPECT_EQ(reply.LastChunk(0, finish)["choices"][0]["interventions"], OrderedJson::array({"loop_close"}));
  EXPECT_FALSE(reply.LastChunk(0, {})["choices"][0].contains("interventions"));
  reply.Add(0, {DeltaKind::kReasoning, "hm", {}});
  reply.End(0, finish);
  const OrderedJson whole = reply.Whole({});
  EXPECT_EQ(whole["choices"][0]["interventions"], OrderedJson::array({"loop_close"}));
  EXPECT_EQ(whole["choices"][0]["message"]["reasoning_content"], "hm");
}

}  // namespace
}  // namespace reckon_server
