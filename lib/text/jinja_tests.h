// The tests of jinja2 (x is name(args)).
#ifndef RECKON_LIB_TEXT_JINJA_TESTS_H_
#define RECKON_LIB_TEXT_JINJA_TESTS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/jinja_value.h"

namespace reckon::jinja {

using TestFunction = absl::StatusOr<bool> (*)(Interpreter& interpreter, const Value& input, const CallArgs& args);

// The test of this name, or null.
TestFunction FindTest(absl::string_view name);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_TESTS_H_
