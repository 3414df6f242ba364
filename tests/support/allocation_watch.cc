#include "support/allocation_watch.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<size_t> largest_request{0};
std::atomic<int64_t> requests{0};
std::atomic<int64_t> alive{0};
std::atomic<int64_t> most_alive{0};
int64_t alive_at_start = 0;

template <typename T>
void RaiseTo(std::atomic<T>& maximum, T value) {
  T seen = maximum.load(std::memory_order_relaxed);
  while (seen < value && !maximum.compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
  }
}

void* Record(void* block, size_t size) {
  RaiseTo(largest_request, size);
  requests.fetch_add(1, std::memory_order_relaxed);
  if (block == nullptr) return nullptr;
  const auto usable = static_cast<int64_t>(malloc_usable_size(block));
  RaiseTo(most_alive, alive.fetch_add(usable, std::memory_order_relaxed) + usable);
  return block;
}

void* Allocate(size_t size) { return Record(std::malloc(std::max<size_t>(size, 1)), size); }

void* Allocate(size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<size_t>(alignment);
  if (size > SIZE_MAX - unit) return Record(nullptr, size);
  return Record(std::aligned_alloc(unit, std::max(unit, (size + unit - 1) / unit * unit)), size);
}

void Free(void* block) {
  if (block != nullptr) alive.fetch_sub(static_cast<int64_t>(malloc_usable_size(block)), std::memory_order_relaxed);
  std::free(block);
}

void* OrThrow(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

void* operator new(size_t size) { return OrThrow(Allocate(size)); }
void* operator new[](size_t size) { return OrThrow(Allocate(size)); }
void* operator new(size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return Allocate(size); }
void* operator new(size_t size, std::align_val_t alignment) { return OrThrow(Allocate(size, alignment)); }
void* operator new[](size_t size, std::align_val_t alignment) { return OrThrow(Allocate(size, alignment)); }
void* operator new(size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return Allocate(size, alignment);
}
void* operator new[](size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return Allocate(size, alignment);
}
void operator delete(void* block) noexcept { Free(block); }
void operator delete[](void* block) noexcept { Free(block); }
void operator delete(void* block, size_t) noexcept { Free(block); }
void operator delete[](void* block, size_t) noexcept { Free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { Free(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { Free(block); }
void operator delete(void* block, std::align_val_t) noexcept { Free(block); }
void operator delete[](void* block, std::align_val_t) noexcept { Free(block); }
void operator delete(void* block, size_t, std::align_val_t) noexcept { Free(block); }
void operator delete[](void* block, size_t, std::align_val_t) noexcept { Free(block); }
void operator delete(void* block, std::align_val_t, const std::nothrow_t&) noexcept { Free(block); }
void operator delete[](void* block, std::align_val_t, const std::nothrow_t&) noexcept { Free(block); }

namespace reckon::testing {

AllocationWatch::AllocationWatch() {
  largest_request = 0;
  requests = 0;
  alive_at_start = alive.load();
  most_alive = alive_at_start;
}

size_t AllocationWatch::largest() const { return largest_request.load(); }
int64_t AllocationWatch::count() const { return requests.load(); }
int64_t AllocationWatch::peak() const { return most_alive.load() - alive_at_start; }

}  // namespace reckon::testing
