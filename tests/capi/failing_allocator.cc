#include "failing_allocator.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

// Sanitizers bring their own malloc; there, only operator new fails.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RECKON_TEST_OWN_MALLOC 0
#else
#define RECKON_TEST_OWN_MALLOC 1
extern "C" {
void* __libc_malloc(size_t size);                      // NOLINT(bugprone-reserved-identifier): glibc's names
void* __libc_calloc(size_t count, size_t size);        // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* block, size_t size);        // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(size_t alignment, size_t size);  // NOLINT(bugprone-reserved-identifier)
void __libc_free(void* block);                         // NOLINT(bugprone-reserved-identifier)
}
#endif

namespace {

std::atomic<bool> armed{false};
std::atomic<int64_t> requests{0};
std::atomic<int64_t> fail_at{0};
std::atomic<bool> fail_after{false};
std::atomic<int64_t> alive{0};

bool Fails() {
  if (!armed.load(std::memory_order_relaxed)) return false;
  const int64_t request = requests.fetch_add(1, std::memory_order_relaxed);
  const int64_t k = fail_at.load(std::memory_order_relaxed);
  return request == k || (request > k && fail_after.load(std::memory_order_relaxed));
}

void* Count(void* block) {
  if (block != nullptr) alive.fetch_add(1, std::memory_order_relaxed);
  return block;
}

#if RECKON_TEST_OWN_MALLOC
void* Obtain(size_t size) { return Count(__libc_malloc(size)); }
void* Obtain(size_t alignment, size_t size) { return Count(__libc_memalign(alignment, size)); }
void Discard(void* block) {
  if (block != nullptr) alive.fetch_sub(1, std::memory_order_relaxed);
  __libc_free(block);
}
#else
void* Obtain(size_t size) { return Count(std::malloc(size)); }
void* Obtain(size_t alignment, size_t size) {
  return Count(std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment));
}
void Discard(void* block) {
  if (block != nullptr) alive.fetch_sub(1, std::memory_order_relaxed);
  std::free(block);
}
#endif

void* New(size_t size) {
  void* const block = Fails() ? nullptr : Obtain(std::max<size_t>(size, 1));
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

void* NewAligned(size_t size, std::align_val_t alignment) {
  return Fails() ? nullptr : Obtain(static_cast<size_t>(alignment), std::max<size_t>(size, 1));
}

}  // namespace

#if RECKON_TEST_OWN_MALLOC
extern "C" {
void* malloc(size_t size) { return Fails() ? (errno = ENOMEM, nullptr) : Obtain(size); }
void* calloc(size_t count, size_t size) {
  return Fails() ? (errno = ENOMEM, nullptr) : Count(__libc_calloc(count, size));
}
void* realloc(void* block, size_t size) {
  if (Fails()) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const moved = __libc_realloc(block, size);
  if (block == nullptr) Count(moved);
  if (block != nullptr && size == 0) alive.fetch_sub(1, std::memory_order_relaxed);
  return moved;
}
void* aligned_alloc(size_t alignment, size_t size) {
  return Fails() ? (errno = ENOMEM, nullptr) : Obtain(alignment, size);
}
void* memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }
int posix_memalign(void** out, size_t alignment, size_t size) {
  void* const block = aligned_alloc(alignment, size);
  if (block == nullptr) return ENOMEM;
  *out = block;
  return 0;
}
void free(void* block) { Discard(block); }
// What the library maps: files, weights, blocks of the cache. (glibc's malloc does not come this way.)
void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) {
  if (Fails()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the system call gives the address as a number
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
}
}
#endif

void* operator new(size_t size) { return New(size); }
void* operator new[](size_t size) { return New(size); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return Fails() ? nullptr : Obtain(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return Fails() ? nullptr : Obtain(size); }
void* operator new(size_t size, std::align_val_t alignment) {
  void* const block = NewAligned(size, alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void* operator new[](size_t size, std::align_val_t alignment) { return operator new(size, alignment); }
void* operator new(size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return NewAligned(size, alignment);
}
void* operator new[](size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return NewAligned(size, alignment);
}
void operator delete(void* block) noexcept { Discard(block); }
void operator delete[](void* block) noexcept { Discard(block); }
void operator delete(void* block, size_t) noexcept { Discard(block); }
void operator delete[](void* block, size_t) noexcept { Discard(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { Discard(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { Discard(block); }
void operator delete(void* block, std::align_val_t) noexcept { Discard(block); }
void operator delete[](void* block, std::align_val_t) noexcept { Discard(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { Discard(block); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { Discard(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept { Discard(block); }
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept { Discard(block); }

namespace reckon_test {

void FailAllocation(int64_t k, bool and_all_after) {
  requests = 0;
  fail_at = k;
  fail_after = and_all_after;
  armed = true;
}

int64_t StopFailing() {
  armed = false;
  return requests.load();
}

int64_t BlocksAlive() { return alive.load(); }

}  // namespace reckon_test
