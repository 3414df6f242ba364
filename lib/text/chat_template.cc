#include "text/chat_template.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_json.h"
#include "text/jinja_parser.h"
#include "text/jinja_unicode.h"

namespace reckon {
namespace {

using jinja::DictBuilder;
using jinja::Heap;
using jinja::Value;

// Puts the members of a JSON object into a dict.
absl::Status AddMembers(const Heap& heap, absl::string_view json, absl::string_view what, DictBuilder* dict) {
  RECKON_ASSIGN_OR_RETURN(const Value value, jinja::ParseJson(heap, json, what));
  if (!value.is_dict()) return absl::InvalidArgumentError(absl::StrCat(what, " must be a JSON object"));
  for (const auto& [key, member] : value.rep<jinja::DictRep>().entries) {
    RECKON_RETURN_IF_ERROR(dict->Set(key, member));
  }
  return absl::OkStatus();
}

absl::StatusOr<Value> MessageToValue(const Heap& heap, const Message& message) {
  DictBuilder dict;
  const auto text = [&heap](absl::string_view s) { return heap.String(jinja::SanitizeUtf8(s)); };
  RECKON_RETURN_IF_ERROR(dict.Set(heap.String("role"), text(message.role)));
  RECKON_RETURN_IF_ERROR(
      dict.Set(heap.String("content"), message.content.has_value() ? text(*message.content) : Value::None()));
  if (!message.reasoning_content.empty()) {
    RECKON_RETURN_IF_ERROR(dict.Set(heap.String("reasoning_content"), text(message.reasoning_content)));
  }
  if (!message.tool_calls_json.empty()) {
    RECKON_ASSIGN_OR_RETURN(Value calls, jinja::ParseJson(heap, message.tool_calls_json, "tool_calls_json"));
    if (!calls.is_list()) return absl::InvalidArgumentError("tool_calls_json must be a JSON array");
    RECKON_RETURN_IF_ERROR(dict.Set(heap.String("tool_calls"), std::move(calls)));
  }
  if (!message.extra_json.empty()) {
    RECKON_RETURN_IF_ERROR(AddMembers(heap, message.extra_json, "extra_json", &dict));
  }
  return dict.Build(heap);
}

}  // namespace

absl::StatusOr<ChatTemplate> ChatTemplate::Parse(absl::string_view source) {
  RECKON_ASSIGN_OR_RETURN(std::unique_ptr<const jinja::Template> parsed, jinja::ParseTemplate(source));
  return ChatTemplate(std::move(parsed));
}

std::time_t ChatTemplate::Now() const { return environment_.now != 0 ? environment_.now : std::time(nullptr); }

absl::StatusOr<std::string> ChatTemplate::RenderValue(jinja::Interpreter& interpreter, Value messages,
                                                      const ChatTemplateOptions& options, absl::string_view bos_token,
                                                      absl::string_view eos_token) {
  const Heap& heap = interpreter.heap();
  interpreter.SetVariable("messages", std::move(messages));
  interpreter.SetVariable("documents", Value::None());
  interpreter.SetVariable("add_generation_prompt", Value::Bool(options.add_generation_prompt));
  if (!bos_token.empty()) interpreter.SetVariable("bos_token", heap.String(jinja::SanitizeUtf8(bos_token)));
  if (!eos_token.empty()) interpreter.SetVariable("eos_token", heap.String(jinja::SanitizeUtf8(eos_token)));
  Value tools;
  if (!options.tools_json.empty()) {
    RECKON_ASSIGN_OR_RETURN(tools, jinja::ParseJson(heap, options.tools_json, "tools_json"));
    if (!tools.is_list()) return absl::InvalidArgumentError("tools_json must be a JSON array");
  }
  interpreter.SetVariable("tools", std::move(tools));
  if (!options.variables_json.empty()) {
    RECKON_ASSIGN_OR_RETURN(const Value variables, jinja::ParseJson(heap, options.variables_json, "variables_json"));
    if (!variables.is_dict()) return absl::InvalidArgumentError("variables_json must be a JSON object");
    for (const auto& [name, value] : variables.rep<jinja::DictRep>().entries) {
      interpreter.SetVariable(name.as_string(), value);
    }
  }
  return interpreter.Render();
}

absl::StatusOr<std::string> ChatTemplate::Render(const std::vector<Message>& messages,
                                                 const ChatTemplateOptions& options, absl::string_view bos_token,
                                                 absl::string_view eos_token) const {
  jinja::Interpreter interpreter(*template_, environment_.limits, Now());
  std::vector<Value> list;
  for (size_t i = 0; i < messages.size(); ++i) {
    absl::StatusOr<Value> message = MessageToValue(interpreter.heap(), messages[i]);
    if (!message.ok()) return Annotate(message.status(), absl::StrCat("message ", i));
    list.push_back(*std::move(message));
  }
  Value value = interpreter.heap().List(std::move(list));
  return RenderValue(interpreter, std::move(value), options, bos_token, eos_token);
}

absl::StatusOr<std::string> ChatTemplate::RenderJson(absl::string_view messages_json,
                                                     const ChatTemplateOptions& options, absl::string_view bos_token,
                                                     absl::string_view eos_token) const {
  jinja::Interpreter interpreter(*template_, environment_.limits, Now());
  RECKON_ASSIGN_OR_RETURN(Value messages, jinja::ParseJson(interpreter.heap(), messages_json, "messages"));
  if (!messages.is_list()) return absl::InvalidArgumentError("messages must be a JSON array");
  return RenderValue(interpreter, std::move(messages), options, bos_token, eos_token);
}

}  // namespace reckon
