// Reading JSON that nobody has checked, with simdjson: every failure is a Status, depth and memory are bounded.
#ifndef RECKON_LIB_CHECKPOINT_JSON_H_
#define RECKON_LIB_CHECKPOINT_JSON_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simdjson.h"

namespace reckon {

// A parsed document. Elements taken from root() are valid as long as it lives.
class JsonDocument {
 public:
  // `origin` (a file's name) begins every message. Integers too large for 64 bits are read as doubles, as tokenizer
  // configurations write "no limit" as 1000000000000000019884624838656; a byte order mark is skipped.
  // Errors: INVALID_ARGUMENT (not JSON, not UTF-8, nested deeper than max_depth), RESOURCE_EXHAUSTED (memory).
  // Cost: linear; memory is about 14 times the text while the document lives.
  static absl::StatusOr<JsonDocument> Parse(absl::string_view text, absl::string_view origin, size_t max_depth);

  const simdjson::dom::element& root() const { return root_; }
  // The root as an object, or INVALID_ARGUMENT.
  absl::StatusOr<simdjson::dom::object> RootObject() const;

 private:
  std::string origin_;
  std::unique_ptr<simdjson::dom::parser> parser_;
  simdjson::dom::element root_;
};

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_JSON_H_
