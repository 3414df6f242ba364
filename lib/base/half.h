// bfloat16 and IEEE binary16 ("half") conversions, round to nearest even, one element at a time. The kernels convert
// whole rows with the CPU's own instructions; these are for checkpoints, tests and machines without them.
#ifndef RECKON_LIB_BASE_HALF_H_
#define RECKON_LIB_BASE_HALF_H_

#include <bit>
#include <cstdint>

namespace reckon {

inline float Bf16ToFloat(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

// NaN stays NaN (made quiet); values beyond the largest bfloat16 become infinity, as IEEE rounding asks.
inline uint16_t FloatToBf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

float HalfToFloat(uint16_t bits);
uint16_t FloatToHalf(float value);

}  // namespace reckon

#endif  // RECKON_LIB_BASE_HALF_H_
