// Large blocks of memory whose allocation can fail without ending the program.
#ifndef RECKON_LIB_BASE_ALIGNED_BUFFER_H_
#define RECKON_LIB_BASE_ALIGNED_BUFFER_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon {

// Owns zeroed memory, aligned to 64 bytes. Blocks of 2 MiB and more come straight from the system (so that freeing
// gives them back at once) on huge pages where the system grants them: weights and cache are read from end to end for
// every token, and with 4 KiB pages the page walks cost several percent of the bandwidth.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  ~AlignedBuffer() { Free(); }
  AlignedBuffer(AlignedBuffer&& other) noexcept { *this = std::move(other); }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(mapping_, other.mapping_);
    std::swap(mapping_size_, other.mapping_size_);
    return *this;
  }

  // Errors: RESOURCE_EXHAUSTED naming `what` and the number of bytes.
  static absl::StatusOr<AlignedBuffer> Allocate(int64_t bytes, absl::string_view what);

  template <typename T>
  T* as() {
    return reinterpret_cast<T*>(data_);
  }
  template <typename T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }
  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  int64_t size() const { return size_; }

 private:
  void Free();

  uint8_t* data_ = nullptr;
  int64_t size_ = 0;
  void* mapping_ = nullptr;  // what munmap gets; null for memory from operator new
  size_t mapping_size_ = 0;
};

}  // namespace reckon

#endif  // RECKON_LIB_BASE_ALIGNED_BUFFER_H_
