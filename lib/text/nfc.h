// Unicode normalization form C, as the `tokenizers` library does it.
#ifndef RECKON_LIB_TEXT_NFC_H_
#define RECKON_LIB_TEXT_NFC_H_

#include <string>

#include "absl/strings/string_view.h"

namespace reckon {

// Returns `text` (valid UTF-8) in NFC. Cost: linear, plus n log n for a run of n combining marks that are out of order.
//
// The reference's Unicode data is that of version 9: marks that were assigned a combining class later are left where
// they stand, and pairs that compose only in later versions stay apart. A newer rule would give other tokens than the
// model was trained with. (Text in Unicode 9 is not concerned.)
std::string NormalizeNfc(absl::string_view text);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_NFC_H_
