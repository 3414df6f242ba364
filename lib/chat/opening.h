// Where an answer begins: the end of the prompt, and the marks around reasoning.
#ifndef RECKON_LIB_CHAT_OPENING_H_
#define RECKON_LIB_CHAT_OPENING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/answer_loop.h"
#include "chat/history.h"
#include "reckon/chat.h"
#include "reckon/model.h"

namespace reckon {

// A prompt with the marks that are written for the model behind it.
struct Opening {
  RenderedPrompt prompt;
  std::string marks;        // in front of the answer's text, written by the template or by us
  bool forced_off = false;  // an empty thought was written, because the template has no switch
};

// thinking: as the prompt was rendered.
absl::StatusOr<Opening> OpenAnswer(const Model& model, const ChatHistory& history, RenderedPrompt prompt,
                                   bool thinking);

// `words`: something in the conversation's language.
absl::StatusOr<AnswerSetting> MakeSetting(const Model& model, const ChatHistory& history, const Opening& opening,
                                          const ChatOptions& options, absl::string_view words);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_OPENING_H_
