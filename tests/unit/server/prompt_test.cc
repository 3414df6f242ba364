// What a model reads of a request: compared with the prompts that transformers' apply_chat_template makes.
#include "server/prompt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "support/temp_folder.h"
#include "unit/session/tiny_r1.h"

namespace reckon_server {
namespace {

using ::reckon::testing::TinyR1;

// tiny-r1 with a published template.
reckon::Model ModelWith(const std::string& name) {
  std::ifstream templates(RECKON_TEST_DATA "/templates/chat_templates.json");
  std::ifstream config_file(RECKON_TINY_R1 "/tokenizer_config.json");
  Json config = Json::parse(config_file);
  config["chat_template"] = Json::parse(templates)[name];
  const reckon::testing::TempFolder folder;
  for (const char* file : {"config.json", "generation_config.json", "model.safetensors", "tokenizer.json"}) {
    std::filesystem::create_symlink(std::filesystem::path(RECKON_TINY_R1) / file, folder.path() / file);
  }
  folder.Write("tokenizer_config.json", config.dump());
  absl::StatusOr<reckon::Model> model =
      reckon::Model::Open(reckon::ModelSource::Path(folder.path().string()), {.threads = 1});
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

// A conversation with calls of tools, as transformers rendered it with this template.
Json Conversation(const std::string& name) {
  std::ifstream file(RECKON_TEST_DATA "/templates/chat_templates.jsonl");
  for (std::string line; std::getline(file, line);) {
    Json row = Json::parse(line);
    if (row["template"] == name && row["conversation"] == "tool_roundtrip" && row["add_generation_prompt"] == true) {
      return row;
    }
  }
  ADD_FAILURE() << "there is no such conversation";
  return {};
}

Prompt MakeOne(const reckon::Model& model, const Json& body) {
  GenerationRequest request;
  std::optional<ApiError> error = ParseRequest(body.dump(), /*chat=*/true, {}, request);
  EXPECT_FALSE(error.has_value()) << error->message;
  std::vector<Prompt> prompts;
  error = MakePrompts(model, request, 4096, prompts);
  EXPECT_FALSE(error.has_value()) << error->message;
  return prompts.size() == 1 ? std::move(prompts[0]) : Prompt();
}

std::vector<reckon::TokenId> Encode(const reckon::Model& model, const std::string& text) {
  return *model.tokenizer().Encode(text, {.parse_special = true});
}

class ToolPromptTest : public ::testing::TestWithParam<const char*> {};

TEST_P(ToolPromptTest, ToolsCallsAndTheirResultsAreRenderedAsInTransformers) {
  const reckon::Model model = ModelWith(GetParam());
  const Json row = Conversation(GetParam());
  // As a client sends it: arguments in a string, and ids.
  Json messages = row["messages"];
  for (Json& message : messages) {
    if (message["role"] == "tool") message["tool_call_id"] = "call_1";
    if (!message.contains("tool_calls")) continue;
    for (Json& call : message["tool_calls"]) {
      call["id"] = "call_1";
      call["function"]["arguments"] = call["function"]["arguments"].dump();
    }
  }
  Json body = {{"messages", messages}, {"tools", row["tools"]}};
  if (!row["kwargs"].empty()) body["chat_template_kwargs"] = row["kwargs"];
  const std::string rendered = row["rendered"].get<std::string>();
  Prompt prompt = MakeOne(model, body);
  EXPECT_EQ(prompt.tokens, Encode(model, rendered));
  EXPECT_TRUE(prompt.tool_calls);
  EXPECT_EQ(prompt.opening, "");

  body["tool_choice"] = {{"type", "function"}, {"function", {{"name", "get_weather"}}}};
  prompt = MakeOne(model, body);
  EXPECT_EQ(prompt.opening, "<tool_call>\n{\"name\": \"get_weather\", \"arguments\":");
  const std::vector<reckon::TokenId> opening = Encode(model, prompt.opening);
  ASSERT_LE(opening.size(), prompt.tokens.size());
  EXPECT_TRUE(std::equal(opening.rbegin(), opening.rend(), prompt.tokens.rbegin()));
  EXPECT_FALSE(prompt.inside_reasoning);

  // The conversation has an empty content beside its call; null is the same.
  for (Json& message : body["messages"]) {
    if (message.contains("tool_calls")) message["content"] = nullptr;
  }
  body["tool_choice"] = "auto";
  EXPECT_EQ(MakeOne(model, body).tokens, Encode(model, rendered));

  body["tool_choice"] = "required";
  EXPECT_EQ(MakeOne(model, body).opening, "<tool_call>\n{\"name\": \"");

  body["tool_choice"] = "none";
  prompt = MakeOne(model, body);
  EXPECT_FALSE(prompt.tool_calls);
  EXPECT_EQ(prompt.opening, "");
}

INSTANTIATE_TEST_SUITE_P(Templates, ToolPromptTest, ::testing::Values("qwen2.5", "qwen3"),
                         [](const auto& test) { return test.param == std::string("qwen3") ? "qwen3" : "qwen2"; });

TEST(PromptTest, WithoutThinkingAnEmptyThoughtStandsInThePrompt) {
  const Json body = {{"messages", {{{"role", "user"}, {"content", "?"}}}}, {"max_reasoning_tokens", 0}};
  const Prompt off = MakeOne(TinyR1(), body);
  const Prompt on = MakeOne(TinyR1(), {{"messages", body["messages"]}});
  EXPECT_FALSE(off.may_reason);
  EXPECT_FALSE(off.inside_reasoning);
  EXPECT_TRUE(on.may_reason);
  const std::string text = *TinyR1().tokenizer().Decode(off.tokens);
  const std::string end = "<think>\n\n</think>\n\n";
  ASSERT_GE(text.size(), end.size());
  EXPECT_EQ(text.substr(text.size() - end.size()), end);
}

TEST(PromptTest, ATemplateWithASwitchIsAskedNotToThink) {
  const reckon::Model model = ModelWith("qwen3");
  const Json messages = {{{"role", "user"}, {"content", "?"}}};
  const Prompt off = MakeOne(model, {{"messages", messages}, {"reasoning_effort", "none"}});
  const Prompt asked = MakeOne(model, {{"messages", messages}, {"chat_template_kwargs", {{"enable_thinking", false}}}});
  EXPECT_EQ(off.tokens, asked.tokens);
  EXPECT_NE(off.tokens, MakeOne(model, {{"messages", messages}}).tokens);
}

TEST(PromptTest, TokensInATextsPlaceHaveToExist) {
  std::vector<reckon::TokenId> tokens;
  EXPECT_FALSE(Tokenize(TinyR1(), {"", {5, 6}}, "input", tokens).has_value());
  EXPECT_EQ(tokens, (std::vector<reckon::TokenId>{5, 6}));
  EXPECT_EQ(Tokenize(TinyR1(), {"", {5, 999999}}, "input", tokens)->param, "input");
}

}  // namespace
}  // namespace reckon_server
