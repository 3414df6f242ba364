// The interpreter against jinja2 itself: tests/data/templates/make_template_refs.py renders several hundred snippets in
// the environment of transformers, and every one of them has to come out the same here.
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "text/chat_template.h"

namespace reckon {
namespace {

TEST(JinjaTest, SnippetsRenderAsInJinja2) {
  std::ifstream file(std::string(RECKON_TEST_DATA) + "/templates/snippets.jsonl");
  std::map<std::string, int> counts;
  std::string line;
  while (std::getline(file, line)) {
    const nlohmann::ordered_json row = nlohmann::ordered_json::parse(line);
    const std::string source = row["template"].get<std::string>();
    SCOPED_TRACE(source);
    ChatTemplateOptions options;
    options.variables_json = row["variables"].dump();
    const auto parsed = ChatTemplate::Parse(source);
    const absl::StatusOr<std::string> rendered =
        parsed.ok() ? parsed->RenderJson("[]", options, "", "") : absl::StatusOr<std::string>(parsed.status());
    const std::string outcome = row["outcome"].get<std::string>();
    ++counts[outcome];
    if (outcome == "text") {
      EXPECT_TRUE(rendered.ok()) << rendered.status();
      EXPECT_EQ(rendered.value_or("(an error)"), row["text"].get<std::string>());
    } else if (outcome == "syntax error") {
      EXPECT_FALSE(parsed.ok());
    } else {
      EXPECT_TRUE(parsed.ok()) << parsed.status();
      EXPECT_FALSE(rendered.ok()) << *rendered;
    }
    if (row.contains("message")) {
      EXPECT_NE(rendered.status().message().find(row["message"].get<std::string>()), absl::string_view::npos)
          << rendered.status() << "\nlacks " << row["message"];
    }
  }
  for (const auto& [outcome, count] : counts) std::cout << count << " snippets with outcome: " << outcome << "\n";
  EXPECT_GE(counts["text"], 500);
  EXPECT_GE(counts["error"], 50);
  EXPECT_GE(counts["syntax error"], 40);
}

}  // namespace
}  // namespace reckon
