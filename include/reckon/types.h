// The vocabulary shared by all headers.
#ifndef RECKON_TYPES_H_
#define RECKON_TYPES_H_

#include <cstdint>

namespace reckon {

// A token's number in the model's vocabulary, 0 <= id < vocab_size.
using TokenId = int32_t;

// What a streaming callback answers after each piece.
enum class StreamAction {
  kContinue,  // go on
  kStop,      // end here and keep what was made
  kCancel,    // end here and put the session back to where it was before the call
};

}  // namespace reckon

#endif  // RECKON_TYPES_H_
