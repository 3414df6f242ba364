#include "decoder/prepare.h"

#include <algorithm>

namespace reckon {
namespace {

constexpr int64_t kSmallestGroup = 32;

int64_t Aligned(int64_t bytes) { return (bytes + kLineBytes - 1) / kLineBytes * kLineBytes; }

// Copies m rows of k values to rows of k_padded.
void PadRows(const float* x, int64_t k, int64_t m, int64_t k_padded, float* out) {
  for (int64_t r = 0; r < m; ++r) {
    float* const row = out + r * k_padded;
    std::fill(std::copy(x + r * k, x + (r + 1) * k, row), row + k_padded, 0.0f);
  }
}

}  // namespace

int64_t PreparedBytes(PackedFormat format, int64_t rows, int64_t width) {
  switch (format) {
    case PackedFormat::kF32:
      return 0;
    case PackedFormat::kBf16:
      return 2 * Aligned(rows * width * 2);
    case PackedFormat::kQ8:
    case PackedFormat::kQ4:
      return 2 * Aligned(rows * width) + 2 * Aligned(rows * (width / kSmallestGroup) * 4);
  }
  return 0;
}

PackedRows LayOutPrepared(const KernelTable& kernels, const Linear& linear, const float* x, int64_t rows,
                          uint8_t* buffer) {
  PackedRows prepared{};
  prepared.m = rows;
  prepared.k_padded = linear.matrix.k_padded;
  const auto take = [&buffer](int64_t bytes) {
    uint8_t* const taken = buffer;
    buffer += Aligned(bytes);
    return taken;
  };
  const int64_t elements = rows * prepared.k_padded;
  switch (linear.matrix.format) {
    case PackedFormat::kF32:
      prepared.f32 = x;
      break;
    case PackedFormat::kBf16:
      if (kernels.float_rows) {
        prepared.f32 = prepared.k_padded == linear.matrix.k ? x : reinterpret_cast<float*>(take(elements * 4));
        break;
      }
      prepared.bf16_hi = reinterpret_cast<uint16_t*>(take(elements * 2));
      if (linear.wide) prepared.bf16_lo = reinterpret_cast<uint16_t*>(take(elements * 2));
      break;
    case PackedFormat::kQ8:
    case PackedFormat::kQ4: {
      const int64_t groups = rows * (prepared.k_padded / linear.matrix.group);
      prepared.q_hi = reinterpret_cast<int8_t*>(take(elements));
      if (linear.wide) prepared.q_lo = reinterpret_cast<int8_t*>(take(elements));
      prepared.scale = reinterpret_cast<float*>(take(groups * 4));
      prepared.start = reinterpret_cast<int32_t*>(take(groups * 4));
      break;
    }
  }
  return prepared;
}

void PrepareRows(const KernelTable& kernels, const Linear& linear, const float* x, int64_t begin, int64_t end,
                 const PackedRows& rows) {
  const PackedMatrix& matrix = linear.matrix;
  const float* const first = x + begin * matrix.k;
  const int64_t count = end - begin;
  const int64_t skipped = begin * matrix.k_padded;
  switch (matrix.format) {
    case PackedFormat::kF32:
      break;
    case PackedFormat::kBf16:
      if (kernels.float_rows) {
        if (rows.f32 != x) PadRows(first, matrix.k, count, matrix.k_padded, const_cast<float*>(rows.f32) + skipped);
        break;
      }
      kernels.round_rows(first, matrix.k, count, matrix.k, matrix.k_padded,
                         const_cast<uint16_t*>(rows.bf16_hi) + skipped,
                         rows.bf16_lo == nullptr ? nullptr : const_cast<uint16_t*>(rows.bf16_lo) + skipped);
      break;
    case PackedFormat::kQ8:
    case PackedFormat::kQ4: {
      const int64_t groups = begin * (matrix.k_padded / matrix.group);
      kernels.quantize_rows(first, matrix.k, count, matrix.k, matrix.k_padded, matrix.group, ZeroPoint(matrix.format),
                            const_cast<int8_t*>(rows.q_hi) + skipped,
                            rows.q_lo == nullptr ? nullptr : const_cast<int8_t*>(rows.q_lo) + skipped,
                            const_cast<float*>(rows.scale) + groups, const_cast<int32_t*>(rows.start) + groups);
      break;
    }
  }
}

}  // namespace reckon
