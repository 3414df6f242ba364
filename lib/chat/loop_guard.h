// Notices text that repeats itself while it grows.
#ifndef RECKON_LIB_CHAT_LOOP_GUARD_H_
#define RECKON_LIB_CHAT_LOOP_GUARD_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/hash_table.h"
#include "reckon/types.h"

namespace reckon {

// A suffix automaton (Blumer et al. 1985, "The smallest automaton recognizing the subwords of a text"), grown by one
// token at a time. It knows at every place which ends of the text occurred before, and where for the last time; that is
// a loop if
//  - the text ends with the same span three times in a row: at least kShortSpan tokens long, or shorter spans that fill
//    kShortLoop tokens together; or
//  - the last kPassage tokens stand in the text for the third time.
// Costs: two states a token, and a step for every kind of earlier occurrence that the text's end has: few, because a
// text in which there are many is a loop. Not thread-safe.
class LoopGuard {
 public:
  static constexpr int64_t kShortSpan = 8;
  static constexpr int64_t kShortLoop = 64;
  static constexpr int64_t kPassage = 64;

  LoopGuard();

  // Takes the next token. True if the text is in a loop now.
  bool Push(TokenId token);

 private:
  struct State {
    int64_t length = 0;  // of the longest string of this state
    int32_t link = -1;
    int64_t last_end = 0;  // where its strings end for the last time
    int32_t passages = 0;  // how often a passage that is one of its strings came again
    HashMap<TokenId, int32_t> next;
  };

  void Extend(TokenId token);
  int32_t Clone(int32_t state, int64_t length);
  // Visits every end of the text that occurred before. Call once a token.
  bool EndsInRepeats();
  bool IsThirdPassage();
  State& at(int32_t state) { return states_[static_cast<size_t>(state)]; }
  const State& at(int32_t state) const { return states_[static_cast<size_t>(state)]; }

  std::vector<State> states_;
  int32_t last_ = 0;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_LOOP_GUARD_H_
