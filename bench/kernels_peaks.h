// What the machine can do at best: loops in registers, and reading memory in order. Kernel figures are shares of these.
#ifndef RECKON_BENCH_KERNELS_PEAKS_H_
#define RECKON_BENCH_KERNELS_PEAKS_H_

#include <cstddef>
#include <cstdint>

namespace reckon::bench {

struct Peak {
  const char* name;
  double operations;       // per call: a multiply-add counts as two
  void (*run)(int loops);  // null where this CPU or build has no such instructions
};

// One call makes `loops` rounds; operations is per round.
Peak F32Peak(bool avx512);
Peak Int8Peak(bool avx512);
Peak Bf16Peak();

// Reads `bytes` at `data` in order, on the calling thread.
uint64_t ReadMemory(const uint8_t* data, size_t bytes);

}  // namespace reckon::bench

#endif  // RECKON_BENCH_KERNELS_PEAKS_H_
