// JSON into values, and values into JSON as Python's json.dumps writes it.
#ifndef RECKON_LIB_TEXT_JINJA_JSON_H_
#define RECKON_LIB_TEXT_JINJA_JSON_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/jinja_value.h"

namespace reckon::jinja {

// Errors: INVALID_ARGUMENT if it is not JSON (`what` names it in the message), RESOURCE_EXHAUSTED if it nests deeper
// than a value may.
absl::StatusOr<Value> ParseJson(const Heap& heap, absl::string_view json, absl::string_view what);

struct JsonStyle {
  bool ensure_ascii = false;
  std::optional<std::string> indent;  // of one level
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  bool sort_keys = false;
};

// json.dumps(value). Errors: INVALID_ARGUMENT for what JSON cannot hold, RESOURCE_EXHAUSTED for too much text.
absl::StatusOr<std::string> WriteJson(Meter& meter, const Value& value, const JsonStyle& style);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_JSON_H_
