// The model sums up what leaves its window.
#ifndef RECKON_LIB_CHAT_SUMMARIZER_H_
#define RECKON_LIB_CHAT_SUMMARIZER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "chat/history.h"
#include "chat/token_stream.h"
#include "reckon/chat.h"
#include "reckon/model.h"

namespace reckon {

// A summary, and how much went into it.
struct Summary {
  std::string text;
  int64_t messages = 0;
  int64_t tokens = 0;  // of their words
};

// All references must outlive the object.
class Summarizer {
 public:
  Summarizer(const Model& model, const ChatHistory& history, const TokenStream& stream, const ChatOptions& options)
      : model_(model), history_(history), stream_(stream), options_(options) {}

  // Adds messages to what `before` sums up (may be empty). Messages that are too long for the window are left out: they
  // are not counted. Reads in a fork of the stream, greedily and without thinking; the stream itself is untouched.
  // Errors: CANCELLED, RESOURCE_EXHAUSTED (memory).
  absl::StatusOr<Summary> Add(const Summary& before, const std::vector<Message>& messages) const;

 private:
  std::vector<Message> Question(absl::string_view before, absl::string_view transcript) const;
  bool Fits(absl::string_view before, absl::string_view transcript) const;
  // Sums up one text that fits.
  absl::StatusOr<std::string> Tell(TokenStream& stream, absl::string_view before, absl::string_view transcript) const;

  const Model& model_;
  const ChatHistory& history_;
  const TokenStream& stream_;
  const ChatOptions& options_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_SUMMARIZER_H_
