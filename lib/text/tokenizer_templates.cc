// The chat template side of Tokenizer::Impl.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/chat_template.h"
#include "text/tokenizer_impl.h"

namespace reckon {
namespace {

constexpr char kDefault[] = "default";
constexpr char kToolUse[] = "tool_use";

}  // namespace

struct Tokenizer::Impl::Templates {
  std::map<std::string, absl::StatusOr<ChatTemplate>> by_name;
};

Tokenizer::Impl::Impl(TokenizerParts parts, std::map<std::string, std::string> templates) : parts_(std::move(parts)) {
  auto parsed = std::make_unique<Templates>();
  for (const auto& [name, source] : templates) parsed->by_name.emplace(name, ChatTemplate::Parse(source));
  templates_ = std::move(parsed);
  const auto it = templates.find(kDefault);
  if (it != templates.end()) chat_template_ = std::move(it->second);
}

Tokenizer::Impl::~Impl() = default;

absl::StatusOr<std::string> Tokenizer::Impl::ApplyChatTemplate(const std::vector<Message>& messages,
                                                               const ChatTemplateOptions& options) const {
  const auto& by_name = templates_->by_name;
  if (by_name.empty()) {
    return absl::FailedPreconditionError("the model has no chat template; write the prompt yourself and Encode() it");
  }
  std::string name = options.name;
  if (name.empty()) name = !options.tools_json.empty() && by_name.count(kToolUse) > 0 ? kToolUse : kDefault;
  const auto it = by_name.find(name);
  if (it == by_name.end()) {
    std::string known;
    for (const auto& [other, unused] : by_name) absl::StrAppend(&known, known.empty() ? "" : ", ", "\"", other, "\"");
    return absl::FailedPreconditionError(
        absl::StrCat("the model has no chat template with the name \"", name, "\" (it has ", known, ")"));
  }
  if (!it->second.ok()) return Annotate(it->second.status(), absl::StrCat("chat template \"", name, "\""));
  const auto spelling = [this](std::optional<TokenId> id) {
    return id.has_value() ? std::string(parts_.vocabulary->Spelling(*id)) : std::string();
  };
  return it->second->Render(messages, options, spelling(parts_.bos_id), spelling(parts_.eos_id));
}

}  // namespace reckon
