#include "hub/listing.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hub/names.h"
#include "nlohmann/json.hpp"

namespace reckon_hub {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMaxFileBytes = int64_t{1} << 44;  // 16 TiB: sums of all files stay far from overflowing

absl::Status Malformed(absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("the hub's listing ", what));
}

// A member of an object, or null where there is none of that name or `value` is no object.
const Json& Member(const Json& value, const char* name) {
  static const Json* const null = new Json();
  if (!value.is_object()) return *null;
  const auto found = value.find(name);
  return found == value.end() ? *null : *found;
}

std::string Text(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

int64_t Size(const Json& value) {
  if (!value.is_number_integer()) return -1;
  if (value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(kMaxFileBytes)) return -1;
  const auto size = value.get<int64_t>();
  return size > kMaxFileBytes ? -1 : size;
}

// Only the beginning, escaped: the path may be anything.
std::string Shown(absl::string_view path) { return absl::StrCat("\"", absl::CEscape(path.substr(0, 100)), "\""); }

absl::Status AddFile(std::string path, int64_t size, const std::string& sha256, const std::string& git_blob,
                     Listing& listing) {
  if (!IsSafePath(path)) return Malformed(absl::StrCat("names a file ", Shown(path), ", which is no safe path"));
  if (size < 0) return Malformed(absl::StrCat("gives no usable size of ", Shown(path)));
  Checksum checksum;
  if (IsHex(absl::AsciiStrToLower(sha256), 64)) {
    checksum = {Checksum::Kind::kSha256, absl::AsciiStrToLower(sha256)};
  } else if (sha256.empty() && IsHex(absl::AsciiStrToLower(git_blob), 40)) {
    checksum = {Checksum::Kind::kGitBlob, absl::AsciiStrToLower(git_blob)};
  } else {
    return Malformed(absl::StrCat("gives no usable checksum of ", Shown(path)));
  }
  if (listing.files.size() >= kMaxListedFiles)
    return Malformed(absl::StrCat("has more than ", kMaxListedFiles, " files"));
  listing.files.push_back({std::move(path), size, std::move(checksum)});
  return absl::OkStatus();
}

absl::StatusOr<Listing> HuggingFaceListing(const Json& root) {
  Listing listing;
  listing.commit = absl::AsciiStrToLower(Text(Member(root, "sha")));
  if (!IsHex(listing.commit, 40)) return Malformed("has no commit (\"sha\")");
  const Json& siblings = Member(root, "siblings");
  if (!siblings.is_array()) return Malformed("has no files (\"siblings\")");
  for (const Json& entry : siblings) {
    const Json& lfs = Member(entry, "lfs");
    const std::string sha256 = Text(Member(lfs, "sha256"));
    const Json& size = sha256.empty() ? Member(entry, "size") : Member(lfs, "size");
    absl::Status added =
        AddFile(Text(Member(entry, "rfilename")), Size(size), sha256, Text(Member(entry, "blobId")), listing);
    if (!added.ok()) return added;
  }
  return listing;
}

absl::StatusOr<Listing> ModelScopeListing(const Json& root, absl::string_view revision) {
  Listing listing;
  listing.commit = std::string(revision);
  const Json& data = Member(root, "Data");
  const Json& files = data.is_array() ? data : Member(data, "Files");
  if (!files.is_array()) return Malformed("has no files (\"Data\", \"Files\")");
  for (const Json& entry : files) {
    if (Text(Member(entry, "Type")) == "tree") continue;
    absl::Status added =
        AddFile(Text(Member(entry, "Path")), Size(Member(entry, "Size")), Text(Member(entry, "Sha256")), {}, listing);
    if (!added.ok()) return added;
  }
  return listing;
}

// Sorted, so that a file "a" stands before what lies in a folder "a".
absl::Status CheckDistinct(const Listing& listing) {
  std::set<absl::string_view> paths;
  for (const RemoteFile& file : listing.files) {
    if (!paths.insert(file.path).second) return Malformed(absl::StrCat("names ", Shown(file.path), " twice"));
  }
  for (const absl::string_view path : paths) {
    for (size_t slash = path.find('/'); slash != absl::string_view::npos; slash = path.find('/', slash + 1)) {
      if (paths.count(path.substr(0, slash)) == 0) continue;
      return Malformed(absl::StrCat("has ", Shown(path.substr(0, slash)), " as a file and as a folder"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

const char* DefaultRevision(Hub hub) { return hub == Hub::kHuggingFace ? "main" : "master"; }

std::string ListingUrl(Hub hub, absl::string_view endpoint, absl::string_view repo, absl::string_view revision) {
  if (hub == Hub::kHuggingFace) {
    return absl::StrCat(endpoint, "/api/models/", repo, "/revision/", PercentEncode(revision, false), "?blobs=true");
  }
  return absl::StrCat(endpoint, "/api/v1/models/", repo, "/repo/files?Revision=", PercentEncode(revision, false),
                      "&Recursive=True");
}

std::string FileUrl(Hub hub, absl::string_view endpoint, absl::string_view repo, absl::string_view commit,
                    absl::string_view path) {
  if (hub == Hub::kHuggingFace) {
    return absl::StrCat(endpoint, "/", repo, "/resolve/", PercentEncode(commit, false), "/", PercentEncode(path, true));
  }
  return absl::StrCat(endpoint, "/api/v1/models/", repo, "/repo?Revision=", PercentEncode(commit, false),
                      "&FilePath=", PercentEncode(path, false));
}

absl::StatusOr<Listing> ParseListing(Hub hub, absl::string_view revision, absl::string_view json) {
  const Json root = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return absl::UnavailableError("the hub's listing is no complete JSON");
  absl::StatusOr<Listing> listing =
      hub == Hub::kHuggingFace ? HuggingFaceListing(root) : ModelScopeListing(root, revision);
  if (!listing.ok()) return listing;
  if (absl::Status distinct = CheckDistinct(*listing); !distinct.ok()) return distinct;
  return listing;
}

}  // namespace reckon_hub
