// Rows in the form that each format and each table wants, multiplied and compared with sums in double precision.
#include "decoder/prepare.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/dispatch.h"

namespace reckon {
namespace {

constexpr int64_t kRows = 3;
constexpr int64_t kOutputs = 16;

float Weight(int64_t channel, int64_t input) { return static_cast<float>((channel * 5 + input * 3) % 7 - 3) * 0.5f; }
float Input(int64_t row, int64_t input) { return 0.37f * static_cast<float>((row * 11 + input * 7) % 9 - 4); }

// A layer of k inputs, in each form, through PrepareRows() in two ranges and the table's product.
void ExpectProducts(const KernelTable& kernels, PackedFormat format, int64_t k, bool wide, double tolerance) {
  Linear linear;
  linear.matrix = MakePackedShape(format, kOutputs, k, format >= PackedFormat::kQ8 ? 32 : 0);
  linear.wide = wide;
  std::vector<uint8_t> packed(static_cast<size_t>(PackedBytes(linear.matrix)) + kLineBytes);
  uint8_t* const aligned =
      packed.data() + (kLineBytes - reinterpret_cast<uintptr_t>(packed.data()) % kLineBytes) % kLineBytes;
  std::vector<float> weights;
  for (int64_t c = 0; c < kOutputs; ++c) {
    for (int64_t i = 0; i < k; ++i) weights.push_back(Weight(c, i));
  }
  kernels.pack_panel(linear.matrix, weights.data(), k, kOutputs, aligned);
  linear.matrix.data = aligned;

  std::vector<float> x;
  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t i = 0; i < k; ++i) x.push_back(Input(r, i));
  }
  // 0xff bytes are NaN as floats: padding that nobody cleared shows.
  std::vector<uint8_t> buffer(static_cast<size_t>(PreparedBytes(format, kRows, 64)) + kLineBytes, 0xff);
  uint8_t* const start =
      buffer.data() + (kLineBytes - reinterpret_cast<uintptr_t>(buffer.data()) % kLineBytes) % kLineBytes;
  const PackedRows rows = LayOutPrepared(kernels, linear, x.data(), kRows, start);
  PrepareRows(kernels, linear, x.data(), 0, 2, rows);
  PrepareRows(kernels, linear, x.data(), 2, kRows, rows);

  std::vector<float> out(static_cast<size_t>(kRows * kOutputs));
  MatmulCall call{};
  call.weights = &linear.matrix;
  call.rows = &rows;
  call.panel_end = linear.matrix.panels;
  call.out = out.data();
  call.out_stride = kOutputs;
  call.out_columns = kOutputs;
  kernels.matmul[static_cast<size_t>(format)](call);
  for (int64_t r = 0; r < kRows; ++r) {
    for (int64_t c = 0; c < kOutputs; ++c) {
      double want = 0;
      double magnitude = 0;
      for (int64_t i = 0; i < k; ++i) {
        want += static_cast<double>(Weight(c, i)) * static_cast<double>(Input(r, i));
        magnitude += std::fabs(static_cast<double>(Weight(c, i)) * static_cast<double>(Input(r, i)));
      }
      ASSERT_NEAR(out[static_cast<size_t>(r * kOutputs + c)], want, tolerance * magnitude)
          << kernels.name << " format " << static_cast<int>(format) << " k " << k << " row " << r << " channel " << c;
    }
  }
}

TEST(PrepareTest, EveryTableGetsTheRowsThatItTakes) {
  for (const KernelTable* const kernels : SupportedKernels()) {
    for (const int64_t k : {1, 7, 8, 33, 64}) {
      ExpectProducts(*kernels, PackedFormat::kF32, k, false, 1e-6);
      ExpectProducts(*kernels, PackedFormat::kBf16, k, false, 0x1p-8);
      ExpectProducts(*kernels, PackedFormat::kBf16, k, true, 0x1p-15);
      ExpectProducts(*kernels, PackedFormat::kQ8, k, false, 0.02);
      ExpectProducts(*kernels, PackedFormat::kQ8, k, true, 0.01);
    }
  }
}

TEST(PrepareTest, FloatsWithoutPaddingAreNotCopied) {
  std::vector<float> x(2 * 8);
  std::vector<uint8_t> buffer(4096);
  for (const KernelTable* const kernels : SupportedKernels()) {
    Linear linear;
    linear.matrix = MakePackedShape(PackedFormat::kF32, kOutputs, 8, 0);
    EXPECT_EQ(LayOutPrepared(*kernels, linear, x.data(), 2, buffer.data()).f32, x.data());
    linear.matrix = MakePackedShape(PackedFormat::kBf16, kOutputs, 8, 0);
    const PackedRows rows = LayOutPrepared(*kernels, linear, x.data(), 2, buffer.data());
    EXPECT_EQ(rows.f32 == x.data(), kernels->float_rows) << kernels->name;
    EXPECT_EQ(rows.bf16_hi == nullptr, kernels->float_rows) << kernels->name;
  }
}

}  // namespace
}  // namespace reckon
