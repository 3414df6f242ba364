// Attribute paths of filters ("function.name", "0.id"), and what filters sort and compare by.
#ifndef RECKON_LIB_TEXT_JINJA_PATH_H_
#define RECKON_LIB_TEXT_JINJA_PATH_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_value.h"

namespace reckon::jinja {

// What `path` (a string with dots, or an integer; None is the item itself) leads to. `fallback` takes the place of
// undefined values on the way; it may be null.
absl::StatusOr<Value> PathOf(Interpreter& interpreter, const Value& item, const Value& path, const Value* fallback);

// A string in lower case; anything else as it is.
absl::StatusOr<Value> IgnoreCase(Interpreter& interpreter, const Value& value);

// An item together with what it is sorted by.
struct Keyed {
  Value key;
  Value item;
};

// Sorts stably, as Python's sorted(). INVALID_ARGUMENT if two keys have no order.
absl::Status SortKeyed(Interpreter& interpreter, std::vector<Keyed>* items, bool reverse);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_PATH_H_
