#include "text/jinja_filters.h"

namespace reckon::jinja {

FilterFunction FindFilter(absl::string_view name) {
  for (const auto& entries : {TextFilters(), SequenceFilters(), SelectFilters(), NumberFilters()}) {
    for (const FilterEntry& entry : entries) {
      if (entry.name == name) return entry.function;
    }
  }
  return nullptr;
}

}  // namespace reckon::jinja
