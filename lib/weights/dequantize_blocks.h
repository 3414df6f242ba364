// One function for each block type of GGUF: `blocks` blocks from x, unaligned, to floats at y. The layouts are ggml's
// (ggml-common.h, block_q4_0 and so on); fields are described beside the functions in their order on disk. All scales
// are little-endian IEEE halves.
#ifndef RECKON_LIB_WEIGHTS_DEQUANTIZE_BLOCKS_H_
#define RECKON_LIB_WEIGHTS_DEQUANTIZE_BLOCKS_H_

#include <cstdint>

#include "base/half.h"

namespace reckon {

inline float LoadHalf(const uint8_t* x) { return HalfToFloat(static_cast<uint16_t>(x[0] | (x[1] << 8))); }

// Blocks of 32 elements.
void DequantizeQ4_0(const uint8_t* x, int64_t blocks, float* y);
void DequantizeQ4_1(const uint8_t* x, int64_t blocks, float* y);
void DequantizeQ5_0(const uint8_t* x, int64_t blocks, float* y);
void DequantizeQ5_1(const uint8_t* x, int64_t blocks, float* y);
void DequantizeQ8_0(const uint8_t* x, int64_t blocks, float* y);
void DequantizeIQ4_NL(const uint8_t* x, int64_t blocks, float* y);

// The 16 values that the nibbles of IQ4_NL and IQ4_XS stand for.
inline constexpr int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

// Super-blocks of 256 elements.
void DequantizeQ2_K(const uint8_t* x, int64_t blocks, float* y);
void DequantizeQ3_K(const uint8_t* x, int64_t blocks, float* y);
void DequantizeQ4_K(const uint8_t* x, int64_t blocks, float* y);
void DequantizeQ5_K(const uint8_t* x, int64_t blocks, float* y);
void DequantizeQ6_K(const uint8_t* x, int64_t blocks, float* y);
void DequantizeIQ4_XS(const uint8_t* x, int64_t blocks, float* y);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_DEQUANTIZE_BLOCKS_H_
