// Chat templates of published models against transformers' apply_chat_template, and the API's own behaviour.
#include "text/chat_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace reckon {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

std::string DataPath(const std::string& name) { return std::string(RECKON_TEST_DATA) + "/templates/" + name; }

std::string OrEmpty(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

// nlohmann's ordered variety, because templates print objects in the order of their keys.
TEST(ChatTemplateTest, PublishedTemplatesRenderAsInTransformers) {
  std::ifstream templates_file(DataPath("chat_templates.json"));
  const Json templates = Json::parse(templates_file);
  std::ifstream rows(DataPath("chat_templates.jsonl"));
  std::map<std::string, int> counts;
  std::string line;
  while (std::getline(rows, line)) {
    const nlohmann::ordered_json row = nlohmann::ordered_json::parse(line);
    const std::string name = row["template"].get<std::string>();
    SCOPED_TRACE(name + " / " + row["conversation"].get<std::string>());
    const auto parsed = ChatTemplate::Parse(templates[name].get<std::string>());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    ChatTemplateOptions options;
    options.add_generation_prompt = row["add_generation_prompt"].get<bool>();
    if (!row["tools"].is_null()) options.tools_json = row["tools"].dump();
    if (!row["kwargs"].empty()) options.variables_json = row["kwargs"].dump();
    const auto rendered = parsed->RenderJson(row["messages"].dump(), options, OrEmpty(Json(row["bos_token"])),
                                             OrEmpty(Json(row["eos_token"])));
    if (row.contains("error")) {
      EXPECT_FALSE(rendered.ok());
    } else {
      ASSERT_TRUE(rendered.ok()) << rendered.status();
      EXPECT_EQ(*rendered, row["rendered"].get<std::string>());
    }
    ++counts[name];
  }
  int total = 0;
  for (const auto& [name, count] : counts) total += count;
  std::cout << total << " conversations of " << counts.size() << " templates\n";
  EXPECT_EQ(total, 110);
}

std::string MustRender(const std::string& source, const std::vector<Message>& messages,
                       const ChatTemplateOptions& options = {}) {
  const auto parsed = ChatTemplate::Parse(source);
  if (!parsed.ok()) return parsed.status().ToString();
  const auto rendered = parsed->Render(messages, options, "<s>", "</s>");
  return rendered.ok() ? *rendered : rendered.status().ToString();
}

TEST(ChatTemplateTest, MessagesHaveTheMembersThatTransformersGivesThem) {
  const Message plain = {.role = "user", .content = "Hi"};
  const Message calls = {
      .role = "assistant",
      .content = std::nullopt,
      .reasoning_content = "hm",
      .tool_calls_json = R"([{"type": "function", "function": {"name": "f", "arguments": {"a": 1.0}}}])",
      .extra_json = R"({"name": "bot"})"};
  EXPECT_EQ(MustRender("{{ messages }}", {plain}), "[{'role': 'user', 'content': 'Hi'}]");
  EXPECT_EQ(MustRender("{{ messages[0] | tojson }}", {calls}),
            R"({"role": "assistant", "content": null, "reasoning_content": "hm", "tool_calls": [{"type": "function", )"
            R"("function": {"name": "f", "arguments": {"a": 1.0}}}], "name": "bot"})");
}

TEST(ChatTemplateTest, VariablesAreThoseOfApplyChatTemplate) {
  EXPECT_EQ(
      MustRender("{{ bos_token }}{{ eos_token }}{{ tools is none }}{{ documents is none }}{{ add_generation_prompt }}",
                 {}),
      "<s></s>TrueTrueTrue");
  ChatTemplateOptions options;
  options.add_generation_prompt = false;
  options.tools_json = R"([{"type": "function"}])";
  options.variables_json = R"({"enable_thinking": false, "big": 123456789012345678901234567890})";
  EXPECT_EQ(MustRender("{{ add_generation_prompt }} {{ tools[0].type }} {{ enable_thinking }} {{ big }}", {}, options),
            "False function False 123456789012345678901234567890");
  const auto parsed = ChatTemplate::Parse("{{ bos_token is defined }}");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed->Render({}, {}, "", ""), "False");
}

TEST(ChatTemplateTest, RaisedErrorsKeepTheirText) {
  const auto parsed = ChatTemplate::Parse("one\n{{ raise_exception('roles must alternate') }}");
  ASSERT_TRUE(parsed.ok());
  const auto rendered = parsed->Render({}, {}, "", "");
  EXPECT_EQ(rendered.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(rendered.status().message(), "chat template, line 2: roles must alternate");
}

TEST(ChatTemplateTest, SyntaxErrorsNameTheLine) {
  const auto parsed = ChatTemplate::Parse("one\ntwo\n{% if %}");
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("line 3"));
}

TEST(ChatTemplateTest, BadJsonIsRefused) {
  const auto parsed = ChatTemplate::Parse("{{ messages }}");
  ASSERT_TRUE(parsed.ok());
  for (const char* json : {"", "[", "{}", "[1,]", "[01]", "[1] 2", "[tru]", "[\"\\ud800\"]", "[nulx]", "[1 2]", "[-]",
                           "\"a\"", "[\"a\nb\"]", "[{\"a\" 1}]", "[1e]", "[\"\xff\"]"}) {
    const auto rendered = parsed->RenderJson(json, {}, "", "");
    EXPECT_EQ(rendered.status().code(), absl::StatusCode::kInvalidArgument) << json;
  }
  const std::string deep = std::string(5000, '[') + std::string(5000, ']');
  EXPECT_FALSE(parsed->RenderJson(deep, {}, "", "").ok());
  EXPECT_EQ(
      *parsed->RenderJson(" [1, -0, 1e400, 18446744073709551616, \"\\u00e9\\ud83d\\ude00\", {}, null] ", {}, "", ""),
      "[1, 0, inf, 18446744073709551616, 'é😀', {}, None]");
}

TEST(ChatTemplateTest, InvalidUtf8BecomesReplacementCharacters) {
  EXPECT_EQ(MustRender("{{ messages[0].content }}", {{.role = "user", .content = "a\xff\xe4\xbdz"}}), "a\uFFFD\uFFFDz");
}

TEST(ChatTemplateTest, StrftimeNowPrintsLocalTime) {
  auto parsed = ChatTemplate::Parse("{{ strftime_now('%d %b %Y %H:%M:%S %A %B %j %-d %%') }}");
  ASSERT_TRUE(parsed.ok());
  std::tm t{};
  t.tm_year = 124;
  t.tm_mon = 6;
  t.tm_mday = 5;
  t.tm_hour = 13;
  t.tm_min = 7;
  t.tm_sec = 9;
  t.tm_isdst = -1;
  parsed->set_environment({.limits = {}, .now = std::mktime(&t)});
  EXPECT_EQ(*parsed->Render({}, {}, "", ""), "05 Jul 2024 13:07:09 Friday July 187 5 %");
}

// Each of these would run for very long, take very much memory, or overflow the stack, if nothing stopped it.
TEST(ChatTemplateTest, HostileTemplatesMeetABound) {
  const std::string deep_parens = "{{ " + std::string(100000, '(') + "1" + std::string(100000, ')') + " }}";
  std::string deep_ifs;
  for (int i = 0; i < 10000; ++i) deep_ifs += "{% if true %}";
  std::string lookups = "{{ x";
  for (int i = 0; i < 100000; ++i) lookups += ".a";
  const std::vector<std::string> sources = {
      deep_parens,
      "{{ " + std::string(100000, '[') + std::string(100000, ']') + " }}",
      "{{ " + std::string(100000, '-') + "1 }}",
      deep_ifs,
      lookups + " }}",
      "{% set ns = namespace(s='xxxxxxxxxxxxxxxx') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
      "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
      "{{ 'x' * 1000000000000 }}",
      "{{ [1] * 1000000000000 }}",
      "{{ '%1000000000d' % 1 }}",
      "{{ '{:1000000000}'.format(1) }}",
      "{{ 'x'.center(1000000000000) }}",
      "{{ 'x'|center(1000000000000) }}",
      "{{ ('a' * 1000000).replace('a', 'b' * 1000000) }}",
      "{{ range(1000000000000) }}",
      "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
      "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
      "{% for x in [[1]] recursive %}{{ loop([[1]]) }}{% endfor %}",
      "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}",
      "{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
      "{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x] * 2 %}{% endfor %}{{ ns.x|tojson }}",
      ("{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}"
       "{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}"),
      ("{% set ns = namespace(x=(1,)) %}{% for i in range(90) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}"
       "{{ {ns.x: 1} }}"),
      "{% for i in range(100000) %}{{ 'x' * 10000 }}{% endfor %}",
      "{% set s = 'a' * 5000000 %}{% for i in range(100000) %}{% if (s + 'b') in s %}{% endif %}{% endfor %}",
      "{% set s = 'a' * 2000000 %}{{ s.count('a' * 1000000 + 'b') }}",
      "{{ (['x' * 1000000] * 1000) | join(',' * 1000000) }}",
      "{{ (['x'] * 100000) | join('y' * 100000) }}",
      "{{ ('a\n' * 100000) | indent(100000) }}",
  };
  for (const std::string& source : sources) {
    const auto parsed = ChatTemplate::Parse(source);
    const absl::Status status = parsed.ok() ? parsed->Render({}, {}, "", "").status() : parsed.status();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << source.substr(0, 200) << "\n" << status;
  }
}

TEST(ChatTemplateTest, SelfReferenceIsHarmless) {
  EXPECT_EQ(MustRender(
                "{% set ns = namespace() %}{% set ns.me = ns %}{% set ns.list = [ns] %}{{ ns.me.me.list|length }}", {}),
            "1");
  EXPECT_EQ(
      MustRender("{% set ns = namespace() %}{% for x in [1] %}{% macro m() %}{{ x }}{% endmacro %}"
                 "{% set ns.m = m %}{% set ns.loop = loop %}{{ loop.changed([loop, ns]) }}{% endfor %}{{ ns.m() }}"
                 "{{ ns.loop.index }}",
                 {}),
      "True11");
}

TEST(ChatTemplateTest, RepeatedRendersAreIndependent) {
  const auto parsed = ChatTemplate::Parse("{% set x = (x or 0) + 1 %}{{ x }}");
  ASSERT_TRUE(parsed.ok());
  const ChatTemplate copy = *parsed;  // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tested
  EXPECT_EQ(*parsed->Render({}, {}, "", ""), "1");
  EXPECT_EQ(*copy.Render({}, {}, "", ""), "1");
}

}  // namespace
}  // namespace reckon
