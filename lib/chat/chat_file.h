// A chat in a file: what was said, and the model's memory of it.
//
// Little-endian throughout:
//   header    magic "RKNCHAT\n", u32 version, u32 checksum of the rest of the header, u64 fingerprint of the model,
//             u64 bytes and u32 checksum of the text, u64 bytes and u32 checksum of the cache
//   text      messages, pins, state of the context policy, tokens: strings and lists with their lengths in front
//   cache     the blocks of keys and values that hold the computed tokens (session/snapshot.h)
// Checksums are zlib's crc32.
#ifndef RECKON_LIB_CHAT_CHAT_FILE_H_
#define RECKON_LIB_CHAT_CHAT_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/byte_source.h"
#include "chat/saved_text.h"
#include "reckon/session.h"

namespace reckon {

// Writes with base/atomic_file.h; its errors.
absl::Status SaveChatFile(const std::string& path, const SavedChat& chat, const Session& session);

// Reads the file and puts its tokens and cache into the session.
// Errors: INVALID_ARGUMENT (damaged, or no saved chat at all), FAILED_PRECONDITION (another model's or a newer
// version's), RESOURCE_EXHAUSTED; the session is then as it was. Memory: no more than the file has bytes.
absl::StatusOr<SavedChat> RestoreChatFile(const ByteSource& file, Session& session);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_CHAT_FILE_H_
