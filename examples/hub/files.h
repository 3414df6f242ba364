// Steps on the file system that must be whole or absent.
#ifndef RECKON_EXAMPLES_HUB_FILES_H_
#define RECKON_EXAMPLES_HUB_FILES_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon_hub {

// Makes the folders of `relative`, a path of a file, below `base`. FAILED_PRECONDITION if one of them is there and no
// real folder: a link would lead the file elsewhere.
absl::Status MakeFoldersFor(const std::filesystem::path& base, const std::filesystem::path& relative);

// Renames, and brings the new name to the disk.
absl::Status RenameDurably(const std::filesystem::path& from, const std::filesystem::path& to);

// Writes `text` as the whole contents of `path`, replacing what was there in one step.
absl::Status WriteDurably(const std::filesystem::path& path, absl::string_view text);

// Makes `link` a symbolic link to `target`, replacing what was there in one step.
absl::Status LinkTo(const std::string& target, const std::filesystem::path& link);

// Bytes that this user may still write to the file system that `path`, or the nearest folder above it, is on.
absl::StatusOr<int64_t> FreeBytes(const std::filesystem::path& path);

// The contents of a regular file of at most `limit` bytes; empty if it is none.
std::string ReadSmallFile(const std::filesystem::path& path, int64_t limit);

// The size of a regular file, links followed; -1 if there is none.
int64_t FileSize(const std::filesystem::path& path);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_FILES_H_
