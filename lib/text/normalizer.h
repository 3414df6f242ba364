// What happens to text before it is cut into words: the "normalizer" of tokenizer.json.
#ifndef RECKON_LIB_TEXT_NORMALIZER_H_
#define RECKON_LIB_TEXT_NORMALIZER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace reckon {

// A sequence of steps; none is the identity.
class Normalizer {
 public:
  void AddNfc() { steps_.push_back({Kind::kNfc, "", ""}); }
  // Puts `prefix` in front of text that is not empty.
  void AddPrepend(std::string prefix) { steps_.push_back({Kind::kPrepend, "", std::move(prefix)}); }
  // Replaces every `from` (not empty) by `to`.
  void AddReplace(std::string from, std::string to) {
    steps_.push_back({Kind::kReplace, std::move(from), std::move(to)});
  }

  // Whether Normalize() is known to return `text` unchanged (a fast answer: false may be wrong).
  bool IsIdentityFor(absl::string_view text) const;
  // `text` is valid UTF-8.
  std::string Normalize(absl::string_view text) const;

 private:
  enum class Kind { kNfc, kPrepend, kReplace };
  struct Step {
    Kind kind;
    std::string from;
    std::string to;
  };
  std::vector<Step> steps_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_NORMALIZER_H_
