// The tables of methods, by type. FindMethod (text/jinja_objects.h) is the way in.
#ifndef RECKON_LIB_TEXT_JINJA_METHODS_H_
#define RECKON_LIB_TEXT_JINJA_METHODS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "text/jinja_objects.h"

namespace reckon::jinja {

struct MethodEntry {
  absl::string_view name;
  MethodFunction function;
};

absl::Span<const MethodEntry> ListMethods();  // and of tuples and ranges
absl::Span<const MethodEntry> DictMethods();
absl::Span<const MethodEntry> IntMethods();
absl::Span<const MethodEntry> FloatMethods();

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_METHODS_H_
