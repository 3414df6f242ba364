#include "base/byte_source.h"

#include <cstring>
#include <mutex>

#include "base/status.h"

namespace reckon {
namespace {

absl::Status CheckRange(const ByteSource& source, uint64_t offset, uint64_t length) {
  if (offset <= source.size() && length <= source.size() - offset) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat(source.name(), ": bytes [", offset, ", +", length,
                                            ") lie past the end of the file (", source.size(), " bytes)"));
}

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::string name, absl::Span<const uint8_t> bytes)
      : ByteSource(std::move(name), bytes.size()), bytes_(bytes) {}

  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) const override {
    RECKON_RETURN_IF_ERROR(CheckRange(*this, offset, out.size()));
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
    return absl::OkStatus();
  }

  const uint8_t* Map() const override { return bytes_.data(); }

 private:
  absl::Span<const uint8_t> bytes_;
};

class CallbackSource final : public ByteSource {
 public:
  CallbackSource(std::string name, uint64_t size, std::function<absl::Status(uint64_t, absl::Span<uint8_t>)> read_at)
      : ByteSource(std::move(name), size), read_at_(std::move(read_at)) {}

  absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) const override {
    RECKON_RETURN_IF_ERROR(CheckRange(*this, offset, out.size()));
    if (out.empty()) return absl::OkStatus();
    const std::lock_guard<std::mutex> lock(mutex_);
    return Annotate(read_at_(offset, out), absl::StrCat(name(), ": reading ", out.size(), " bytes at ", offset));
  }

 private:
  std::function<absl::Status(uint64_t, absl::Span<uint8_t>)> read_at_;
  mutable std::mutex mutex_;
};

}  // namespace

std::shared_ptr<const ByteSource> MakeMemorySource(std::string name, absl::Span<const uint8_t> bytes) {
  return std::make_shared<MemorySource>(std::move(name), bytes);
}

std::shared_ptr<const ByteSource> MakeCallbackSource(
    std::string name, uint64_t size, std::function<absl::Status(uint64_t, absl::Span<uint8_t>)> read_at) {
  return std::make_shared<CallbackSource>(std::move(name), size, std::move(read_at));
}

}  // namespace reckon
