// The filters of jinja2 (x|name(args)), with transformers' tojson in place of jinja2's.
//
// Missing, because no chat template has a use for them: pprint, random, urlize, wordwrap, xmlattr, striptags.
#ifndef RECKON_LIB_TEXT_JINJA_FILTERS_H_
#define RECKON_LIB_TEXT_JINJA_FILTERS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "text/jinja_value.h"

namespace reckon::jinja {

using FilterFunction = absl::StatusOr<Value> (*)(Interpreter& interpreter, const Value& input, const CallArgs& args);

struct FilterEntry {
  absl::string_view name;
  FilterFunction function;
};

// The filter of this name, or null.
FilterFunction FindFilter(absl::string_view name);

// Parts of the table, by what they take.
absl::Span<const FilterEntry> TextFilters();      // jinja_filters_text.cc
absl::Span<const FilterEntry> SequenceFilters();  // jinja_filters_sequence.cc
absl::Span<const FilterEntry> SelectFilters();    // jinja_filters_select.cc
absl::Span<const FilterEntry> NumberFilters();    // jinja_filters_number.cc

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_FILTERS_H_
