// The phrase that leads from reasoning cut short to the answer.
#ifndef RECKON_LIB_CHAT_BRIDGE_H_
#define RECKON_LIB_CHAT_BRIDGE_H_

#include "absl/strings/string_view.h"

namespace reckon {

// A short sentence in the language that `text` is written in, as far as its script tells: Japanese, Chinese, Korean,
// Russian, else English. UTF-8.
absl::string_view BridgeFor(absl::string_view text);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_BRIDGE_H_
