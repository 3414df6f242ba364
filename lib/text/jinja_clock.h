// What strftime_now() prints.
#ifndef RECKON_LIB_TEXT_JINJA_CLOCK_H_
#define RECKON_LIB_TEXT_JINJA_CLOCK_H_

#include <ctime>
#include <string>

#include "absl/strings/string_view.h"

namespace reckon::jinja {

// Python's datetime.strftime in the C locale, for local time. Unlike the C function it does not depend on the locale of
// the host program. Directives that it does not know stay as they are.
std::string FormatLocalTime(std::time_t time, absl::string_view format);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_CLOCK_H_
