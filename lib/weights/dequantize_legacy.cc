// The block types of 32 elements. Four- and five-bit types keep elements 0..15 in the low nibbles of 16 bytes
// and 16..31 in the high ones; the fifth bits are one 32-bit word, element i at bit i.
#include <cstring>

#include "weights/dequantize_blocks.h"

namespace reckon {
namespace {

constexpr int kBlock = 32;
constexpr int kHalf = kBlock / 2;

// The fifth bits as 32 bytes of 0 or 16. Eight at a time: a byte is copied to all bytes of a word, each keeps its own
// bit, and adding 127 carries any bit that is left to the top.
void SpreadFifthBits(const uint8_t* bits, uint8_t* out) {
  for (int i = 0; i < 4; ++i) {
    const uint64_t own = (bits[i] * uint64_t{0x0101010101010101}) & uint64_t{0x8040201008040201};
    const uint64_t sixteens = ((own + uint64_t{0x7f7f7f7f7f7f7f7f}) >> 3) & uint64_t{0x1010101010101010};
    std::memcpy(out + 8 * i, &sixteens, sizeof(sixteens));
  }
}

}  // namespace

// d (half), 16 bytes of nibbles: d * (q - 8).
void DequantizeQ4_0(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 18, y += kBlock) {
    const float d = LoadHalf(x);
    const uint8_t* q = x + 2;
    for (int i = 0; i < kHalf; ++i) {
      y[i] = d * static_cast<float>((q[i] & 15) - 8);
      y[i + kHalf] = d * static_cast<float>((q[i] >> 4) - 8);
    }
  }
}

// d, m (halves), 16 bytes of nibbles: d * q + m.
void DequantizeQ4_1(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 20, y += kBlock) {
    const float d = LoadHalf(x);
    const float m = LoadHalf(x + 2);
    const uint8_t* q = x + 4;
    for (int i = 0; i < kHalf; ++i) {
      y[i] = d * static_cast<float>(q[i] & 15) + m;
      y[i + kHalf] = d * static_cast<float>(q[i] >> 4) + m;
    }
  }
}

// d (half), fifth bits, 16 bytes of nibbles: d * (q - 16).
void DequantizeQ5_0(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 22, y += kBlock) {
    const float d = LoadHalf(x);
    uint8_t fifth[kBlock];
    SpreadFifthBits(x + 2, fifth);
    const uint8_t* q = x + 6;
    for (int i = 0; i < kHalf; ++i) {
      y[i] = d * static_cast<float>(((q[i] & 15) | fifth[i]) - 16);
      y[i + kHalf] = d * static_cast<float>(((q[i] >> 4) | fifth[i + kHalf]) - 16);
    }
  }
}

// d, m (halves), fifth bits, 16 bytes of nibbles: d * q + m.
void DequantizeQ5_1(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 24, y += kBlock) {
    const float d = LoadHalf(x);
    const float m = LoadHalf(x + 2);
    uint8_t fifth[kBlock];
    SpreadFifthBits(x + 4, fifth);
    const uint8_t* q = x + 8;
    for (int i = 0; i < kHalf; ++i) {
      y[i] = d * static_cast<float>((q[i] & 15) | fifth[i]) + m;
      y[i + kHalf] = d * static_cast<float>((q[i] >> 4) | fifth[i + kHalf]) + m;
    }
  }
}

// d (half), 32 signed bytes: d * q.
void DequantizeQ8_0(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 34, y += kBlock) {
    const float d = LoadHalf(x);
    for (int i = 0; i < kBlock; ++i) y[i] = d * static_cast<float>(static_cast<int8_t>(x[2 + i]));
  }
}

// d (half), 16 bytes of nibbles: d * kIq4Values[q].
void DequantizeIQ4_NL(const uint8_t* x, int64_t blocks, float* y) {
  for (int64_t b = 0; b < blocks; ++b, x += 18, y += kBlock) {
    const float d = LoadHalf(x);
    const uint8_t* q = x + 2;
    for (int i = 0; i < kHalf; ++i) {
      y[i] = d * static_cast<float>(kIq4Values[q[i] & 15]);
      y[i + kHalf] = d * static_cast<float>(kIq4Values[q[i] >> 4]);
    }
  }
}

}  // namespace reckon
