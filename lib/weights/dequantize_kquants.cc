// The "K" types: super-blocks of 256 elements in groups of 16 or 32 that have small integer scales of their own, which
// the super-block's halves scale in turn. The products are formed in ggml's order, so that results agree to the bit.
#include "weights/dequantize_blocks.h"

namespace reckon {
namespace {

// The 12 bytes that Q4_K and Q5_K pack eight 6-bit scales and eight 6-bit minimums into: bytes 0-3 scales 0-3, bytes
// 4-7 minimums 0-3 (low six bits each); bytes 8-11 the low nibbles of scales 4-7 and, above them, of minimums 4-7,
// whose upper two bits are the spare ones of bytes 0-7.
void UnpackScales(const uint8_t* packed, uint8_t* scale, uint8_t* minimum) {
  for (int i = 0; i < 4; ++i) {
    scale[i] = packed[i] & 63;
    minimum[i] = packed[i + 4] & 63;
    scale[i + 4] = static_cast<uint8_t>((packed[i + 8] & 15) | ((packed[i] >> 6) << 4));
    minimum[i + 4] = static_cast<uint8_t>((packed[i + 8] >> 4) | ((packed[i + 4] >> 6) << 4));
  }
}

}  // namespace

// 16 bytes (scale in the low nibble, minimum in the high one, for each group of 16), 64 bytes of 2-bit q, d, dmin
// (halves): (d * scale) * q - dmin * minimum. Each 32 bytes of q hold 128 elements: 32 in bits 0-1, the next 32 in bits
// 2-3...
void DequantizeQ2_K(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 84) {
    const uint8_t* scales = x;
    const float d = LoadHalf(x + 80);
    const float dmin = LoadHalf(x + 82);
    for (int group = 0; group < 16; ++group, y += 16) {
      const float scale = d * static_cast<float>(scales[group] & 15);
      const float minimum = dmin * static_cast<float>(scales[group] >> 4);
      const uint8_t* q = x + 16 + (group / 8) * 32 + (group % 2) * 16;
      const int shift = (group / 2 % 4) * 2;
      for (int i = 0; i < 16; ++i) y[i] = scale * static_cast<float>((q[i] >> shift) & 3) - minimum;
    }
  }
}

// 32 bytes of third bits, 64 bytes of 2-bit q (placed as in Q2_K), 12 bytes of sixteen 6-bit scales, d (half):
// (d * (scale - 32)) * (q - (third bit ? 0 : 4)). The third bit of element i is bit i / 32 of byte i % 32. Scales: the
// low nibbles of 0-7 and, above them, of 8-15 in bytes 0-7; the upper two bits of scale i in byte 8 + i % 4 at bit i /
// 4 * 2.
void DequantizeQ3_K(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 110) {
    const uint8_t* packed = x + 96;
    const float d = LoadHalf(x + 108);
    for (int group = 0; group < 16; ++group, y += 16) {
      const int low = group < 8 ? packed[group] & 15 : packed[group - 8] >> 4;
      const int high = (packed[8 + group % 4] >> (group / 4 * 2)) & 3;
      const float scale = d * static_cast<float>((low | (high << 4)) - 32);
      const uint8_t* q = x + 32 + (group / 8) * 32 + (group % 2) * 16;
      const uint8_t* third = x + (group % 2) * 16;
      const int shift = (group / 2 % 4) * 2;
      const int bit = group / 2;
      for (int i = 0; i < 16; ++i) {
        const int value = ((q[i] >> shift) & 3) | (((third[i] >> bit) & 1) << 2);
        y[i] = scale * static_cast<float>(value - 4);
      }
    }
  }
}

// d, dmin (halves), 12 bytes of scales, 128 bytes of nibbles: (d * scale) * q - dmin * minimum, groups of 32. Each 32
// bytes hold 64 elements: 32 in the low nibbles, then 32 in the high ones.
void DequantizeQ4_K(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 144) {
    const float d = LoadHalf(x);
    const float dmin = LoadHalf(x + 2);
    uint8_t scales[8];
    uint8_t minimums[8];
    UnpackScales(x + 4, scales, minimums);
    const uint8_t* q = x + 16;
    for (int group = 0; group < 8; group += 2, q += 32, y += 64) {
      const float d0 = d * static_cast<float>(scales[group]);
      const float m0 = dmin * static_cast<float>(minimums[group]);
      const float d1 = d * static_cast<float>(scales[group + 1]);
      const float m1 = dmin * static_cast<float>(minimums[group + 1]);
      for (int i = 0; i < 32; ++i) {
        y[i] = d0 * static_cast<float>(q[i] & 15) - m0;
        y[i + 32] = d1 * static_cast<float>(q[i] >> 4) - m1;
      }
    }
  }
}

// As Q4_K, with 32 bytes of fifth bits between scales and nibbles: that of element i is bit i / 32 of byte i % 32.
void DequantizeQ5_K(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 176) {
    const float d = LoadHalf(x);
    const float dmin = LoadHalf(x + 2);
    uint8_t scales[8];
    uint8_t minimums[8];
    UnpackScales(x + 4, scales, minimums);
    const uint8_t* fifth = x + 16;
    const uint8_t* q = x + 48;
    for (int group = 0; group < 8; group += 2, q += 32, y += 64) {
      const float d0 = d * static_cast<float>(scales[group]);
      const float m0 = dmin * static_cast<float>(minimums[group]);
      const float d1 = d * static_cast<float>(scales[group + 1]);
      const float m1 = dmin * static_cast<float>(minimums[group + 1]);
      for (int i = 0; i < 32; ++i) {
        const int high = fifth[i] >> group;
        y[i] = d0 * static_cast<float>((q[i] & 15) | ((high & 1) << 4)) - m0;
        y[i + 32] = d1 * static_cast<float>((q[i] >> 4) | ((high & 2) << 3)) - m1;
      }
    }
  }
}

// 128 bytes of low nibbles, 64 bytes of upper two bits, 16 signed scales for groups of 16, d (half):
// (d * scale) * (q - 32). Each half of 128 elements has 64 bytes of nibbles and 32 of upper bits; element i of a half
// is nibble i / 64 of byte i % 64, with bits i / 32 * 2 of byte i % 32.
void DequantizeQ6_K(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 210) {
    const float d = LoadHalf(x + 208);
    for (int group = 0; group < 16; ++group, y += 16) {
      const int half = group / 8;
      const int within = group % 8;  // group of 16 within the half
      const float scale = d * static_cast<float>(static_cast<int8_t>(x[192 + group]));
      const uint8_t* low = x + half * 64 + (within % 4) * 16;
      const uint8_t* high = x + 128 + half * 32 + (within % 2) * 16;
      const int low_shift = within / 4 * 4;
      const int high_shift = within / 2 * 2;
      // By way of an array that nothing else can point at, since y might be x: compilers make vectors of both loops.
      int8_t values[16];
      for (int i = 0; i < 16; ++i) {
        const int value = ((low[i] >> low_shift) & 15) | (((high[i] >> high_shift) & 3) << 4);
        values[i] = static_cast<int8_t>(value - 32);
      }
      for (int i = 0; i < 16; ++i) y[i] = scale * static_cast<float>(values[i]);
    }
  }
}

// d (half), 16 bits with the upper two bits of eight scales, 4 bytes with their low nibbles, 128 bytes of nibbles:
// (d * (scale - 32)) * kIq4Values[q], groups of 32, each with elements 0-15 in the low nibbles of 16 bytes.
void DequantizeIQ4_XS(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 136) {
    const float d = LoadHalf(x);
    const int high = x[2] | (x[3] << 8);
    const uint8_t* q = x + 8;
    for (int group = 0; group < 8; ++group, q += 16, y += 32) {
      const int low = (x[4 + group / 2] >> (group % 2 * 4)) & 15;
      const float scale = d * static_cast<float>((low | ((high >> (2 * group) & 3) << 4)) - 32);
      for (int i = 0; i < 16; ++i) {
        y[i] = scale * static_cast<float>(kIq4Values[q[i] & 15]);
        y[i + 16] = scale * static_cast<float>(kIq4Values[q[i] >> 4]);
      }
    }
  }
}

}  // namespace reckon
