// Which names from a hub or a command line may become parts of paths and addresses. Everything that a hub says is
// untrusted: a file called "../../.ssh/authorized_keys" must not be written, nor one that hides what it is.
#ifndef RECKON_EXAMPLES_HUB_NAMES_H_
#define RECKON_EXAMPLES_HUB_NAMES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace reckon_hub {

// "ORG/NAME": letters, digits, '-', '_' and '.', neither part empty, beginning or ending with '-' or '.', and without
// "--" and "..", which the caches use to join the parts. At most 96 characters each.
bool IsRepoId(absl::string_view id);

// A relative path of at most 16 components with '/': none empty, "." or "..", none longer than 200 bytes, without
// backslashes, colons and control characters.
bool IsSafePath(absl::string_view path);

// A branch, tag or commit: as IsSafePath, of letters, digits, '.', '_', '-' and '/', and not beginning with '-' or '.'.
bool IsRevision(absl::string_view revision);

// Lower-case hexadecimal of exactly `digits` digits.
bool IsHex(absl::string_view text, size_t digits);

// %XX for everything but letters, digits and -._~ (RFC 3986); '/' stays if `keep_slashes`.
std::string PercentEncode(absl::string_view text, bool keep_slashes);

// `*` and `?` match within the whole text, '/' included, and letters match in either case.
bool MatchesGlob(absl::string_view pattern, absl::string_view text);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_NAMES_H_
