// How many 8-bit multiply-adds the arithmetic units can do, with no memory involved.
#ifndef RECKON_BENCH_INT8_PEAK_H_
#define RECKON_BENCH_INT8_PEAK_H_

namespace reckon_bench {

// Operations a second (a multiply-add counts as two) of `threads` threads together over about `seconds`; 0 where there
// is no instruction for 8-bit dot products (AVX-512 VNNI or AVX-VNNI on x86-64; dot product on AArch64).
double Int8PeakOpsPerSecond(int threads, double seconds);

}  // namespace reckon_bench

#endif  // RECKON_BENCH_INT8_PEAK_H_
