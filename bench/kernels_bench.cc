// Benchmarks of the kernel tables on the shapes of a 1.5B Qwen2 model (K = 1536, N = 8960; 2 key/value heads of 128, 12
// query heads), one thread, each with its share of what the machine can do at best, measured at start.
// Benchmark names: table/kernel/format/rows. Run a few with --benchmark_filter=avx512_bf16/matmul/q4.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "bench/kernels_peaks.h"
#include "benchmark/benchmark.h"
#include "kernels/dispatch.h"
#include "kernels/kernel_table.h"

namespace reckon::bench {
namespace {

constexpr int64_t kInputs = 1536;
constexpr int64_t kOutputs = 8960;
constexpr int32_t kGroup = 32;

// Storage aligned to a page.
template <typename T>
class Array {
 public:
  explicit Array(size_t count) : size_(count) {
    const size_t bytes = (count * sizeof(T) + 4095) / 4096 * 4096;
    data_ = static_cast<T*>(std::aligned_alloc(4096, std::max<size_t>(bytes, 4096)));
    if (data_ == nullptr) std::exit(2);
    for (size_t i = 0; i < count; ++i) {
      const size_t small = i * 2654435761u % 251 / 64;
      data_[i] = static_cast<T>(small);
    }
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { std::free(data_); }
  T* data() { return data_; }
  size_t size() const { return size_; }

 private:
  T* data_;
  size_t size_;
};

double Seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Best of several short runs.
double Measure(const Peak& peak) {
  if (peak.run == nullptr) return 0.0;
  constexpr int kLoops = 500000;
  double best = 0.0;
  for (int i = 0; i < 20; ++i) {
    const double start = Seconds();
    peak.run(kLoops);
    best = std::max(best, peak.operations * kLoops / (Seconds() - start));
  }
  return best;
}

double MeasureRead() {
  Array<uint8_t> memory(size_t{512} << 20);
  double best = 0.0;
  for (int i = 0; i < 5; ++i) {
    const double start = Seconds();
    benchmark::DoNotOptimize(ReadMemory(memory.data(), memory.size()));
    best = std::max(best, static_cast<double>(memory.size()) / (Seconds() - start));
  }
  return best;
}

struct Machine {
  double f32, int8, bf16, read;
};

// Peaks in the terms of one table: a table without 512-bit registers is measured against what 256 bits can do.
Machine MeasureMachine(bool avx512, double read) {
  Machine machine{Measure(F32Peak(avx512)), Measure(Int8Peak(avx512)), Measure(Bf16Peak()), read};
  std::printf("# %s: f32 %.1f GFLOP/s, int8 %.1f GOP/s, bf16 %.1f GFLOP/s, DRAM read %.2f GB/s\n",
              avx512 ? "AVX-512" : "256 bits", machine.f32 * 1e-9, machine.int8 * 1e-9, machine.bf16 * 1e-9,
              machine.read * 1e-9);
  return machine;
}

void Report(benchmark::State& state, double operations, double bytes, double peak, double read) {
  const double rounds = static_cast<double>(state.iterations());
  state.counters["GOP/s"] = benchmark::Counter(operations * rounds * 1e-9, benchmark::Counter::kIsRate);
  state.counters["GB/s"] = benchmark::Counter(bytes * rounds * 1e-9, benchmark::Counter::kIsRate);
  if (peak > 0.0) {
    state.counters["of_peak"] = benchmark::Counter(operations * rounds / peak, benchmark::Counter::kIsRate);
  }
  state.counters["of_read"] = benchmark::Counter(bytes * rounds / read, benchmark::Counter::kIsRate);
}

// Few rows: matrices enough to overflow the caches, one after the other, as a model's layers are.
void Matmul(benchmark::State& state, const KernelTable& table, PackedFormat format, int64_t m, bool wide, double peak,
            double read) {
  PackedMatrix weights = MakePackedShape(format, kOutputs, kInputs, kGroup);
  const int64_t bytes = PackedBytes(weights);
  const int64_t copies = m <= 8 ? std::max<int64_t>(1, (int64_t{600} << 20) / bytes) : 1;
  Array<uint8_t> data(static_cast<size_t>(bytes * copies));
  std::fill_n(data.data(), data.size(), uint8_t{0x22});
  Array<float> x(m * kInputs);
  Array<uint16_t> bf16_hi(m * kInputs);
  Array<uint16_t> bf16_lo(m * kInputs);
  Array<int8_t> hi(m * kInputs);
  Array<int8_t> lo(m * kInputs);
  Array<float> scale(m * kInputs / kGroup);
  Array<int32_t> start(m * kInputs / kGroup);
  Array<float> out(m * kOutputs);
  table.quantize_rows(x.data(), kInputs, m, kInputs, kInputs, kGroup, ZeroPoint(format), hi.data(),
                      wide ? lo.data() : nullptr, scale.data(), start.data());
  table.round_rows(x.data(), kInputs, m, kInputs, kInputs, bf16_hi.data(), wide ? bf16_lo.data() : nullptr);
  const PackedRows rows{m,
                        kInputs,
                        x.data(),
                        bf16_hi.data(),
                        wide ? bf16_lo.data() : nullptr,
                        hi.data(),
                        wide ? lo.data() : nullptr,
                        scale.data(),
                        start.data()};
  MatmulCall call{};
  call.weights = &weights;
  call.rows = &rows;
  call.panel_end = weights.panels;
  call.out = out.data();
  call.out_stride = kOutputs;
  call.out_columns = kOutputs;
  int64_t copy = 0;
  for ([[maybe_unused]] auto round : state) {
    weights.data = data.data() + copy * bytes;
    copy = (copy + 1) % copies;
    table.matmul[static_cast<int>(format)](call);
  }
  Report(state, 2.0 * static_cast<double>(m) * kInputs * kOutputs * (wide ? 2 : 1), static_cast<double>(bytes), peak,
         read);
}

const char* KvFormatName(KvFormat format) {
  return format == KvFormat::kF32 ? "f32" : format == KvFormat::kBf16 ? "bf16" : "q8";
}

void Attention(benchmark::State& state, const KernelTable& table, KvFormat format, int64_t rows, int64_t positions,
               double peak, double read) {
  constexpr int32_t kHeadDim = 128;
  constexpr int32_t kQueryHeads = 6;
  const size_t block_bytes = static_cast<size_t>(KvBlockBytes(format, kHeadDim));
  const int64_t blocks = positions / kKvBlock;
  const int64_t copies = rows == 1 ? 64 : 1;  // layers and heads
  Array<uint8_t> cache(block_bytes * 2 * static_cast<size_t>(blocks * copies));
  std::fill_n(cache.data(), cache.size(), uint8_t{0x22});
  Array<float> q(rows * kQueryHeads * kHeadDim);
  Array<float> max(rows * kQueryHeads);
  Array<float> sum(rows * kQueryHeads);
  Array<float> acc(rows * kQueryHeads * kHeadDim);
  std::vector<const void*> k(blocks * copies);
  std::vector<const void*> v(blocks * copies);
  for (int64_t b = 0; b < blocks * copies; ++b) {
    k[b] = cache.data() + block_bytes * 2 * static_cast<size_t>(b);
    v[b] = static_cast<const uint8_t*>(k[b]) + block_bytes;
  }
  AttentionCall call{};
  call.format = format;
  call.head_dim = kHeadDim;
  call.query_heads = kQueryHeads;
  call.rows = rows;
  call.q = q.data();
  call.q_row_stride = kQueryHeads * kHeadDim;
  call.scale = 0.1f;
  call.first_position = positions - rows;
  call.window = INT64_MAX;
  call.segment_end = positions;
  call.max = max.data();
  call.sum = sum.data();
  call.acc = acc.data();
  int64_t copy = 0;
  for ([[maybe_unused]] auto round : state) {
    call.k_blocks = k.data() + copy * blocks;
    call.v_blocks = v.data() + copy * blocks;
    copy = (copy + 1) % copies;
    table.attention(call);
  }
  const double seen =
      static_cast<double>(rows) * (static_cast<double>(positions) - (static_cast<double>(rows) - 1) / 2);
  Report(state, 4.0 * seen * kQueryHeads * kHeadDim, static_cast<double>(block_bytes * 2) * static_cast<double>(blocks),
         peak, read);
}

void Pack(benchmark::State& state, const KernelTable& table, PackedFormat format, double read) {
  const PackedMatrix shape = MakePackedShape(format, kOutputs, kInputs, kGroup);
  Array<float> w(kOutputs * kInputs);
  for (size_t i = 0; i < w.size(); ++i) w.data()[i] = std::sin(static_cast<float>(i % 9973));
  Array<uint8_t> out(PackedBytes(shape));
  for ([[maybe_unused]] auto round : state) {
    for (int64_t p = 0; p < shape.panels; ++p) {
      table.pack_panel(shape, w.data() + p * 16 * kInputs, kInputs, 16, out.data() + p * shape.panel_stride);
    }
  }
  Report(state, 0.0, static_cast<double>(w.size()) * 4, 0.0, read);
}

void QuantizeRows(benchmark::State& state, const KernelTable& table, bool wide, double read) {
  constexpr int64_t kRows = 64;
  Array<float> x(kRows * kInputs);
  for (size_t i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<float>(i % 9973));
  Array<int8_t> hi(x.size());
  Array<int8_t> lo(x.size());
  Array<float> scale(x.size() / kGroup);
  Array<int32_t> start(x.size() / kGroup);
  for ([[maybe_unused]] auto round : state) {
    table.quantize_rows(x.data(), kInputs, kRows, kInputs, kInputs, kGroup, 8, hi.data(), wide ? lo.data() : nullptr,
                        scale.data(), start.data());
  }
  Report(state, 0.0, static_cast<double>(x.size()) * 4, 0.0, read);
}

const char* FormatName(PackedFormat format) {
  constexpr const char* kNames[] = {"f32", "bf16", "q8", "q4"};
  return kNames[static_cast<int>(format)];
}

// The library keeps what it allocates for a benchmark, in a function that Clang's analyzer cannot look into.
template <class Function>
void Add(const std::string& label, Function&& run) {
#ifndef __clang_analyzer__
  benchmark::RegisterBenchmark(label.c_str(), std::forward<Function>(run));
#endif
}

void Register(const KernelTable& table, const Machine& machine) {
  const std::string name = table.name;
  const double bf16_peak = name == "avx512_bf16" ? machine.bf16 : machine.f32;
  const double peaks[] = {machine.f32, bf16_peak, machine.int8, machine.int8};
  for (const PackedFormat format : {PackedFormat::kF32, PackedFormat::kBf16, PackedFormat::kQ8, PackedFormat::kQ4}) {
    for (const int64_t m : {1, 2, 4, 8, 16, 64, 512}) {
      for (const bool wide : {false, true}) {
        if (wide && (format == PackedFormat::kF32 || (m != 1 && m != 512))) continue;
        const std::string label = name + "/matmul/" + FormatName(format) + (wide ? "_wide/" : "/") + std::to_string(m);
        const double peak = peaks[static_cast<int>(format)];
        Add(label, [&table, format, m, wide, peak, read = machine.read](benchmark::State& s) {
          Matmul(s, table, format, m, wide, peak, read);
        });
      }
    }
    Add(name + "/pack/" + FormatName(format),
        [&table, format, read = machine.read](benchmark::State& s) { Pack(s, table, format, read); });
  }
  for (const KvFormat format : {KvFormat::kF32, KvFormat::kBf16, KvFormat::kQ8}) {
    for (const int64_t rows : {1, 4, 64, 512}) {
      const std::string label = name + "/attention/" + KvFormatName(format) + "/" + std::to_string(rows);
      Add(label, [&table, format, rows, machine](benchmark::State& s) {
        Attention(s, table, format, rows, 4096, machine.f32, machine.read);
      });
    }
  }
  for (const bool wide : {false, true}) {
    Add(name + (wide ? "/quantize_rows/wide" : "/quantize_rows/plain"),
        [&table, wide, read = machine.read](benchmark::State& s) { QuantizeRows(s, table, wide, read); });
  }
}

}  // namespace
}  // namespace reckon::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const double read = reckon::bench::MeasureRead();
  const reckon::bench::Machine narrow = reckon::bench::MeasureMachine(false, read);
  const reckon::bench::Machine full = reckon::bench::MeasureMachine(true, read);
  for (const reckon::KernelTable* table : reckon::SupportedKernels()) {
    const bool avx512 = std::string(table->name).rfind("avx512", 0) == 0;
    reckon::bench::Register(*table, avx512 ? full : narrow);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
