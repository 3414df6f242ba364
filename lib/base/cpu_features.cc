#include "base/cpu_features.h"

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cstdint>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>

#include <cstddef>
#endif

namespace reckon {
namespace {

#if defined(__x86_64__) || defined(_M_X64)

bool Bit(uint32_t word, int bit) { return ((word >> bit) & 1u) != 0; }

// XGETBV by hand: the intrinsic wants a compiler flag that would let the compiler use AVX in this file.
uint64_t ReadXcr0() {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

CpuFeatures Detect() {
  CpuFeatures features;
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
  if (__get_cpuid(0, &a, &b, &c, &d) == 0) return features;
  const bool amd = b == 0x68747541 && d == 0x69746e65 && c == 0x444d4163;  // "AuthenticAMD"
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return features;
  const bool fma = Bit(c, 12);
  const bool f16c = Bit(c, 29);
  if (!Bit(c, 27) || !Bit(c, 28)) return features;  // OSXSAVE, AVX
  const uint64_t xcr0 = ReadXcr0();
  const bool os_avx = (xcr0 & 0x6) == 0x6;       // xmm, ymm
  const bool os_avx512 = (xcr0 & 0xe6) == 0xe6;  // and opmask, upper halves, zmm16-31
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return features;
  features.avx2 = os_avx && fma && f16c && Bit(b, 5);
  features.avx512 = features.avx2 && os_avx512 && Bit(b, 16) && Bit(b, 17) && Bit(b, 30) && Bit(b, 31);
  features.avx512_vnni = features.avx512 && Bit(c, 11);
  const bool os_tiles = (xcr0 & 0x60000) == 0x60000;                                          // configuration, data
  features.amx = features.avx512_vnni && os_tiles && Bit(d, 22) && Bit(d, 24) && Bit(d, 25);  // bf16, tile, int8
  const uint32_t subleaves = a;
  if (subleaves >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
    features.avx_vnni = features.avx2 && Bit(a, 4);
    features.avx512_bf16 = features.avx512 && Bit(a, 5);
    features.fast_avx512_bf16 = features.avx512_bf16 && amd;
  }
  return features;
}

#elif defined(__aarch64__) && defined(__linux__)

CpuFeatures Detect() {
  CpuFeatures features;
  features.neon = true;  // part of the 64-bit base architecture
  constexpr unsigned long kHwcapDotprod = 1UL << 20;
  constexpr unsigned long kHwcap2I8mm = 1UL << 13;
  features.dotprod = (getauxval(AT_HWCAP) & kHwcapDotprod) != 0;
  features.i8mm = features.dotprod && (getauxval(AT_HWCAP2) & kHwcap2I8mm) != 0;
  return features;
}

#elif defined(__aarch64__) && defined(__APPLE__)

bool Sysctl(const char* name) {
  int value = 0;
  size_t size = sizeof(value);
  return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}

CpuFeatures Detect() {
  CpuFeatures features;
  features.neon = true;
  features.dotprod = Sysctl("hw.optional.arm.FEAT_DotProd");
  features.i8mm = features.dotprod && Sysctl("hw.optional.arm.FEAT_I8MM");
  return features;
}

#else

CpuFeatures Detect() {
  CpuFeatures features;
#if defined(__aarch64__) || defined(_M_ARM64)
  features.neon = true;
#endif
  return features;
}

#endif

}  // namespace

bool RequestTiles() {
  if (!GetCpuFeatures().amx) return false;
#if defined(__linux__) && defined(__x86_64__)
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

const CpuFeatures& GetCpuFeatures() {
  static const CpuFeatures features = Detect();
  return features;
}

}  // namespace reckon
