#include "unit/kernels/parity.h"

namespace reckon::parity {
namespace {

constexpr int64_t kLengths[] = {1, 2, 3, 15, 16, 17, 31, 33, 63, 64, 65, 100, 129, 256, 1000};

void FillRow(Random& random, int kind, float* x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    switch (kind) {
      case 0:
        x[i] = random.HeavyTailed();
        break;
      case 1:
        x[i] = 0.0f;
        break;
      case 2:
        x[i] = 1e-41f * static_cast<float>(random.Below(100));
        break;  // denormals
      case 3:
        x[i] = random.Normal() * 1e18f;
        break;
      default:
        x[i] = i % 7 == 3 ? -5.0f : 0.25f * static_cast<float>(random.Below(9) - 4);
        break;
    }
  }
}

void CheckQuantizedGroup(const KernelTable& table, const Guarded<float>& x, int64_t first, int64_t k, const int8_t* hi,
                         const int8_t* lo, double scale, int64_t start, int32_t group, int32_t zero_point) {
  const int64_t levels = lo != nullptr ? 32512 : 127;
  double largest = 0.0;
  for (int64_t i = 0; i < group && first + i < k; ++i) largest = std::fmax(largest, std::fabs(x[first + i]));
  int64_t total = 0;
  for (int64_t i = 0; i < group; ++i) {
    const int64_t q = lo != nullptr ? TwoTermValue(table, hi, lo, i) : hi[i];
    const double want = first + i < k ? x[first + i] : 0.0;
    total += q;
    PARITY_EXPECT(std::llabs(q) <= levels, "%lld", static_cast<long long>(q));
    // Half a step, and what two float operations lose of up to `levels` steps.
    const double allowed = (0.5 + static_cast<double>(levels) * 0x1p-23) * scale + 1e-31;
    PARITY_EXPECT(std::fabs(q * scale - want) <= allowed, "%g for %g", q * scale, want);
  }
  const int64_t bias = lo != nullptr ? 0 : table.start_bias;
  PARITY_EXPECT(bias - zero_point * total == start, "%lld: %lld", static_cast<long long>(total),
                static_cast<long long>(start));
  PARITY_EXPECT(std::fabs(scale * levels - largest) <= 1e-6 * largest + 1e-31, "%g for %g", scale * levels, largest);
}

void TestQuantize(const KernelTable& table, bool wide, int32_t group, int kind, int64_t k) {
  const int32_t zero_point = kind % 2 == 0 ? 8 : 128;
  const int64_t m = 3;
  const int64_t stride = k + 5;
  const int64_t k_padded = (k + group - 1) / group * group;
  const int64_t groups = k_padded / group;
  Random random(static_cast<uint64_t>(k * 10 + kind));
  Guarded<float> x((m - 1) * stride + k);
  FillRow(random, kind, x.data(), x.size());
  Guarded<int8_t> hi(m * k_padded);
  Guarded<int8_t> lo(m * k_padded);
  Guarded<float> scale(m * groups);
  Guarded<int32_t> start(m * groups);
  table.quantize_rows(x.data(), stride, m, k, k_padded, group, zero_point, hi.data(), wide ? lo.data() : nullptr,
                      scale.data(), start.data());
  for (int64_t r = 0; r < m; ++r) {
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t at = r * k_padded + g * group;
      CheckQuantizedGroup(table, x, r * stride + g * group, r * stride + k, &hi[at], wide ? &lo[at] : nullptr,
                          scale[r * groups + g], start[r * groups + g], group, zero_point);
    }
  }
}

void TestQuantizeGarbage(const KernelTable& table) {
  const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f};
  float x[64];
  int8_t hi[64];
  float scale;
  int32_t start;
  for (int i = 0; i < 64; ++i) x[i] = bad[i % 5];
  table.quantize_rows(x, 64, 1, 64, 64, 64, 8, hi, nullptr, &scale, &start);
  PARITY_EXPECT(std::isfinite(scale), "%g", scale);
}

uint16_t RoundToBf16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  const uint32_t rest = bits & 0xffffu;
  uint32_t top = bits >> 16;
  if (rest > 0x8000u || (rest == 0x8000u && (top & 1u) != 0)) ++top;
  return static_cast<uint16_t>(top);
}

void TestRound(const KernelTable& table, bool wide, int kind, int64_t k) {
  const int64_t m = 3;
  const int64_t stride = k + 3;
  const int64_t k_padded = (k + 1) / 2 * 2;
  Random random(static_cast<uint64_t>(k));
  Guarded<float> x((m - 1) * stride + k);
  FillRow(random, kind, x.data(), x.size());
  Guarded<uint16_t> hi(m * k_padded);
  Guarded<uint16_t> lo(m * k_padded);
  table.round_rows(x.data(), stride, m, k, k_padded, hi.data(), wide ? lo.data() : nullptr);
  for (int64_t r = 0; r < m; ++r) {
    for (int64_t i = 0; i < k_padded; ++i) {
      const float want = i < k ? x[r * stride + i] : 0.0f;
      const uint16_t bits = RoundToBf16(want);
      PARITY_EXPECT(hi[r * k_padded + i] == bits, "%04x for %g", hi[r * k_padded + i], want);
      if (!wide) continue;
      const uint16_t rest = RoundToBf16(static_cast<float>(want - Bf16ToDouble(bits)));
      PARITY_EXPECT(lo[r * k_padded + i] == rest, "%04x for the rest of %g", lo[r * k_padded + i], want);
    }
  }
}

void TestRmsNorm(const KernelTable& table, int64_t n) {
  Random random(static_cast<uint64_t>(n));
  Guarded<float> x(n);
  Guarded<float> weight(n);
  Guarded<float> out(n);
  FillRow(random, 0, x.data(), n);
  FillRow(random, 0, weight.data(), n);
  table.rms_norm(x.data(), weight.data(), 1e-6f, n, out.data());
  double squares = 0.0;
  for (int64_t i = 0; i < n; ++i) squares += static_cast<double>(x[i]) * x[i];
  for (int64_t i = 0; i < n; ++i) {
    const double want = x[i] / std::sqrt(squares / static_cast<double>(n) + 1e-6) * weight[i];
    PARITY_EXPECT(std::fabs(out[i] - want) <= 1e-6 * std::fabs(want) + 1e-30, "%g for %g", out[i], want);
  }
}

void TestRope(const KernelTable& table, int32_t dim, int32_t rotary_dim, bool interleaved) {
  Random random(static_cast<uint64_t>(dim));
  Guarded<float> head(dim);
  Guarded<float> cosine(rotary_dim / 2);
  Guarded<float> sine(rotary_dim / 2);
  FillRow(random, 0, head.data(), dim);
  std::vector<double> want(head.data(), head.data() + dim);
  for (int32_t i = 0; i < rotary_dim / 2; ++i) {
    const double angle = random.Uniform() * 6.0;
    cosine[i] = static_cast<float>(std::cos(angle));
    sine[i] = static_cast<float>(std::sin(angle));
    const int32_t first = interleaved ? 2 * i : i;
    const int32_t second = interleaved ? 2 * i + 1 : i + rotary_dim / 2;
    const double a = head[first];
    const double b = head[second];
    want[first] = a * cosine[i] - b * sine[i];
    want[second] = b * cosine[i] + a * sine[i];
  }
  table.rope(head.data(), cosine.data(), sine.data(), rotary_dim, interleaved);
  for (int32_t i = 0; i < dim; ++i) {
    PARITY_EXPECT(std::fabs(head[i] - want[i]) <= 1e-5, "%d: %g for %g", i, head[i], want[i]);
  }
}

}  // namespace

void TestRows(const KernelTable& table) {
  for (const int64_t n : kLengths) {
    for (int kind = 0; kind < 5; ++kind) {
      for (const bool wide : {false, true}) {
        TestQuantize(table, wide, 32, kind, n);
        TestQuantize(table, wide, 64, kind, n);
        TestRound(table, wide, kind, n);
      }
    }
    TestRmsNorm(table, n);
  }
  TestQuantizeGarbage(table);
  for (const bool interleaved : {false, true}) {
    TestRope(table, 128, 128, interleaved);
    TestRope(table, 80, 20, interleaved);
    TestRope(table, 8, 8, interleaved);
    TestRope(table, 96, 70, interleaved);
  }
}

}  // namespace reckon::parity
