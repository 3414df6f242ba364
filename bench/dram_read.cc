#include "dram_read.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

namespace reckon_bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMinBytes = size_t{512} << 20;
constexpr size_t kMaxBytes = size_t{1} << 30;
constexpr size_t kLineWords = 8;  // of uint64_t: a cache line

// At least four times the last-level cache, so that a pass finds nothing of the pass before.
size_t BufferBytes() {
  size_t bytes = kMinBytes;
#if defined(_SC_LEVEL3_CACHE_SIZE)
  const long cache = sysconf(_SC_LEVEL3_CACHE_SIZE);
  if (cache > 0) bytes = std::max(bytes, static_cast<size_t>(cache) * 4);
#endif
#if defined(_SC_AVPHYS_PAGES)
  const size_t available = static_cast<size_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
  bytes = std::min(bytes, available / 2);
#endif
  return std::min(bytes, kMaxBytes) & ~size_t{4095};
}

// Independent sums let the compiler use wide registers and the processor keep many lines on their way.
uint64_t SumWords(const uint64_t* words, size_t count) {
  uint64_t sums[4 * kLineWords] = {};
  for (size_t i = 0; i + 4 * kLineWords <= count; i += 4 * kLineWords) {
    for (size_t j = 0; j < 4 * kLineWords; ++j) sums[j] += words[i + j];
  }
  uint64_t sum = 0;
  for (const uint64_t part : sums) sum += part;
  return sum;
}

// One pass of all threads, started together; returns its seconds.
double Pass(const uint64_t* words, size_t words_per_thread, int threads, std::atomic<uint64_t>& sink) {
  std::atomic<int> waiting{threads};
  std::vector<std::thread> workers;
  std::vector<Clock::time_point> begin(static_cast<size_t>(threads)), end(static_cast<size_t>(threads));
  workers.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&, i] {
      waiting.fetch_sub(1);
      while (waiting.load() > 0) std::this_thread::yield();
      begin[static_cast<size_t>(i)] = Clock::now();
      sink.fetch_add(SumWords(words + static_cast<size_t>(i) * words_per_thread, words_per_thread));
      end[static_cast<size_t>(i)] = Clock::now();
    });
  }
  for (std::thread& worker : workers) worker.join();
  return std::chrono::duration<double>(*std::max_element(end.begin(), end.end()) -
                                       *std::min_element(begin.begin(), begin.end()))
      .count();
}

}  // namespace

double DramReadBytesPerSecond(int threads, double seconds) {
  const size_t bytes = BufferBytes();
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 0;
#if defined(MADV_HUGEPAGE)
  madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  std::memset(memory, 1, bytes);
  const size_t words_per_thread = bytes / sizeof(uint64_t) / static_cast<size_t>(threads);
  const double bytes_per_pass = static_cast<double>(words_per_thread * sizeof(uint64_t)) * threads;
  std::atomic<uint64_t> sink{0};
  double best = 0;
  const Clock::time_point start = Clock::now();
  do {
    best = std::max(best, bytes_per_pass / Pass(static_cast<const uint64_t*>(memory), words_per_thread, threads, sink));
  } while (std::chrono::duration<double>(Clock::now() - start).count() < seconds);
  munmap(memory, bytes);
  return sink.load() == 0 ? 0 : best;  // the sum is looked at, or the reading could be left out
}

}  // namespace reckon_bench
