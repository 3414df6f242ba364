#include "unit/kernels/parity.h"

namespace reckon::parity {
namespace {

void CheckWeight(const PackedMatrix& matrix, int64_t channel, int64_t k, double want, double largest) {
  const double got = PackedWeight(matrix, channel, k);
  double allowed = 0.0;
  switch (matrix.format) {
    case PackedFormat::kF32:
      break;
    case PackedFormat::kBf16:
      allowed = std::fabs(want) * 0x1p-8 + 1e-40;
      break;
    // Half a step, and half the fp16 scale's rounding error, which shows at the far end.
    case PackedFormat::kQ8:
      allowed = largest / 127.0 * 0.57 + 6e-8 * 127;
      break;
    // The lopsided grid clips up to one and a half steps at one end; scales may clip a little more on purpose.
    case PackedFormat::kQ4:
      allowed = largest / 8.0 * 1.6 + 6e-8 * 8;
      break;
  }
  PARITY_EXPECT(std::fabs(got - want) <= allowed, "format %d channel %lld k %lld: %g for %g",
                static_cast<int>(matrix.format), static_cast<long long>(channel), static_cast<long long>(k), got, want);
}

void TestShape(const KernelTable& table, const KernelTable& reference, PackedFormat format, int64_t rows, int64_t k,
               int32_t group, int kind) {
  Random random(static_cast<uint64_t>(rows * 1000 + k + kind));
  PackedMatrix matrix = MakePackedShape(format, rows, k, group);
  const int64_t stride = k + 1;
  Guarded<float> w((rows - 1) * stride + k);
  for (size_t i = 0; i < w.size(); ++i) {
    w[i] = kind == 0   ? random.HeavyTailed() * 0.05f
           : kind == 1 ? 0.0f
           : kind == 2 ? random.Normal() * 1e-9f
                       : random.Normal() * 1e4f;
  }
  Guarded<uint8_t> panel(matrix.panel_stride);
  Guarded<uint8_t> expected(matrix.panel_stride);
  panel.Fill(0xa5);
  expected.Fill(0x5a);
  table.pack_panel(matrix, w.data(), stride, rows, panel.data());
  reference.pack_panel(matrix, w.data(), stride, rows, expected.data());
  PARITY_EXPECT(std::memcmp(panel.data(), expected.data(), panel.size()) == 0,
                "format %d rows %lld k %lld kind %d: bytes differ", static_cast<int>(format),
                static_cast<long long>(rows), static_cast<long long>(k), kind);
  matrix.data = panel.data();
  for (int64_t channel = 0; channel < 16; ++channel) {
    for (int64_t i = 0; i < matrix.k_padded; ++i) {
      double largest = 0.0;
      const int64_t first = matrix.group != 0 ? i / matrix.group * matrix.group : i;
      for (int64_t j = first; channel < rows && matrix.group != 0 && j < first + matrix.group && j < k; ++j) {
        largest = std::fmax(largest, std::fabs(w[channel * stride + j]));
      }
      const double want = channel < rows && i < k ? w[channel * stride + i] : 0.0;
      CheckWeight(matrix, channel, i, want, largest);
    }
  }
}

// Root mean square error over that of the plain symmetric rule max|w| / 7, for normal weights.
void TestQ4Quality(const KernelTable& table) {
  constexpr int64_t kInputs = 4096;
  Random random(7);
  std::vector<float> w(kInputs);
  for (float& x : w) x = random.Normal();
  PackedMatrix matrix = MakePackedShape(PackedFormat::kQ4, 1, kInputs, 64);
  Guarded<uint8_t> panel(matrix.panel_stride);
  table.pack_panel(matrix, w.data(), kInputs, 1, panel.data());
  matrix.data = panel.data();
  double error = 0.0;
  double plain = 0.0;
  for (int64_t i = 0; i < kInputs; ++i) {
    double largest = 0.0;
    for (int64_t j = i / 64 * 64; j < i / 64 * 64 + 64; ++j) largest = std::fmax(largest, std::fabs(w[j]));
    error += std::pow(PackedWeight(matrix, 0, i) - w[i], 2);
    plain += std::pow(std::nearbyint(w[i] / (largest / 7.0)) * (largest / 7.0) - w[i], 2);
  }
  const double ratio = std::sqrt(error / plain);
  PARITY_EXPECT(ratio < 0.90, "q4 error is %.4f of the plain rule's", ratio);
}

}  // namespace

void TestPack(const KernelTable& table, const KernelTable& reference) {
  for (const PackedFormat format : {PackedFormat::kF32, PackedFormat::kBf16, PackedFormat::kQ8, PackedFormat::kQ4}) {
    for (const int64_t rows : {1, 5, 16}) {
      for (const int64_t k : {1, 2, 31, 32, 33, 64, 70, 128, 321}) {
        for (int kind = 0; kind < 4; ++kind) {
          TestShape(table, reference, format, rows, k, 32, kind);
          TestShape(table, reference, format, rows, k, 64, kind);
        }
      }
    }
  }
  TestQ4Quality(table);
}

}  // namespace reckon::parity
