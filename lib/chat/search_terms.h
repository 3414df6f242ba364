// What a text is found by.
#ifndef RECKON_LIB_CHAT_SEARCH_TERMS_H_
#define RECKON_LIB_CHAT_SEARCH_TERMS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace reckon {

// The words of a text, in order: runs of letters and digits, in lower case (ASCII); of scripts that are written without
// spaces (Chinese, Japanese), every pair of neighbouring characters, and a character that stands alone.
std::vector<std::string> SearchTerms(absl::string_view text);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_SEARCH_TERMS_H_
