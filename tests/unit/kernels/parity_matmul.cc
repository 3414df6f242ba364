#include "unit/kernels/parity.h"

namespace reckon::parity {
namespace {

constexpr float kUntouched = 12345.0f;

struct Problem {
  PackedFormat format;
  int32_t group;
  bool wide;
  int64_t m, n, k;
  Epilogue epilogue;
  bool bias;
  PackedZero zero = PackedZero::kCenter;
};

// Rows packed by the table under test, in guarded memory.
class Rows {
 public:
  Rows(const KernelTable& table, const Problem& problem, int64_t k_padded, const std::vector<float>& x)
      : table_(table),
        f32_(problem.m * k_padded),
        bf16_hi_(problem.m * k_padded),
        bf16_lo_(problem.m * k_padded),
        q_hi_(problem.m * k_padded),
        q_lo_(problem.m * k_padded),
        scale_(Groups(problem, k_padded)),
        start_(Groups(problem, k_padded)) {
    view_ = {};
    view_.m = problem.m;
    view_.k_padded = k_padded;
    const int64_t k = problem.k;
    switch (problem.format) {
      case PackedFormat::kF32:
        std::memcpy(f32_.data(), x.data(), x.size() * sizeof(float));
        view_.f32 = f32_.data();
        break;
      case PackedFormat::kBf16:
        if (table.float_rows) {
          for (int64_t r = 0; r < problem.m; ++r) {
            std::memcpy(f32_.data() + r * k_padded, x.data() + r * k, k * sizeof(float));
          }
          view_.f32 = f32_.data();
          break;
        }
        table.round_rows(x.data(), k, problem.m, k, k_padded, bf16_hi_.data(),
                         problem.wide ? bf16_lo_.data() : nullptr);
        view_.bf16_hi = bf16_hi_.data();
        view_.bf16_lo = problem.wide ? bf16_lo_.data() : nullptr;
        break;
      default:
        table.quantize_rows(x.data(), k, problem.m, k, k_padded, problem.group, ZeroPoint(problem.format), q_hi_.data(),
                            problem.wide ? q_lo_.data() : nullptr, scale_.data(), start_.data());
        view_.q_hi = q_hi_.data();
        view_.q_lo = problem.wide ? q_lo_.data() : nullptr;
        view_.scale = scale_.data();
        view_.start = start_.data();
    }
    group_ = problem.group;
  }

  const PackedRows& view() const { return view_; }

  // Only row r.
  PackedRows Row(int64_t r) const {
    PackedRows row = view_;
    row.m = 1;
    const int64_t at = r * view_.k_padded;
    if (row.f32 != nullptr) row.f32 += at;
    if (row.bf16_hi != nullptr) row.bf16_hi += at;
    if (row.bf16_lo != nullptr) row.bf16_lo += at;
    if (row.q_hi != nullptr) {
      row.q_hi += at;
      if (row.q_lo != nullptr) row.q_lo += at;
      row.scale += at / group_;
      row.start += at / group_;
    }
    return row;
  }

  double At(int64_t r, int64_t i) const {
    const int64_t at = r * view_.k_padded + i;
    if (view_.f32 != nullptr) return view_.f32[at];
    if (view_.bf16_hi != nullptr) {
      return Bf16ToDouble(view_.bf16_hi[at]) + (view_.bf16_lo != nullptr ? Bf16ToDouble(view_.bf16_lo[at]) : 0.0);
    }
    const double q =
        view_.q_lo == nullptr ? view_.q_hi[at] : static_cast<double>(TwoTermValue(table_, view_.q_hi, view_.q_lo, at));
    return q * view_.scale[at / group_];
  }

 private:
  static int64_t Groups(const Problem& problem, int64_t k_padded) {
    return problem.group != 0 ? problem.m * k_padded / problem.group : 0;
  }
  const KernelTable& table_;
  Guarded<float> f32_;
  Guarded<uint16_t> bf16_hi_;
  Guarded<uint16_t> bf16_lo_;
  Guarded<int8_t> q_hi_;
  Guarded<int8_t> q_lo_;
  Guarded<float> scale_;
  Guarded<int32_t> start_;
  PackedRows view_;
  int64_t group_ = 0;
};

struct Sum {
  double value;
  double magnitude;  // of the terms: what rounding errors are measured by
};

// All products of weights and rows, plus bias: [m][16 * panels].
std::vector<Sum> Products(const PackedMatrix& weights, const Rows& rows, const float* bias, int64_t m) {
  const int64_t channels = 16 * weights.panels;
  const int64_t k = weights.k_padded;
  std::vector<double> w(channels * k);
  std::vector<double> x(m * k);
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < k; ++i) w[c * k + i] = PackedWeight(weights, c, i);
  }
  for (int64_t r = 0; r < m; ++r) {
    for (int64_t i = 0; i < k; ++i) x[r * k + i] = rows.At(r, i);
  }
  std::vector<Sum> sums(m * channels, Sum{0.0, 0.0});
  for (int64_t r = 0; r < m; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      Sum& sum = sums[r * channels + c];
      if (bias != nullptr && c < weights.n) sum = {bias[c], std::fabs(bias[c])};
      for (int64_t i = 0; i < k; ++i) {
        const double term = w[c * k + i] * x[r * k + i];
        sum.value += term;
        sum.magnitude += std::fabs(term);
      }
    }
  }
  return sums;
}

double Silu(double x) { return x / (1.0 + std::exp(-x)); }

void CheckOutput(const Problem& problem, const MatmulCall& call, const Rows& rows, const std::vector<float>& before) {
  const std::vector<Sum> products = Products(*call.weights, rows, call.bias, problem.m);
  for (int64_t r = 0; r < problem.m; ++r) {
    const Sum* row = &products[r * 16 * call.weights->panels];
    for (int64_t c = 0; c < call.out_columns; ++c) {
      double want = 0.0;
      double allowed = 0.0;
      if (problem.epilogue == Epilogue::kSwiGlu) {
        const int64_t gate_channel = c / 16 * 32 + c % 16;
        const Sum gate = row[gate_channel];
        const Sum up = row[gate_channel + 16];
        want = Silu(gate.value) * up.value;
        allowed = 3e-6 * (1.1 * gate.magnitude * std::fabs(up.value) + std::fabs(Silu(gate.value)) * up.magnitude);
      } else {
        const Sum sum = row[c];
        const float old = before[r * call.out_stride + c];
        want = sum.value + (problem.epilogue == Epilogue::kAdd ? old : 0.0);
        allowed = 3e-6 * (sum.magnitude + (problem.epilogue == Epilogue::kAdd ? std::fabs(old) : 0.0));
      }
      const float got = call.out[r * call.out_stride + c];
      PARITY_EXPECT(std::fabs(got - want) <= allowed + 1e-30,
                    "format %d group %d wide %d m %lld n %lld k %lld epilogue %d row %lld column %lld: %.9g for %.9g",
                    static_cast<int>(problem.format), problem.group, problem.wide, static_cast<long long>(problem.m),
                    static_cast<long long>(problem.n), static_cast<long long>(problem.k),
                    static_cast<int>(problem.epilogue), static_cast<long long>(r), static_cast<long long>(c),
                    static_cast<double>(got), want);
    }
    for (int64_t c = call.out_columns; c < call.out_stride && r + 1 < problem.m; ++c) {
      PARITY_EXPECT(call.out[r * call.out_stride + c] == kUntouched, "column %lld was written",
                    static_cast<long long>(c));
    }
  }
}

// The same product row by row and in two parts must give the same bits.
void CheckBits(const KernelTable& table, const Problem& problem, const MatmulCall& call, const Rows& rows,
               const std::vector<float>& before) {
  for (int64_t r = 0; r < problem.m; ++r) {
    const PackedRows one = rows.Row(r);
    std::vector<float> out(before.begin() + r * call.out_stride,
                           before.begin() + r * call.out_stride + call.out_columns);
    MatmulCall part = call;
    part.rows = &one;
    part.out = out.data();
    const int64_t middle = call.weights->panels / 4 * 2;
    part.panel_end = middle;
    if (middle > 0) table.matmul[static_cast<int>(problem.format)](part);
    part.panel_begin = middle;
    part.panel_end = call.panel_end;
    table.matmul[static_cast<int>(problem.format)](part);
    PARITY_EXPECT(std::memcmp(out.data(), call.out + r * call.out_stride, out.size() * sizeof(float)) == 0,
                  "format %d wide %d m %lld: row %lld alone differs in bits", static_cast<int>(problem.format),
                  problem.wide, static_cast<long long>(problem.m), static_cast<long long>(r));
  }
}

uint16_t SmallHalf(Random& random) {  // of either sign, magnitude from 2^-8 to 2^-5
  return static_cast<uint16_t>((random.Below(2) << 15) | ((7 + random.Below(3)) << 10) | random.Below(1024));
}

// Weights as checkpoints bring them: every value, and a zero for each group and channel.
void FillWithZeros(const PackedMatrix& weights, Random& random, Guarded<uint8_t>& data) {
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(random.Below(256));
  for (int64_t panel = 0; panel < weights.panels; ++panel) {
    uint8_t* const start = data.data() + panel * weights.panel_stride;
    const int64_t numbers = weights.k_padded / weights.group * 16;
    for (int64_t i = 0; i < numbers; ++i) {
      // Halves of whole numbers 0..15: 0, then 1 + f/1024 times 2^e.
      static constexpr uint16_t kWhole[] = {0x0000, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700,
                                            0x4800, 0x4880, 0x4900, 0x4980, 0x4a00, 0x4a80, 0x4b00, 0x4b80};
      const uint16_t scale = SmallHalf(random);
      const uint16_t zero = weights.zero == PackedZero::kPoint ? kWhole[random.Below(16)] : SmallHalf(random);
      std::memcpy(start + weights.scales_offset + 2 * i, &scale, 2);
      if (weights.zero != PackedZero::kCenter) std::memcpy(start + weights.zeros_offset + 2 * i, &zero, 2);
    }
  }
}

void TestProblem(const KernelTable& table, const Problem& problem, uint64_t seed, bool from_codes = false) {
  Random random(seed);
  PackedMatrix weights = MakePackedShape(problem.format, problem.n, problem.k, problem.group, problem.zero);
  Guarded<uint8_t> data(PackedBytes(weights));
  weights.data = data.data();
  if (from_codes) FillWithZeros(weights, random, data);
  for (int64_t panel = 0; panel < weights.panels && !from_codes; ++panel) {
    std::vector<float> w(16 * problem.k);
    for (float& x : w) x = random.HeavyTailed() * 0.05f;
    const int64_t exist = problem.n - panel * 16;
    table.pack_panel(weights, w.data(), problem.k, exist < 16 ? exist : 16, data.data() + panel * weights.panel_stride);
  }
  std::vector<float> x(problem.m * problem.k);
  for (float& v : x) v = random.HeavyTailed();
  const Rows rows(table, problem, weights.k_padded, x);
  Guarded<float> bias(problem.n);
  for (int64_t i = 0; i < problem.n; ++i) bias[i] = random.Normal();

  MatmulCall call{};
  call.weights = &weights;
  call.rows = &rows.view();
  call.panel_end = weights.panels;
  call.epilogue = problem.epilogue;
  call.bias = problem.bias ? bias.data() : nullptr;
  call.out_columns = problem.epilogue == Epilogue::kSwiGlu ? problem.n / 2 - 3 : problem.n;
  call.out_stride = call.out_columns + 7;
  Guarded<float> out((problem.m - 1) * call.out_stride + call.out_columns);
  std::vector<float> before(problem.m * call.out_stride, kUntouched);
  if (problem.epilogue == Epilogue::kAdd) {
    for (int64_t r = 0; r < problem.m; ++r) {
      for (int64_t c = 0; c < call.out_columns; ++c) before[r * call.out_stride + c] = random.Normal();
    }
  }
  std::memcpy(out.data(), before.data(), out.size() * sizeof(float));
  call.out = out.data();
  table.matmul[static_cast<int>(problem.format)](call);
  CheckOutput(problem, call, rows, before);
  CheckBits(table, problem, call, rows, before);
}

void TestFormat(const KernelTable& table, PackedFormat format, int32_t group, bool wide) {
  uint64_t seed = static_cast<uint64_t>(format) * 100 + static_cast<uint64_t>(group) + (wide ? 1 : 0);
  // Every number of rows that can meet every tile.
  for (int64_t m = 1; m <= 20; ++m) {
    TestProblem(table, {format, group, wide, m, 16 * (m % 5) + 3, 16 * (m % 7) + m, Epilogue::kStore, m % 2 == 0},
                ++seed);
  }
  for (const int64_t m : {1, 2, 3, 5, 13, 33}) {
    for (const int64_t k : {1, 7, 64, 65, 300, 641}) {
      TestProblem(table, {format, group, wide, m, 37, k, Epilogue::kStore, true}, ++seed);
      TestProblem(table, {format, group, wide, m, 65, k, Epilogue::kAdd, k % 2 == 0}, ++seed);
      TestProblem(table, {format, group, wide, m, 64, k, Epilogue::kSwiGlu, k % 2 == 0}, ++seed);
    }
  }
  // More rows than a block holds.
  TestProblem(table, {format, group, wide, 133, 35, 70, Epilogue::kStore, true}, ++seed);
}

// Weights as they come in quantized checkpoints: all 256 or 16 values, and the three ways to place zero.
void TestCodes(const KernelTable& table, PackedFormat format, bool wide) {
  uint64_t seed = 7000 + static_cast<uint64_t>(format);
  for (const PackedZero zero : {PackedZero::kCenter, PackedZero::kPoint, PackedZero::kMinimum}) {
    for (const int64_t m : {1, 2, 4, 7, 13, 133}) {
      for (const int64_t k : {32, 70, 300}) {
        TestProblem(table, {format, 32, wide, m, 37, k, Epilogue::kStore, true, zero}, ++seed, true);
        TestProblem(table, {format, 32, wide, m, 64, k, Epilogue::kSwiGlu, false, zero}, ++seed, true);
      }
    }
  }
}

// One input, gate weight 1, up weight 0 with bias 1: what comes out is silu(x) alone, where the exponential's own error
// shows. A few units in the last place, not more.
void TestSilu(const KernelTable& table) {
  constexpr int64_t kRows = 400;
  PackedMatrix weights = MakePackedShape(PackedFormat::kF32, 32, 1, 0);
  Guarded<uint8_t> data(PackedBytes(weights));
  weights.data = data.data();
  std::vector<float> gate(16, 1.0f);
  std::vector<float> up(16, 0.0f);
  table.pack_panel(weights, gate.data(), 1, 16, data.data());
  table.pack_panel(weights, up.data(), 1, 16, data.data() + weights.panel_stride);
  std::vector<float> bias(32, 0.0f);
  for (int c = 16; c < 32; ++c) bias[c] = 1.0f;
  std::vector<float> x(kRows);
  for (int64_t r = 0; r < kRows; ++r) x[r] = static_cast<float>(r - 200) * 0.4321f;
  PackedRows rows{};
  rows.m = kRows;
  rows.k_padded = 1;
  rows.f32 = x.data();
  Guarded<float> out(kRows);
  MatmulCall call{};
  call.weights = &weights;
  call.rows = &rows;
  call.panel_end = 2;
  call.epilogue = Epilogue::kSwiGlu;
  call.bias = bias.data();
  call.out = out.data();
  call.out_stride = 1;
  call.out_columns = 1;
  table.matmul[static_cast<int>(PackedFormat::kF32)](call);
  for (int64_t r = 0; r < kRows; ++r) {
    const double want = Silu(x[r]);
    PARITY_EXPECT(std::fabs(out[r] - want) <= 4e-7 * std::fabs(want), "silu(%g) = %.9g, not %.9g", x[r], out[r], want);
  }
}

}  // namespace

void TestMatmul(const KernelTable& table) {
  TestSilu(table);
  for (const bool wide : {false, true}) {
    TestFormat(table, PackedFormat::kBf16, 0, wide);
    for (const int32_t group : {32, 64}) {
      TestFormat(table, PackedFormat::kQ8, group, wide);
      TestFormat(table, PackedFormat::kQ4, group, wide);
    }
    TestCodes(table, PackedFormat::kQ8, wide);
    TestCodes(table, PackedFormat::kQ4, wide);
  }
  TestFormat(table, PackedFormat::kF32, 0, false);
}

}  // namespace reckon::parity
