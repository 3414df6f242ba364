// The one layout in which a linear layer's weights are held, for every instruction set and every number of rows.
//
// A matrix W [n, k] (n output channels, k inputs) is cut into panels of 16 output channels; a panel is contiguous:
//
//   f32   k lines of 16 floats:              line i    = W[16p..16p+15][i]
//   bf16  k/2 lines of 16 pairs:             line i    = W[16p+c][2i], W[16p+c][2i+1]        for c = 0..15
//   q8    k/4 lines of 16 quads of bytes:    line i    = u8 W[16p+c][4i..4i+3]               (value - 128) * scale
//   q4    k/8 lines of 16 quads of bytes:    line i    = low nibbles  W[16p+c][8i..8i+3],
//                                                        high nibbles W[16p+c][8i+4..8i+7]   (value - 8) * scale
//
// A line is 64 bytes: one zmm, two ymm or four NEON registers, and what one dot-product instruction per register eats.
// q8 and q4 are followed, at scales_offset inside the panel, by one line of 16 fp16 scales (32 bytes) for each `group`
// consecutive inputs. k is padded with zero weights to a multiple of the group (quantized) or of 2 (bf16), n to 16.
//
// Checkpoints that come quantized have grids of their own, which q8 and q4 hold without rounding anything again: then
// the scales are followed, at zeros_offset, by as many fp16 numbers that say where each group's zero is (PackedZero).
#ifndef RECKON_LIB_KERNELS_PACKED_MATRIX_H_
#define RECKON_LIB_KERNELS_PACKED_MATRIX_H_

#include <stdint.h>

namespace reckon {

inline constexpr int kPanelChannels = 16;
inline constexpr int kLineBytes = 64;

enum class PackedFormat : uint8_t { kF32 = 0, kBf16 = 1, kQ8 = 2, kQ4 = 3 };
inline constexpr int kPackedFormats = 4;

// What the value of a q8 or q4 weight is counted from.
enum class PackedZero : uint8_t {
  kCenter = 0,   // (value - 128 or 8) * scale; no numbers are stored
  kPoint = 1,    // (value - zero) * scale, zero a whole number: AWQ, GPTQ
  kMinimum = 2,  // value * scale + zero: GGUF's Q4_1
};

// A view: owns nothing. Plain data, because the kernel files include it (see kernel_table.h for what they may include).
struct PackedMatrix {
  PackedFormat format;
  int32_t group;  // inputs that share a scale: 32 or 64; 0 for f32 and bf16
  int64_t n;      // output channels, without padding
  int64_t k;      // inputs, without padding
  int64_t k_padded;
  int64_t panels;         // ceil(n / 16)
  int64_t panel_stride;   // bytes from panel to panel, a multiple of 64
  int64_t scales_offset;  // bytes from a panel's start to its scales; 0 for f32 and bf16
  PackedZero zero;        // kCenter for f32 and bf16
  int64_t zeros_offset;   // bytes from a panel's start to its zeros; 0 for kCenter
  const uint8_t* data;    // 64-byte aligned, panels * panel_stride bytes
};

// The shape of a matrix without data (data == nullptr). group and zero are ignored for f32 and bf16.
inline PackedMatrix MakePackedShape(PackedFormat format, int64_t n, int64_t k, int32_t group,
                                    PackedZero zero = PackedZero::kCenter) {
  PackedMatrix matrix{};
  matrix.format = format;
  matrix.n = n;
  matrix.k = k;
  matrix.panels = (n + kPanelChannels - 1) / kPanelChannels;
  const bool quantized = format == PackedFormat::kQ8 || format == PackedFormat::kQ4;
  matrix.group = quantized ? group : 0;
  const int64_t multiple = quantized ? group : format == PackedFormat::kBf16 ? 2 : 1;
  matrix.k_padded = (k + multiple - 1) / multiple * multiple;
  int64_t bytes = 0;
  switch (format) {
    case PackedFormat::kF32:
      bytes = matrix.k_padded * kLineBytes;
      break;
    case PackedFormat::kBf16:
      bytes = matrix.k_padded / 2 * kLineBytes;
      break;
    case PackedFormat::kQ8:
      bytes = matrix.k_padded / 4 * kLineBytes;
      break;
    case PackedFormat::kQ4:
      bytes = matrix.k_padded / 8 * kLineBytes;
      break;
  }
  if (quantized) {
    matrix.scales_offset = bytes;
    bytes += matrix.k_padded / group * (kPanelChannels * 2);
    matrix.zero = zero;
    if (zero != PackedZero::kCenter) {
      matrix.zeros_offset = bytes;
      bytes += matrix.k_padded / group * (kPanelChannels * 2);
    }
  }
  matrix.panel_stride = (bytes + kLineBytes - 1) / kLineBytes * kLineBytes;
  return matrix;
}

// What is added to a quantized weight to store it unsigned.
inline int32_t ZeroPoint(PackedFormat format) { return format == PackedFormat::kQ4 ? 8 : 128; }

inline int64_t PackedBytes(const PackedMatrix& matrix) { return matrix.panels * matrix.panel_stride; }

}  // namespace reckon

#endif  // RECKON_LIB_KERNELS_PACKED_MATRIX_H_
