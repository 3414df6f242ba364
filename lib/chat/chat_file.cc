#include "chat/chat_file.h"

#include <zlib.h>

#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/atomic_file.h"
#include "base/status.h"
#include "chat/packing.h"
#include "chat/saved_text.h"
#include "kernels/kernel_table.h"
#include "session/snapshot.h"

namespace reckon {
namespace {

constexpr absl::string_view kMagic = "RKNCHAT\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kChecked = 16;  // where the part of the header begins that its checksum is of
constexpr size_t kHeaderBytes = 48;

uint32_t Checksum(uint32_t before, absl::Span<const uint8_t> bytes) {
  return static_cast<uint32_t>(crc32(before, bytes.data(), static_cast<uInt>(bytes.size())));
}

absl::Span<const uint8_t> Bytes(absl::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

struct Header {
  uint64_t fingerprint = 0;
  uint64_t text_bytes = 0;
  uint64_t cache_bytes = 0;
  uint32_t text_checksum = 0;
  uint32_t cache_checksum = 0;
};

std::string PackHeader(const Header& header) {
  Packer checked;
  checked.U64(header.fingerprint);
  checked.U64(header.text_bytes);
  checked.U32(header.text_checksum);
  checked.U64(header.cache_bytes);
  checked.U32(header.cache_checksum);
  Packer whole;
  whole.Raw(kMagic);
  whole.U32(kVersion);
  whole.U32(Checksum(0, Bytes(checked.bytes())));
  whole.Raw(checked.bytes());
  return whole.bytes();
}

absl::Status Damaged(const ByteSource& file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file.name(), ": not a whole saved chat (", what, ")"));
}

absl::StatusOr<Header> ReadHeader(const ByteSource& file) {
  std::array<uint8_t, kHeaderBytes> bytes;
  if (file.size() < kHeaderBytes) return Damaged(file, absl::StrCat("it has only ", file.size(), " bytes"));
  RECKON_RETURN_IF_ERROR(file.ReadAt(0, absl::MakeSpan(bytes)));
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return Damaged(file, "it does not begin like one");
  }
  Unpacker unpacker(absl::MakeConstSpan(bytes).subspan(kMagic.size()));
  const uint32_t version = unpacker.U32();
  if (version > kVersion) {
    return absl::FailedPreconditionError(absl::StrCat(file.name(), ": saved in version ", version,
                                                      " of the format by a newer Reckon; this one reads up to version ",
                                                      kVersion));
  }
  const uint32_t checksum = unpacker.U32();
  if (version == 0 || checksum != Checksum(0, absl::MakeConstSpan(bytes).subspan(kChecked))) {
    return Damaged(file, "its header does not match the checksum");
  }
  Header header;
  header.fingerprint = unpacker.U64();
  header.text_bytes = unpacker.U64();
  header.text_checksum = unpacker.U32();
  header.cache_bytes = unpacker.U64();
  header.cache_checksum = unpacker.U32();
  const uint64_t rest = file.size() - kHeaderBytes;
  if (header.text_bytes > rest || header.cache_bytes != rest - header.text_bytes) {
    return Damaged(file, absl::StrCat("it has ", file.size(), " bytes, its header says ", kHeaderBytes, " + ",
                                      header.text_bytes, " + ", header.cache_bytes));
  }
  return header;
}

}  // namespace

absl::Status SaveChatFile(const std::string& path, const SavedChat& chat, const Session& session) {
  RECKON_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::Create(path));
  const std::string text =
      PackText({chat, {session.tokens().begin(), session.tokens().end()}, SessionSnapshot::computed(session)});
  Header header;
  header.fingerprint = ModelFingerprint(session.model());
  header.text_bytes = text.size();
  header.text_checksum = Checksum(0, Bytes(text));
  RECKON_RETURN_IF_ERROR(file.Append(Bytes(PackHeader(header))));
  RECKON_RETURN_IF_ERROR(file.Append(Bytes(text)));
  for (int64_t i = 0; i < SessionSnapshot::blocks(session); ++i) {
    const absl::Span<const uint8_t> block = SessionSnapshot::Block(session, i);
    header.cache_checksum = Checksum(header.cache_checksum, block);
    header.cache_bytes += block.size();
    RECKON_RETURN_IF_ERROR(file.Append(block));
  }
  RECKON_RETURN_IF_ERROR(file.WriteAt(0, Bytes(PackHeader(header))));
  return file.Commit();
}

absl::StatusOr<SavedChat> RestoreChatFile(const ByteSource& file, Session& session) {
  RECKON_ASSIGN_OR_RETURN(const Header header, ReadHeader(file));
  std::vector<uint8_t> bytes(static_cast<size_t>(header.text_bytes));
  RECKON_RETURN_IF_ERROR(file.ReadAt(kHeaderBytes, absl::MakeSpan(bytes)));
  if (Checksum(0, bytes) != header.text_checksum) return Damaged(file, "its text does not match the checksum");
  if (header.fingerprint != ModelFingerprint(session.model())) {
    return absl::FailedPreconditionError(
        absl::StrCat(file.name(),
                     ": saved with another model, or with other formats of weights or cache; open that one, "
                     "or begin a new chat"));
  }
  std::optional<SavedText> text = UnpackText(bytes);
  if (!text.has_value()) return Damaged(file, "its text cannot be read");
  const uint64_t block_bytes = static_cast<uint64_t>(SessionSnapshot::block_bytes(session));
  const uint64_t blocks = header.cache_bytes / block_bytes;
  const bool fits = text->computed >= 0 && text->computed <= static_cast<int64_t>(text->tokens.size()) &&
                    blocks * block_bytes == header.cache_bytes &&
                    static_cast<uint64_t>(text->computed) <= blocks * kKvBlock &&
                    static_cast<uint64_t>(text->computed) + kKvBlock > blocks * kKvBlock;
  if (!fits) return Damaged(file, "its cache does not have the size of its tokens");
  uint32_t checksum = 0;
  const auto read = [&](int64_t block, absl::Span<uint8_t> into) -> absl::Status {
    const uint64_t offset = kHeaderBytes + header.text_bytes + static_cast<uint64_t>(block) * block_bytes;
    RECKON_RETURN_IF_ERROR(file.ReadAt(offset, into));
    checksum = Checksum(checksum, into);
    return absl::OkStatus();
  };
  const auto check = [&] {
    return checksum == header.cache_checksum ? absl::OkStatus()
                                             : Damaged(file, "its cache does not match the checksum");
  };
  RECKON_RETURN_IF_ERROR(SessionSnapshot::Restore(session, std::move(text->tokens), text->computed, read, check));
  return std::move(text->chat);
}

}  // namespace reckon
