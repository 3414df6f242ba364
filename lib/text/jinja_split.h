// Splitting, replacing and padding of text, as Python's str methods do it.
#ifndef RECKON_LIB_TEXT_JINJA_SPLIT_H_
#define RECKON_LIB_TEXT_JINJA_SPLIT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/jinja_value.h"

namespace reckon::jinja {

// Counts a search for `needle` bytes in `text` bytes. Searching is simple-minded: a long needle that nearly matches
// everywhere costs its whole length at each place.
absl::Status ChargeSearch(Meter& meter, size_t text, size_t needle);

// str.split() and str.rsplit() without a separator. A negative limit is none.
std::vector<absl::string_view> SplitBlanks(absl::string_view text, int64_t limit, bool from_right);
// str.split(separator) and str.rsplit(separator); the separator is not empty.
std::vector<absl::string_view> SplitBy(absl::string_view text, absl::string_view separator, int64_t limit,
                                       bool from_right);
std::vector<absl::string_view> SplitLines(absl::string_view text, bool keep_ends);

// str.replace. A negative count is none.
absl::StatusOr<std::string> ReplaceText(Meter& meter, absl::string_view text, absl::string_view old,
                                        absl::string_view replacement, int64_t count);

// str.ljust ('<'), rjust ('>') and center ('^').
absl::StatusOr<std::string> PadText(Meter& meter, absl::string_view text, int64_t width, char align,
                                    absl::string_view fill);

// str.isupper() or str.islower(): has letters with case, and all of them are of that case.
bool HasCase(absl::string_view text, bool upper);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_SPLIT_H_
