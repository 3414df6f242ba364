// Random access to the bytes of one file, wherever they are.
#ifndef RECKON_LIB_BASE_BYTE_SOURCE_H_
#define RECKON_LIB_BASE_BYTE_SOURCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace reckon {

// Threads: every member may be called concurrently.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  const std::string& name() const { return name_; }
  uint64_t size() const { return size_; }

  // Fills `out` from `offset`. Errors: OUT_OF_RANGE past the end; the system's or the callback's error otherwise. Never
  // goes through the map, so that a file cut short by someone else is an error here and not a SIGBUS.
  virtual absl::Status ReadAt(uint64_t offset, absl::Span<uint8_t> out) const = 0;

  // The whole file in memory (a read-only map or the caller's buffer), or nullptr if it can only be read. The map is
  // for use while a model is being opened, when nobody should be changing the file.
  virtual const uint8_t* Map() const { return nullptr; }

  // The pages of this range are not needed any more: gives their memory back where the system can do that.
  virtual void Release(uint64_t offset, uint64_t length) const {
    (void)offset;
    (void)length;
  }

 protected:
  ByteSource(std::string name, uint64_t size) : name_(std::move(name)), size_(size) {}

 private:
  std::string name_;
  uint64_t size_;
};

// A regular file, mapped read-only. Errors: NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT (not a regular file).
absl::StatusOr<std::shared_ptr<const ByteSource>> OpenFileSource(const std::string& path);
// The caller's memory, which must outlive the source.
std::shared_ptr<const ByteSource> MakeMemorySource(std::string name, absl::Span<const uint8_t> bytes);
// The caller's function; calls are made one at a time.
std::shared_ptr<const ByteSource> MakeCallbackSource(
    std::string name, uint64_t size, std::function<absl::Status(uint64_t, absl::Span<uint8_t>)> read_at);

}  // namespace reckon

#endif  // RECKON_LIB_BASE_BYTE_SOURCE_H_
