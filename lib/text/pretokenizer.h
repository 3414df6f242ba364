// Cuts normalized text into words, which the model then cuts into tokens: the "pre_tokenizer" of tokenizer.json.
#ifndef RECKON_LIB_TEXT_PRETOKENIZER_H_
#define RECKON_LIB_TEXT_PRETOKENIZER_H_

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "text/split_pattern.h"

namespace reckon {

// A sequence of steps, each applied to every piece that the one before gave; none leaves the text whole.
class PreTokenizer {
 public:
  // Cuts at the borders of the expression's matches.
  struct Split {
    SplitPattern pattern;
  };
  // Cuts digits (\p{N}) from other text, each for itself or run by run.
  struct Digits {
    bool individual = false;
  };
  // Puts a space in front of pieces that do not begin with one (ByteLevel with add_prefix_space).
  struct PrefixSpace {};
  // Writes spaces as `replacement`, may put one in front, and may cut in front of each.
  struct Metaspace {
    enum class Prepend { kAlways, kFirst, kNever };
    std::string replacement;
    Prepend prepend = Prepend::kAlways;
    bool split = true;
  };

  // T: one of the above.
  template <typename T>
  void Add(T step) {
    steps_.emplace_back(std::in_place_type<T>, std::move(step));
  }

  // Calls `on_word` for every word of `text`, in order. `first`: `text` begins the whole text.
  void ForEachWord(absl::string_view text, bool first, absl::FunctionRef<void(absl::string_view)> on_word) const {
    Run(0, text, first, on_word);
  }

 private:
  void Run(size_t step, absl::string_view text, bool first, absl::FunctionRef<void(absl::string_view)> on_word) const;

  std::vector<std::variant<Split, Digits, PrefixSpace, Metaspace>> steps_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_PRETOKENIZER_H_
