#include "chat/summarizer.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "chat/answer_loop.h"
#include "chat/bridge.h"
#include "chat/cursor.h"
#include "chat/opening.h"

namespace reckon {
namespace {

// 请用几句话概括以下对话，保留姓名、数字、决定和未解决的问题：
constexpr char kAskInChinese[] =
    "\u8bf7\u7528\u51e0\u53e5\u8bdd\u6982\u62ec\u4ee5\u4e0b\u5bf9\u8bdd\uff0c\u4fdd\u7559\u59d3\u540d\u3001"
    "\u6570\u5b57\u3001\u51b3\u5b9a\u548c\u672a\u89e3\u51b3\u7684\u95ee\u9898\uff1a\n\n";
constexpr char kAskInEnglish[] =
    "Sum up the following conversation in a few sentences. Keep names, numbers, decisions and open questions:"
    "\n\n";

// What was said, without the reasoning.
std::string Transcript(const Message& message, const ChatHistory& history) {
  return absl::StrCat(message.role, ": ", history.VisibleText(message), "\n\n");
}

}  // namespace

absl::StatusOr<Summary> Summarizer::Add(const Summary& before, const std::vector<Message>& messages) const {
  RECKON_ASSIGN_OR_RETURN(std::unique_ptr<TokenStream> stream, stream_.Fork());
  Summary summary = before;
  // As many messages at once as fit.
  std::string transcript;
  int64_t waiting = 0;
  for (size_t i = 0; i <= messages.size(); ++i) {
    const std::string next = i < messages.size() ? Transcript(messages[i], history_) : std::string();
    if (i < messages.size() && Fits(summary.text, absl::StrCat(transcript, next))) {
      transcript += next;
      ++waiting;
      continue;
    }
    if (waiting > 0) {
      RECKON_ASSIGN_OR_RETURN(summary.text, Tell(*stream, summary.text, transcript));
      summary.messages += waiting;
      RECKON_ASSIGN_OR_RETURN(const std::vector<TokenId> words, history_.Encode(transcript));
      summary.tokens += static_cast<int64_t>(words.size());
    }
    transcript.clear();
    waiting = 0;
    if (i < messages.size() && Fits(summary.text, next)) {
      transcript = next;
      waiting = 1;
    }
  }
  return summary;
}

std::vector<Message> Summarizer::Question(absl::string_view before, absl::string_view transcript) const {
  const bool chinese = BridgeFor(transcript) == BridgeFor("\u4e2d");
  return {{.role = "user",
           .content = absl::StrCat(chinese ? kAskInChinese : kAskInEnglish, before, before.empty() ? "" : "\n\n",
                                   transcript)}};
}

bool Summarizer::Fits(absl::string_view before, absl::string_view transcript) const {
  const auto prompt = history_.Render(Question(before, transcript), {.thinking = false});
  if (!prompt.ok()) return false;
  constexpr int64_t kMarks = 16;  // an empty thought, the end of the answer
  return static_cast<int64_t>(prompt->tokens.size()) + options_.context.summary_tokens + kMarks <=
         stream_.max_context();
}

absl::StatusOr<std::string> Summarizer::Tell(TokenStream& stream, absl::string_view before,
                                             absl::string_view transcript) const {
  RECKON_ASSIGN_OR_RETURN(RenderedPrompt prompt, history_.Render(Question(before, transcript), {.thinking = false}));
  RECKON_ASSIGN_OR_RETURN(const Opening opening, OpenAnswer(model_, history_, std::move(prompt), /*thinking=*/false));
  ChatOptions options;
  options.generate.max_tokens = options_.context.summary_tokens;
  options.generate.cancel = options_.generate.cancel;
  RECKON_ASSIGN_OR_RETURN(const AnswerSetting setting, MakeSetting(model_, history_, opening, options, transcript));
  RECKON_ASSIGN_OR_RETURN(Sampler greedy, Sampler::Create({.temperature = 0}));
  RECKON_ASSIGN_OR_RETURN(std::unique_ptr<TokenStream> fork, stream.Fork());
  greedy.Accept(fork->tokens());
  Cursor cursor(std::move(fork), std::move(greedy));
  const std::vector<TokenId>& tokens = opening.prompt.tokens;
  const auto go_on = [](int64_t, int64_t) { return true; };
  RECKON_RETURN_IF_ERROR(cursor.Read(tokens,
                                     std::min(cursor.CommonPrefix(tokens), static_cast<int64_t>(tokens.size()) - 1),
                                     options_.session.prefill_chunk, options.generate.cancel, go_on));
  ChatTurn turn;
  const auto silent = [](const ChatEvent&) { return StreamAction::kContinue; };
  RECKON_RETURN_IF_ERROR(AnswerLoop(cursor, setting, options, silent, std::chrono::steady_clock::now(), turn).Run());
  return std::move(turn.answer);
}

}  // namespace reckon
