// The regular expressions with which published models cut text into words, as linear-time matchers.
//
// A general regex engine would have to follow Oniguruma in every detail and would be quadratic on some texts. There are
// few expressions in use, all of one make, so they are recognised by their source text and matched by hand.
#ifndef RECKON_LIB_TEXT_SPLIT_PATTERN_H_
#define RECKON_LIB_TEXT_SPLIT_PATTERN_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon {

class SplitPattern {
 public:
  // 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
  static SplitPattern Gpt2() { return SplitPattern(Style::kGpt2, 0); }
  // (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
  static SplitPattern Qwen2() { return SplitPattern(Style::kCl100k, 1); }
  // The same with \p{N}{1,3}.
  static SplitPattern Llama3() { return SplitPattern(Style::kCl100k, 3); }

  // Errors: UNIMPLEMENTED, quoting the expression, if it is none of the known ones.
  static absl::StatusOr<SplitPattern> FromRegex(absl::string_view regex);

  // The end of the word that begins at `pos` < text.size(); words cover the whole text, one after the other.
  // Cost: over a whole text, linear in its length.
  size_t WordEnd(absl::string_view text, size_t pos) const;

 private:
  enum class Style { kGpt2, kCl100k };
  SplitPattern(Style style, size_t max_digits) : style_(style), max_digits_(max_digits) {}

  size_t WordEndGpt2(absl::string_view text, size_t pos) const;
  size_t WordEndCl100k(absl::string_view text, size_t pos) const;

  Style style_;
  size_t max_digits_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_SPLIT_PATTERN_H_
