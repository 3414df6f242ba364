// Chat templates come with models and are not trusted: whatever the bytes are, parsing and rendering must end soon, in
// a text or in an error, without a crash, a leak or an allocation that the bounds do not explain.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "text/chat_template.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  absl::StatusOr<reckon::ChatTemplate> parsed = reckon::ChatTemplate::Parse(input);
  if (!parsed.ok()) return 0;
  // Small bounds, so that every input is quick.
  reckon::ChatTemplate::Environment environment;
  environment.limits.max_steps = 200'000;
  environment.limits.max_output_bytes = 1u << 20;
  environment.limits.max_live_bytes = 16u << 20;
  environment.now = 1'720'000'000;
  parsed->set_environment(environment);
  const std::vector<reckon::Message> messages = {
      {.role = "system", .content = "Be brief. \xe4\xb8\x96\xe7\x95\x8c"},
      {.role = "user", .content = "Hi\n"},
      {.role = "assistant",
       .content = std::nullopt,
       .reasoning_content = "hm",
       .tool_calls_json = R"([{"type": "function", "function": {"name": "f", "arguments": {"a": [1, 2.5, null]}}}])"},
      {.role = "tool", .content = "<think>42</think>", .extra_json = R"({"name": "f"})"},
  };
  reckon::ChatTemplateOptions options;
  options.tools_json = R"([{"type": "function", "function": {"name": "f", "parameters": {"x": {"type": "string"}}}}])";
  options.variables_json = R"({"xs": [3, 1, 2], "d": {"a": 1, "b": "two"}, "s": "abc", "n": 5, "f": 2.5})";
  (void)parsed->Render(messages, options, "<s>", "</s>");
  // The same bytes as a conversation.
  (void)parsed->RenderJson(input, {}, "<s>", "</s>");
  return 0;
}
