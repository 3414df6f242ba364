// What the CPU and the operating system offer to vector code.
#ifndef RECKON_LIB_BASE_CPU_FEATURES_H_
#define RECKON_LIB_BASE_CPU_FEATURES_H_

namespace reckon {

// A flag is set only if instructions of that kind can run: on x86 this takes the CPU's word (CPUID) and the operating
// system's, which must save the registers they use (XCR0). Flags of other architectures stay false.
struct CpuFeatures {
  bool avx2 = false;         // with FMA and F16C
  bool avx_vnni = false;     // only with avx2
  bool avx512 = false;       // F, BW, DQ, VL
  bool avx512_vnni = false;  // only with avx512
  bool avx512_bf16 = false;  // only with avx512
  // Whether a bfloat16 dot product does more work in a cycle than two fused multiply-adds of floats do: on AMD's CPUs.
  // On Intel's it does half as much (measured on Sapphire Rapids: 87 GFLOP/s a core against 179).
  bool fast_avx512_bf16 = false;
  bool amx = false;  // tiles of bytes and of bfloat16, only with avx512_vnni; see RequestTiles()
  bool neon = false;
  bool dotprod = false;  // FEAT_DotProd
  bool i8mm = false;     // FEAT_I8MM, only with dotprod
};

// Asked from the CPU at the first call, thread-safe.
const CpuFeatures& GetCpuFeatures();

// Asks the operating system for leave to use AMX's tiles, which Linux grants per process (arch_prctl(2),
// ARCH_REQ_XCOMP_PERM) and never takes back: from then on signal frames are 8 KiB larger, and sigaltstack() refuses
// stacks that are too small for them. So a library asks for it only when its host says so. False: refused, or no tiles.
// Thread-safe.
bool RequestTiles();

}  // namespace reckon

#endif  // RECKON_LIB_BASE_CPU_FEATURES_H_
