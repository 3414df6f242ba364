#include "chat/opening.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "chat/bridge.h"
#include "chat/reasoning_channel.h"

namespace reckon {

absl::StatusOr<Opening> OpenAnswer(const Model& model, const ChatHistory& history, RenderedPrompt prompt,
                                   bool thinking) {
  Opening opening;
  opening.prompt = std::move(prompt);
  if (opening.prompt.opens_reasoning) opening.marks = absl::StrCat(kThinkOpen, "\n");
  const TemplateTraits& traits = history.traits();
  const bool reasons = traits.think_marks || model.tokenizer().TokenToId(kThinkOpen).has_value();
  if (thinking || traits.thinking_switch || !reasons) return opening;
  const std::string closed = absl::StrCat("\n", kThinkClose, "\n\n");
  const std::string whole = absl::StrCat(kThinkOpen, "\n", closed);
  RECKON_ASSIGN_OR_RETURN(const std::vector<TokenId> marks,
                          history.Encode(opening.prompt.opens_reasoning ? closed : whole));
  opening.prompt.tokens.insert(opening.prompt.tokens.end(), marks.begin(), marks.end());
  opening.prompt.opens_reasoning = false;
  opening.marks = whole;
  opening.forced_off = true;
  return opening;
}

absl::StatusOr<AnswerSetting> MakeSetting(const Model& model, const ChatHistory& history, const Opening& opening,
                                          const ChatOptions& options, absl::string_view words) {
  AnswerSetting setting;
  setting.tokenizer = model.tokenizer();
  setting.eos_ids = model.info().eos_ids;
  setting.inside_reasoning = opening.prompt.opens_reasoning;
  setting.may_reason = !opening.forced_off;
  setting.tool_calls = !options.tools_json.empty() && history.traits().tool_calls;
  const std::string& wanted = options.thinking.bridge;
  const absl::string_view bridge = wanted.empty() ? BridgeFor(words) : wanted;
  RECKON_ASSIGN_OR_RETURN(setting.closing, history.Encode(absl::StrCat("\n\n", bridge, "\n", kThinkClose, "\n\n")));
  return setting;
}

}  // namespace reckon
