// Cutting a document into pieces that can be shown on their own.
#ifndef RECKON_LIB_CHAT_PASSAGES_H_
#define RECKON_LIB_CHAT_PASSAGES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace reckon {

struct Passage {
  std::string heading;  // the nearest one above it; empty: none
  std::string text;
  int64_t first_line = 0;  // counted from 1
  int64_t last_line = 0;
  int64_t tokens = 0;
};

// Cuts at headings, then between paragraphs, then behind sentences, and only in a sentence that is too long by itself
// anywhere between characters. A passage has at most `most` tokens as count(text) counts them; short paragraphs are put
// together. Headings are lines that begin with '#', and short lines between empty ones without a mark at the end.
std::vector<Passage> SplitIntoPassages(absl::string_view text, int64_t most,
                                       absl::FunctionRef<int64_t(absl::string_view)> count);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_PASSAGES_H_
