// Finding stop strings in text that arrives in pieces.
#ifndef RECKON_LIB_SESSION_STOP_STRINGS_H_
#define RECKON_LIB_SESSION_STOP_STRINGS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace reckon {

// Holds text back only while it may still turn out to be the beginning of a stop string.
class StopStringFilter {
 public:
  // Empty strings never match.
  explicit StopStringFilter(std::vector<std::string> stop_strings);

  // Takes the next piece and returns the text that is certain now. Once a stop string has appeared (the one that ends
  // first; the longest of those that end together), matched() is true and nothing more comes.
  std::string Push(absl::string_view piece);
  // What was held back, at the end of the text.
  std::string Flush();

  bool matched() const { return matched_ != nullptr; }
  const std::string& stop_string() const { return *matched_; }

 private:
  // Automaton of one string: prefix function for Knuth-Morris-Pratt, and how much of it matches the text so far.
  struct Matcher {
    std::string text;
    std::vector<size_t> fallback;
    size_t length = 0;
  };

  std::vector<Matcher> matchers_;
  std::string held_;
  const std::string* matched_ = nullptr;
};

}  // namespace reckon

#endif  // RECKON_LIB_SESSION_STOP_STRINGS_H_
