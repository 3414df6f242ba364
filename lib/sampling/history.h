// The tokens of the text so far, and how often each occurs among the latest of them.
#ifndef RECKON_LIB_SAMPLING_HISTORY_H_
#define RECKON_LIB_SAMPLING_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "base/hash_table.h"
#include "reckon/types.h"

namespace reckon {

// The window is the newest `window` tokens (-1: all). The whole text is kept all the same: after Rewind() older tokens
// move back into the window. Costs: O(1) a token accepted or taken back. Not thread-safe.
class History {
 public:
  explicit History(int32_t window) : window_(window) {}

  void Accept(TokenId token);
  void Rewind(size_t count);  // more than there are: all
  void Clear();

  // The tokens in the window, oldest first. Valid until the next call of a non-const member.
  [[nodiscard]] absl::Span<const TokenId> window() const;
  // Occurrences in the window; a token without any has no entry. The order of the entries means nothing.
  [[nodiscard]] const HashMap<TokenId, int32_t>& counts() const { return counts_; }

 private:
  [[nodiscard]] bool Overflows() const { return window_ >= 0 && tokens_.size() > static_cast<size_t>(window_); }
  void Forget(TokenId token);

  int32_t window_;
  std::vector<TokenId> tokens_;
  HashMap<TokenId, int32_t> counts_;
};

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_HISTORY_H_
