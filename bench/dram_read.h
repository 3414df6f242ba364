// How fast this machine reads memory that is in no cache.
#ifndef RECKON_BENCH_DRAM_READ_H_
#define RECKON_BENCH_DRAM_READ_H_

namespace reckon_bench {

// Bytes a second of `threads` threads together, each reading a part of its own from beginning to end: the best of
// several passes over at least `seconds`. 0 if there is not enough memory.
double DramReadBytesPerSecond(int threads, double seconds);

}  // namespace reckon_bench

#endif  // RECKON_BENCH_DRAM_READ_H_
