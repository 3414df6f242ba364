// Fetches the missing parts of files, several ranges at once.
#ifndef RECKON_EXAMPLES_HUB_TRANSFER_H_
#define RECKON_EXAMPLES_HUB_TRANSFER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hub/http.h"
#include "hub/partial_file.h"

namespace reckon_hub {

struct Download {
  std::string url;
  std::string auth_header;  // empty: none
  PartialFile* file = nullptr;
};

// What those who wait see, and may say. All are called on the thread that works.
struct TransferWatch {
  std::function<bool()> cancelled;                   // ten times a second
  std::function<void(int64_t bytes)> received;       // of contents, wanted or not, as they come
  std::function<void(int64_t bytes)> gained;         // of parts that were missing; negative if a part was cut off
  std::function<void(absl::string_view text)> note;  // a failure that is tried again
};

// Fetches until every file has all parts. A server that ignores ranges is read from the beginning, over one connection
// a file. CANCELLED, RESOURCE_EXHAUSTED (disk), PERMISSION_DENIED, NOT_FOUND, or UNAVAILABLE after too many failures in
// a row; what has come stays. `ranges_ignored`, if not null, says whether the server of any file did.
absl::Status FetchParts(const std::vector<Download>& downloads, const NetworkOptions& network,
                        const TransferWatch& watch, bool* ranges_ignored = nullptr);

// Finds what is wrong with a file that has all parts and yet not its checksum: fetches part after part again, compares,
// replaces what differs, until the checksum is right. DATA_LOSS if it never becomes so.
absl::Status RepairParts(const Download& download, const NetworkOptions& network, const TransferWatch& watch,
                         const std::function<bool(int64_t)>& goes_on);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_TRANSFER_H_
