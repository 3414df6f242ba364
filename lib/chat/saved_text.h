// The part of a saved chat that is not its cache, as bytes.
#ifndef RECKON_LIB_CHAT_SAVED_TEXT_H_
#define RECKON_LIB_CHAT_SAVED_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "reckon/tokenizer.h"
#include "reckon/types.h"

namespace reckon {

// What of a chat is kept, beside the cache.
struct SavedChat {
  std::vector<Message> messages;
  std::vector<bool> pinned;  // one for each message
  int64_t dropped_turns = 0;
  int64_t summarized_turns = 0;
  std::string summary;
  int64_t summary_messages = 0;
  int64_t summary_tokens = 0;
};

struct SavedText {
  SavedChat chat;
  std::vector<TokenId> tokens;  // of the session
  int64_t computed = 0;         // of these, in the cache
};

std::string PackText(const SavedText& text);
// Nothing if the bytes are not such a text. That they are the ones that were written is the file's checksum's business;
// here, a file made by hand does no harm: memory is bounded by the bytes.
std::optional<SavedText> UnpackText(absl::Span<const uint8_t> bytes);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_SAVED_TEXT_H_
