// What a model hub answers: whatever it says, no file gets a name that leads out of its folder or a size that cannot
// be.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/listing.h"
#include "hub/selection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view json(reinterpret_cast<const char*>(data), size);
  for (const reckon_hub::Hub hub : {reckon_hub::Hub::kHuggingFace, reckon_hub::Hub::kModelScope}) {
    const absl::StatusOr<reckon_hub::Listing> listing = reckon_hub::ParseListing(hub, "main", json);
    if (!listing.ok()) continue;
    for (const reckon_hub::RemoteFile& file : listing->files) {
      const std::string path = (std::filesystem::path("/base") / file.path).lexically_normal().string();
      if (path.compare(0, 6, "/base/") != 0 || path.size() != file.path.size() + 6 || file.size < 0) __builtin_trap();
      if (file.checksum.hex.find_first_not_of("0123456789abcdef") != std::string::npos) __builtin_trap();
    }
    const auto chosen = reckon_hub::SelectFiles(listing->files, {});
    if (chosen.ok() && chosen->size() > listing->files.size()) __builtin_trap();
  }
  return 0;
}
