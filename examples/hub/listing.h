// The hubs' interfaces: addresses of listings and files, and what a listing says.
//
// Hugging Face: GET /api/models/ID/revision/REV?blobs=true, and /ID/resolve/COMMIT/PATH for contents.
// ModelScope:   GET /api/v1/models/ID/repo/files?Revision=REV&Recursive=True, and /api/v1/models/ID/repo?... for
// contents.
#ifndef RECKON_EXAMPLES_HUB_LISTING_H_
#define RECKON_EXAMPLES_HUB_LISTING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/repo.h"

namespace reckon_hub {

// More than any repository of one model needs; a listing beyond them is refused.
inline constexpr int64_t kMaxListingBytes = int64_t{32} << 20;
inline constexpr size_t kMaxListedFiles = 20000;

// "main" or "master".
const char* DefaultRevision(Hub hub);
std::string ListingUrl(Hub hub, absl::string_view endpoint, absl::string_view repo, absl::string_view revision);
std::string FileUrl(Hub hub, absl::string_view endpoint, absl::string_view repo, absl::string_view commit,
                    absl::string_view path);

// Reads a listing's JSON. Folders are left out. UNAVAILABLE if it is no JSON (an answer cut short, so trying again may
// help); FAILED_PRECONDITION if it is JSON that is not a listing, lists a path that IsSafePath refuses, lists one path
// twice or as file and folder at once, or gives a file no size or checksum.
absl::StatusOr<Listing> ParseListing(Hub hub, absl::string_view revision, absl::string_view json);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_LISTING_H_
