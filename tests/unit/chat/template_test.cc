// Published templates through Chat: the prompts are those of transformers' apply_chat_template, and the marks of the
// models are understood. tiny-r1 stands in for their weights; its tokenizer takes their special tokens' names.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "support/temp_folder.h"
#include "unit/chat/scripted.h"

namespace reckon::testing {
namespace {

using Json = nlohmann::ordered_json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const char kBos[] = "<｜begin▁of▁sentence｜>";
const char kEos[] = "<｜end▁of▁sentence｜>";

std::string DataPath(const std::string& name) { return std::string(RECKON_TEST_DATA) + "/templates/" + name; }

// tiny-r1 with another template and other names for its first and last token.
Model ModelWith(const std::string& chat_template, const Json& bos, const Json& eos) {
  const TempFolder folder;
  for (const char* name : {"config.json", "generation_config.json", "model.safetensors"}) {
    std::filesystem::create_symlink(std::filesystem::path(RECKON_TINY_R1) / name, folder.path() / name);
  }
  const std::string tiny = RECKON_TINY_R1;
  Json config = Json::parse(ReadFile(tiny + "/tokenizer_config.json"));
  config["chat_template"] = chat_template;
  config["bos_token"] = bos;
  config["eos_token"] = eos;
  std::string tokenizer = ReadFile(tiny + "/tokenizer.json");
  if (bos.is_string()) tokenizer = absl::StrReplaceAll(tokenizer, {{kBos, bos.get<std::string>()}});
  if (eos.is_string()) tokenizer = absl::StrReplaceAll(tokenizer, {{kEos, eos.get<std::string>()}});
  folder.Write("tokenizer_config.json", config.dump());
  folder.Write("tokenizer.json", tokenizer);
  absl::StatusOr<Model> model = Model::Open(ModelSource::Path(folder.path().string()), {.threads = 1});
  EXPECT_TRUE(model.ok()) << model.status();
  return *std::move(model);
}

Message ToMessage(const Json& json) {
  Message message;
  message.role = json["role"].get<std::string>();
  if (json.contains("content") && json["content"].is_string()) message.content = json["content"].get<std::string>();
  if (json.contains("tool_calls")) message.tool_calls_json = json["tool_calls"].dump();
  return message;
}

TEST(TemplateTest, ConversationsRenderAsInTransformers) {
  std::ifstream templates_file(DataPath("chat_templates.json"));
  const Json templates = Json::parse(templates_file);
  std::ifstream rows(DataPath("chat_templates.jsonl"));
  std::map<std::string, Model> models;
  std::string line;
  int count = 0;
  while (std::getline(rows, line)) {
    const Json row = Json::parse(line);
    const std::string name = row["template"].get<std::string>();
    const std::string key = name + row["bos_token"].dump() + row["eos_token"].dump();
    if (models.count(key) == 0) {
      models[key] = ModelWith(templates[name].get<std::string>(), row["bos_token"], row["eos_token"]);
    }
    ChatOptions options;
    options.session.max_context = 512;
    if (!row["tools"].is_null()) options.tools_json = row["tools"].dump();
    if (!row["kwargs"].empty()) options.variables_json = row["kwargs"].dump();
    absl::StatusOr<Chat> chat = Chat::Create(models[key], options);
    ASSERT_TRUE(chat.ok()) << chat.status();
    for (const Json& message : row["messages"]) ASSERT_TRUE(chat->Append(ToMessage(message)).ok());
    const absl::StatusOr<std::string> prompt = chat->Prompt(row["add_generation_prompt"].get<bool>());
    ASSERT_TRUE(prompt.ok()) << name << ": " << prompt.status();
    EXPECT_EQ(*prompt, row["rendered"].get<std::string>()) << name << " / " << row["conversation"];
    ++count;
  }
  std::cout << count << " conversations of " << models.size() << " templates\n";
  EXPECT_EQ(count, 110);
}

std::string Template(const std::string& name) {
  std::ifstream file(DataPath("chat_templates.json"));
  return Json::parse(file)[name].get<std::string>();
}

Chat ScriptedWith(const Model& model, Script script, const ChatOptions& options = {}) {
  return Chat(std::make_unique<Chat::Impl>(model, options, std::make_unique<ScriptedStream>(std::move(script), 4096),
                                           Greedy()));
}

// What the model says, whatever the prompt.
Script Say(const std::vector<TokenId>& line, const std::vector<int64_t>* prompt_length) {
  return [line, prompt_length](absl::Span<const TokenId> tokens) -> std::vector<std::pair<TokenId, float>> {
    const size_t said = tokens.size() - static_cast<size_t>(prompt_length->back());
    return {{said < line.size() ? line[said] : kEndOfSentence, 10.0f}};
  };
}

struct Listener {
  std::vector<int64_t> prompt_length{0};
  int64_t begin = 0;

  ChatTurn Send(Chat& chat, const std::string& text) {
    const absl::StatusOr<ChatTurn> turn = chat.Send(text, [&](const ChatEvent& event) {
      if (event.kind == ChatEventKind::kPrefill) prompt_length.push_back(chat.context_tokens());
      return StreamAction::kContinue;
    });
    EXPECT_TRUE(turn.ok()) << turn.status();
    return turn.value_or(ChatTurn());
  }
};

TEST(TemplateTest, ATemplateThatOpensReasoning) {
  const Model model = ModelWith(Template("deepseek-r1-distill-qwen"), kBos, kEos);
  Listener listener;
  Chat chat = ScriptedWith(model, Say(Tokens("2 + 0 = 2\n</think>\n\n**42**"), &listener.prompt_length));
  const ChatTurn turn = listener.Send(chat, "12 + 30?");
  EXPECT_EQ(turn.reasoning, "2 + 0 = 2");
  EXPECT_EQ(turn.answer, "**42**");
  EXPECT_THAT(*chat.messages()[1].content, HasSubstr("<think>\n2 + 0 = 2"));
  const std::string next = *chat.Prompt(false);
  EXPECT_THAT(next, HasSubstr("**42**"));
  EXPECT_THAT(next, ::testing::Not(HasSubstr("2 + 0"))) << "dropped, as the template has it";
  // The thought is empty.
  Chat brief = ScriptedWith(model, Say(Tokens("\n</think>\n\n**42**"), &listener.prompt_length));
  EXPECT_EQ(listener.Send(brief, "12 + 30?").reasoning, "");
  // The template writes <think>, so thinking off writes the other mark.
  Chat off = ScriptedWith(model, Say(Tokens("**42**"), &listener.prompt_length), {.thinking = {.enabled = false}});
  const ChatTurn at_once = listener.Send(off, "12 + 30?");
  EXPECT_EQ(at_once.answer, "**42**");
  EXPECT_THAT(at_once.interventions, ElementsAre(Intervention::kThinkingOff));
}

TEST(TemplateTest, ATemplateWithASwitch) {
  const Model model = ModelWith(Template("qwen3"), Json(), kEos);
  Listener listener;
  Chat off = ScriptedWith(model, Say(Tokens("**42**"), &listener.prompt_length),
                          {.thinking = {.enabled = false}, .variables_json = R"({"other": 1})"});
  ASSERT_TRUE(off.Append({.role = "user", .content = "12 + 30?"}).ok());
  EXPECT_THAT(*off.Prompt(), ::testing::EndsWith("<think>\n\n</think>\n\n"));
  ASSERT_TRUE(off.Truncate(0).ok());
  const ChatTurn turn = listener.Send(off, "12 + 30?");
  EXPECT_EQ(turn.answer, "**42**");
  EXPECT_THAT(turn.interventions, ::testing::IsEmpty());
  Chat on = ScriptedWith(model, Say(Tokens("<think>\nhm\n</think>\n\n**42**"), &listener.prompt_length));
  listener.Send(on, "12 + 30?");
  EXPECT_THAT(*on.Prompt(false), HasSubstr("hm")) << "this template keeps the newest reasoning";
  ASSERT_TRUE(on.Append({.role = "user", .content = "And now?"}).ok());
  EXPECT_THAT(*on.Prompt(), ::testing::Not(HasSubstr("hm")));
}

TEST(TemplateTest, ATemplateThatKnowsToolCalls) {
  const Model model = ModelWith(Template("qwen2.5"), Json(), kEos);
  Listener listener;
  ChatOptions options;
  options.tools_json = R"([{"type": "function", "function": {"name": "add", "parameters": {}}}])";
  const std::string call = R"({"name": "add", "arguments": {"a": 12, "b": 30}})";
  Chat chat =
      ScriptedWith(model, Say(Tokens("<tool_call>\n" + call + "\n</tool_call>"), &listener.prompt_length), options);
  const ChatTurn turn = listener.Send(chat, "12 + 30?");
  EXPECT_EQ(turn.answer, "");
  EXPECT_THAT(turn.tool_calls_json, HasSubstr(call));
  ASSERT_TRUE(chat.Append({.role = "tool", .content = "42"}).ok());
  const std::string prompt = *chat.Prompt();
  EXPECT_THAT(prompt,
              HasSubstr("<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 12, \"b\": 30}}\n</tool_call>"));
  EXPECT_THAT(prompt, HasSubstr("<tool_response>\n42\n</tool_response>"));
}

TEST(TemplateTest, AModelWithoutTemplateIsRefused) {
  const Model model = ModelWith("", kBos, kEos);
  EXPECT_EQ(Chat::Create(model).status().code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace reckon::testing
