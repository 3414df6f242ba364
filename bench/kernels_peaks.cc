#include "bench/kernels_peaks.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace reckon::bench {
namespace {

#if defined(__x86_64__)

// Twelve independent chains hide the latency of any of these instructions; written out, so that no compiler can help.
// Registers 0 and 1 are operands, 2 to 13 the chains, 14 and 15 scratch.
#define RECKON_TWELVE(step) \
  step(2) step(3) step(4) step(5) step(6) step(7) step(8) step(9) step(10) step(11) step(12) step(13)
#define RECKON_CLEAR(n) "vpxor %%xmm" #n ", %%xmm" #n ", %%xmm" #n "\n\t"
#define RECKON_PEAK(name, isa, step)                                                                                  \
  __attribute__((target(isa))) void name(int loops) {                                                                 \
    __asm__ volatile(RECKON_CLEAR(0) RECKON_CLEAR(1) RECKON_TWELVE(RECKON_CLEAR) "1:\n\t" RECKON_TWELVE(step)         \
                         RECKON_TWELVE(step) "decl %0\n\tjnz 1b\n\tvzeroupper"                                        \
                     : "+r"(loops)                                                                                    \
                     :                                                                                                \
                     : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
                       "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");                                                  \
  }
#define RECKON_STEP(n) "vfmadd231ps %%zmm0, %%zmm1, %%zmm" #n "\n\t"
RECKON_PEAK(F32Avx512, "avx512f", RECKON_STEP)
#undef RECKON_STEP
#define RECKON_STEP(n) "vpdpbusd %%zmm0, %%zmm1, %%zmm" #n "\n\t"
RECKON_PEAK(Int8Avx512, "avx512f,avx512vnni", RECKON_STEP)
#undef RECKON_STEP
#define RECKON_STEP(n) "vdpbf16ps %%zmm0, %%zmm1, %%zmm" #n "\n\t"
RECKON_PEAK(Bf16Avx512, "avx512f,avx512bf16", RECKON_STEP)
#undef RECKON_STEP
#define RECKON_STEP(n) "vfmadd231ps %%ymm0, %%ymm1, %%ymm" #n "\n\t"
RECKON_PEAK(F32Avx2, "avx2,fma", RECKON_STEP)
#undef RECKON_STEP
// Without VNNI a step is two instructions of 32 multiply-adds together.
#define RECKON_STEP(n) "vpmaddubsw %%ymm0, %%ymm1, %%ymm14\n\tvpaddw %%ymm14, %%ymm" #n ", %%ymm" #n "\n\t"
RECKON_PEAK(Int8Avx2, "avx2", RECKON_STEP)
#undef RECKON_STEP

#endif

}  // namespace

#if defined(__x86_64__)

Peak F32Peak(bool avx512) {
  if (avx512) return {"f32 peak, AVX-512", 24 * 32.0, __builtin_cpu_supports("avx512f") ? F32Avx512 : nullptr};
  return {"f32 peak, AVX2", 24 * 16.0, __builtin_cpu_supports("avx2") ? F32Avx2 : nullptr};
}
Peak Int8Peak(bool avx512) {
  if (avx512) return {"int8 peak, VNNI", 24 * 128.0, __builtin_cpu_supports("avx512vnni") ? Int8Avx512 : nullptr};
  return {"int8 peak, AVX2", 24 * 64.0, __builtin_cpu_supports("avx2") ? Int8Avx2 : nullptr};
}
Peak Bf16Peak() {
  return {"bf16 peak, AVX-512", 24 * 64.0, __builtin_cpu_supports("avx512bf16") ? Bf16Avx512 : nullptr};
}

namespace {

__attribute__((target("avx512f"))) uint64_t ReadAvx512(const uint8_t* data, size_t bytes) {
  __m512i sum[4] = {};
  for (size_t i = 0; i + 256 <= bytes; i += 256) {
    for (int j = 0; j < 4; ++j) {
      sum[j] = _mm512_xor_si512(sum[j], _mm512_loadu_si512(data + i + 64 * j));
    }
  }
  return static_cast<uint64_t>(
      _mm512_reduce_add_epi64(_mm512_add_epi64(_mm512_add_epi64(sum[0], sum[1]), _mm512_add_epi64(sum[2], sum[3]))));
}

}  // namespace

uint64_t ReadMemory(const uint8_t* data, size_t bytes) {
  if (__builtin_cpu_supports("avx512f")) return ReadAvx512(data, bytes);
  __m128i sum[4] = {};
  for (size_t i = 0; i + 64 <= bytes; i += 64) {
    for (int j = 0; j < 4; ++j) {
      sum[j] = _mm_xor_si128(sum[j], _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + i + 16 * j)));
    }
  }
  return static_cast<uint64_t>(
      _mm_cvtsi128_si64(_mm_add_epi64(_mm_add_epi64(sum[0], sum[1]), _mm_add_epi64(sum[2], sum[3]))));
}

#else

Peak F32Peak(bool) { return {"f32 peak", 1.0, nullptr}; }
Peak Int8Peak(bool) { return {"int8 peak", 1.0, nullptr}; }
Peak Bf16Peak() { return {"bf16 peak", 1.0, nullptr}; }

uint64_t ReadMemory(const uint8_t* data, size_t bytes) {
  uint64_t sum[8] = {};
  for (size_t i = 0; i + 64 <= bytes; i += 64) {
    for (int j = 0; j < 8; ++j) {
      uint64_t word;
      __builtin_memcpy(&word, data + i + 8 * j, 8);
      sum[j] ^= word;
    }
  }
  return sum[0] ^ sum[1] ^ sum[2] ^ sum[3] ^ sum[4] ^ sum[5] ^ sum[6] ^ sum[7];
}

#endif

}  // namespace reckon::bench
