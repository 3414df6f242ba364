// What the machine can do at best, measured beside the model: what a rate is worth depends on it, and shared machines
// change from minute to minute.
#ifndef RECKON_BENCH_MACHINE_H_
#define RECKON_BENCH_MACHINE_H_

#include <cstdint>
#include <optional>

namespace reckon_bench {

struct MachineLimits {
  std::optional<double> dram_read_gbps;  // 1e9 bytes a second, all threads together
  std::optional<double> int8_peak_gops;  // 1e9 multiplications and additions a second, all threads together
};

// A child process that measures when asked: neither its memory nor its threads count for this process. Make it while
// this process has a single thread and no model. Threads: one thread at a time.
class MachineProbe {
 public:
  MachineProbe();
  ~MachineProbe();
  MachineProbe(const MachineProbe&) = delete;
  MachineProbe& operator=(const MachineProbe&) = delete;

  // Takes about two seconds. A limit that cannot be measured here (no such instructions, no memory) is left out.
  MachineLimits Measure(int threads);

 private:
  int requests_ = -1;  // pipe to the child: int32 thread counts
  int answers_ = -1;   // pipe from the child: two doubles
  int child_ = -1;
};

// The most memory this process held since ResetPeak(), pages of mapped files included.
int64_t PeakResidentBytes();
// Begins a new measurement of the peak. Where the system cannot do that (it needs Linux), the peak is that of the whole
// run.
void ResetPeak();

}  // namespace reckon_bench

#endif  // RECKON_BENCH_MACHINE_H_
