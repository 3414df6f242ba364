#include "weights/dequantize.h"

#include <bit>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "weights/dequantize_blocks.h"

namespace reckon {
namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian and are read in place");

// Branch-free, so that compilers make vectors of it (HalfToFloat branches). Every intermediate is a normal float: a
// host that flushes subnormals to zero changes nothing.
float HalfToFloatInLoop(uint32_t half) {
  const uint32_t magnitude = half & 0x7fffu;
  const uint32_t normal = (magnitude << 13) + (magnitude >= 0x7c00u ? 0x70000000u : 0x38000000u);
  const float subnormal = static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24f;
  const uint32_t bits = magnitude < 0x400u ? std::bit_cast<uint32_t>(subnormal) : normal;
  return std::bit_cast<float>(bits | (half & 0x8000u) << 16);
}

void ConvertF16(const uint8_t* x, int64_t count, float* y) {
  for (int64_t i = 0; i < count; ++i) {
    uint16_t half;
    std::memcpy(&half, x + 2 * i, 2);
    y[i] = HalfToFloatInLoop(half);
  }
}

void ConvertBf16(const uint8_t* x, int64_t count, float* y) {
  for (int64_t i = 0; i < count; ++i) {
    uint16_t half;
    std::memcpy(&half, x + 2 * i, 2);
    y[i] = Bf16ToFloat(half);
  }
}

void ConvertF64(const uint8_t* x, int64_t count, float* y) {
  for (int64_t i = 0; i < count; ++i) {
    double value;
    std::memcpy(&value, x + 8 * i, 8);
    y[i] = static_cast<float>(value);
  }
}

void CopyF32(const uint8_t* x, int64_t count, float* y) {
  if (count > 0) std::memcpy(y, x, static_cast<size_t>(count) * sizeof(float));
}

using Converter = void (*)(const uint8_t* x, int64_t blocks, float* y);

Converter ConverterOf(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return CopyF32;
    case DType::kF16:
      return ConvertF16;
    case DType::kBF16:
      return ConvertBf16;
    case DType::kF64:
      return ConvertF64;
    case DType::kQ4_0:
      return DequantizeQ4_0;
    case DType::kQ4_1:
      return DequantizeQ4_1;
    case DType::kQ5_0:
      return DequantizeQ5_0;
    case DType::kQ5_1:
      return DequantizeQ5_1;
    case DType::kQ8_0:
      return DequantizeQ8_0;
    case DType::kQ2_K:
      return DequantizeQ2_K;
    case DType::kQ3_K:
      return DequantizeQ3_K;
    case DType::kQ4_K:
      return DequantizeQ4_K;
    case DType::kQ5_K:
      return DequantizeQ5_K;
    case DType::kQ6_K:
      return DequantizeQ6_K;
    case DType::kIQ4_NL:
      return DequantizeIQ4_NL;
    case DType::kIQ4_XS:
      return DequantizeIQ4_XS;
    default:
      return nullptr;
  }
}

}  // namespace

bool CanDequantize(DType dtype) { return ConverterOf(dtype) != nullptr; }

absl::Status DequantizeRow(DType dtype, absl::Span<const uint8_t> bytes, absl::Span<float> out) {
  const DTypeInfo& info = InfoOf(dtype);
  const Converter convert = ConverterOf(dtype);
  if (convert == nullptr) return absl::UnimplementedError(absl::StrCat("weights of type ", info.name, " are not read"));
  const int64_t count = static_cast<int64_t>(out.size());
  const int64_t blocks = count / info.block_elements;
  if (blocks * info.block_elements != count || static_cast<int64_t>(bytes.size()) != blocks * info.block_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(bytes.size(), " bytes of type ", info.name, " are not ", count, " elements"));
  }
  convert(bytes.data(), blocks, out.data());
  return absl::OkStatus();
}

}  // namespace reckon
