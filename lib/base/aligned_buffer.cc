#include "base/aligned_buffer.h"

#include <cstring>
#include <new>

#include "absl/strings/str_cat.h"
#include "base/status_details.h"

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#define RECKON_HAVE_MMAP 1
#endif

namespace reckon {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;

absl::Status OutOfMemory(absl::string_view what, int64_t bytes) {
  absl::Status status =
      absl::ResourceExhaustedError(absl::StrCat("out of memory: the system refused ", bytes, " bytes for ", what));
  SetDetail(status, StatusDetail::kNeededBytes, bytes);
  return status;
}

}  // namespace

absl::StatusOr<AlignedBuffer> AlignedBuffer::Allocate(int64_t bytes, absl::string_view what) {
  AlignedBuffer buffer;
  if (bytes < 0 || bytes > (int64_t{1} << 46)) return OutOfMemory(what, bytes);
  if (bytes == 0) return buffer;
  const size_t size = static_cast<size_t>(bytes);
#ifdef RECKON_HAVE_MMAP
  if (size >= kHugePage) {
    // One huge page more than needed, so that the start can be moved to a huge page's border; what is not touched costs
    // nothing.
    const size_t mapping_size = size + kHugePage;
    void* mapping = mmap(nullptr, mapping_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) return OutOfMemory(what, bytes);
    const size_t past_border = reinterpret_cast<uintptr_t>(mapping) % kHugePage;
    buffer.mapping_ = mapping;
    buffer.mapping_size_ = mapping_size;
    buffer.data_ = static_cast<uint8_t*>(mapping) + (kHugePage - past_border) % kHugePage;
    buffer.size_ = bytes;
#ifdef MADV_HUGEPAGE
    // Only whole huge pages: the tail would cost up to 2 MiB that the memory plan does not know of.
    madvise(buffer.data_, size / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
    return buffer;
  }
#endif
  void* data = ::operator new (size, std::align_val_t{kAlignment}, std::nothrow);
  if (data == nullptr) return OutOfMemory(what, bytes);
  std::memset(data, 0, size);
  buffer.data_ = static_cast<uint8_t*>(data);
  buffer.size_ = bytes;
  return buffer;
}

void AlignedBuffer::Free() {
  if (data_ == nullptr) return;
#ifdef RECKON_HAVE_MMAP
  if (mapping_ != nullptr) {
    munmap(mapping_, mapping_size_);
    return;
  }
#endif
  ::operator delete (data_, std::align_val_t{kAlignment});
}

}  // namespace reckon
