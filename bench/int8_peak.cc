#include "int8_peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <arm_neon.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace reckon_bench {
namespace {

using Clock = std::chrono::steady_clock;

// Runs `rounds` rounds of the loop and returns something that depends on all of them.
using Loop = int32_t (*)(int64_t rounds);

struct Unit {
  Loop loop = nullptr;
  double ops_per_round = 0;
};

// Twelve sums that do not wait for each other hide the latency of two units of four or five cycles. The empty asm keeps
// the compiler from computing the loop in advance.
constexpr int kChains = 12;

#if defined(__x86_64__)

__attribute__((target("avx512f,avx512vnni"))) int32_t LoopAvx512Vnni(int64_t rounds) {
  __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
  __m512i sums[kChains];
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  for (int64_t i = 0; i < rounds; ++i) {
    asm volatile("" : "+v"(a), "+v"(b));
#pragma GCC unroll 12
    for (int j = 0; j < kChains; ++j) sums[j] = _mm512_dpbusd_epi32(sums[j], a, b);
  }
  __m512i total = sums[0];
  for (int j = 1; j < kChains; ++j) total = _mm512_add_epi32(total, sums[j]);
  int32_t lanes[16];
  _mm512_storeu_si512(lanes, total);
  return lanes[0];
}

__attribute__((target("avx2,avxvnni"))) int32_t LoopAvxVnni(int64_t rounds) {
  __m256i a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
  __m256i sums[kChains];
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  for (int64_t i = 0; i < rounds; ++i) {
    asm volatile("" : "+x"(a), "+x"(b));
#pragma GCC unroll 12
    for (int j = 0; j < kChains; ++j) sums[j] = _mm256_dpbusd_avx_epi32(sums[j], a, b);
  }
  __m256i total = sums[0];
  for (int j = 1; j < kChains; ++j) total = _mm256_add_epi32(total, sums[j]);
  return _mm_cvtsi128_si32(_mm256_castsi256_si128(total));
}

// CPUID leaf 7, subleaf 1, EAX bit 4. GCC 12's __builtin_cpu_supports has no name for it.
bool HasAvxVnni() {
  uint32_t eax = 7, ebx = 0, ecx = 1, edx = 0;
  asm volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
  return __builtin_cpu_supports("avx2") && (eax & (1U << 4)) != 0;
}

Unit BestUnit() {
  if (__builtin_cpu_supports("avx512vnni")) return {LoopAvx512Vnni, 2.0 * 64 * kChains};
  if (HasAvxVnni()) return {LoopAvxVnni, 2.0 * 32 * kChains};
  return {};
}

#elif defined(__aarch64__) && defined(__linux__)

__attribute__((target("arch=armv8.2-a+dotprod"))) int32_t LoopDotProduct(int64_t rounds) {
  int8x16_t a = vdupq_n_s8(3), b = vdupq_n_s8(5);
  int32x4_t sums[kChains];
  for (int32x4_t& sum : sums) sum = vdupq_n_s32(0);
  for (int64_t i = 0; i < rounds; ++i) {
    asm volatile("" : "+w"(a), "+w"(b));
#pragma GCC unroll 12
    for (int j = 0; j < kChains; ++j) sums[j] = vdotq_s32(sums[j], a, b);
  }
  int32x4_t total = sums[0];
  for (int j = 1; j < kChains; ++j) total = vaddq_s32(total, sums[j]);
  return vgetq_lane_s32(total, 0);
}

Unit BestUnit() {
  if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0) return {LoopDotProduct, 2.0 * 16 * kChains};
  return {};
}

#else

Unit BestUnit() { return {}; }

#endif

// Rounds a second of one thread among all.
double Rate(const Unit& unit, double seconds, std::atomic<int>& waiting, std::atomic<int32_t>& sink) {
  constexpr int64_t kRounds = 200'000;
  sink.fetch_xor(unit.loop(kRounds));  // brings the clock up
  waiting.fetch_sub(1);
  while (waiting.load() > 0) std::this_thread::yield();
  int64_t done = 0;
  const Clock::time_point start = Clock::now();
  double elapsed = 0;
  do {
    sink.fetch_xor(unit.loop(kRounds));
    done += kRounds;
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  } while (elapsed < seconds);
  return static_cast<double>(done) / elapsed;
}

}  // namespace

double Int8PeakOpsPerSecond(int threads, double seconds) {
  const Unit unit = BestUnit();
  if (unit.loop == nullptr) return 0;
  std::atomic<int> waiting{threads};
  std::atomic<int32_t> sink{0};
  std::vector<double> rates(static_cast<size_t>(threads));
  std::vector<std::thread> workers;
  workers.reserve(rates.size());
  for (double& rate : rates) {
    workers.emplace_back([&] { rate = Rate(unit, seconds, waiting, sink); });
  }
  for (std::thread& worker : workers) worker.join();
  double total = 0;
  for (const double rate : rates) total += rate;
  return total * unit.ops_per_round;
}

}  // namespace reckon_bench
