// The table for any CPU: plain loops over 16 lanes that a compiler may vectorize with what the baseline has.
#include "kernels/isa/common.inc"

namespace reckon {
namespace {

struct F {
  float v[16];
};
struct I {
  int32_t v[16];
};

#define RECKON_LANES for (int lane = 0; lane < 16; ++lane)

inline F Set(float x) {
  F out;
  RECKON_LANES out.v[lane] = x;
  return out;
}
inline F Zero() { return Set(0.0f); }
inline F Load(const float* p) {
  F out;
  __builtin_memcpy(out.v, p, sizeof(out.v));
  return out;
}
inline void Store(float* p, F a) { __builtin_memcpy(p, a.v, sizeof(a.v)); }
inline F LoadN(const float* p, int64_t n) {
  F out;
  RECKON_LANES out.v[lane] = lane < n ? p[lane] : 0.0f;
  return out;
}
inline void StoreN(float* p, F a, int64_t n) {
  for (int64_t lane = 0; lane < n && lane < 16; ++lane) p[lane] = a.v[lane];
}

#define RECKON_BINARY(name, expression) \
  inline F name(F a, F b) {             \
    F out;                              \
    RECKON_LANES {                      \
      const float x = a.v[lane];        \
      const float y = b.v[lane];        \
      out.v[lane] = (expression);       \
    }                                   \
    return out;                         \
  }
RECKON_BINARY(Add, x + y)
RECKON_BINARY(Sub, x - y)
RECKON_BINARY(Mul, x* y)
RECKON_BINARY(Div, x / y)
RECKON_BINARY(Max, x > y ? x : y)
RECKON_BINARY(Min, x < y ? x : y)
#undef RECKON_BINARY

// The baseline has no fused multiply-add; this is the only primitive whose result differs from the other tables.
inline F Fma(F a, F b, F c) { return Add(Mul(a, b), c); }
inline F Abs(F a) {
  RECKON_LANES a.v[lane] = __builtin_fabsf(a.v[lane]);
  return a;
}
inline F SelectLess(F a, F b, F yes, F no) {
  RECKON_LANES no.v[lane] = a.v[lane] < b.v[lane] ? yes.v[lane] : no.v[lane];
  return no;
}

// Adding 1.5 * 2^23 pushes the fraction out of the mantissa, rounding to nearest even; exact for |x| < 2^22.
inline F RoundEven(F a) {
  RECKON_LANES {
    const float shifted = a.v[lane] + 12582912.0f;
    a.v[lane] = shifted - 12582912.0f;
  }
  return a;
}
inline I ToInt(F a) {
  I out;
  RECKON_LANES {
    const float shifted = a.v[lane] + 12582912.0f;
    int32_t bits;
    __builtin_memcpy(&bits, &shifted, 4);
    out.v[lane] = bits - 0x4b400000;
  }
  return out;
}
inline F ToFloat(I a) {
  F out;
  RECKON_LANES out.v[lane] = static_cast<float>(a.v[lane]);
  return out;
}
inline I SetI(int32_t x) {
  I out;
  RECKON_LANES out.v[lane] = x;
  return out;
}
inline I AddI(I a, I b) {
  RECKON_LANES a.v[lane] += b.v[lane];
  return a;
}
inline I SubI(I a, I b) {
  RECKON_LANES a.v[lane] -= b.v[lane];
  return a;
}
template <int kBits>
inline I ShiftLeft(I a) {
  RECKON_LANES a.v[lane] = static_cast<int32_t>(static_cast<uint32_t>(a.v[lane]) << kBits);
  return a;
}
template <int kBits>
inline I ShiftRight(I a) {
  RECKON_LANES a.v[lane] >>= kBits;
  return a;
}
inline F Bits(I a) {
  F out;
  __builtin_memcpy(&out, &a, sizeof(out));
  return out;
}
inline void StoreS8(int8_t* p, I a) { RECKON_LANES p[lane] = static_cast<int8_t>(a.v[lane]); }

inline float ReduceAdd(F a) {
  for (int width = 8; width > 0; width /= 2) {
    for (int lane = 0; lane < width; ++lane) a.v[lane] += a.v[lane + width];
  }
  return a.v[0];
}
inline float ReduceMax(F a) {
  float best = a.v[0];
  RECKON_LANES best = a.v[lane] > best ? a.v[lane] : best;
  return best;
}
inline int32_t ReduceAddI(I a) {
  int32_t sum = 0;
  RECKON_LANES sum += a.v[lane];
  return sum;
}

inline F RoundBf16(F a) {
  RECKON_LANES a.v[lane] = ScalarFromBf16(ScalarToBf16(a.v[lane]));
  return a;
}
inline void StoreHigh(uint16_t* p, F a) { RECKON_LANES p[lane] = ScalarTruncateBf16(a.v[lane]); }
inline void LoadPairs(const uint16_t* p, F* even, F* odd) {
  RECKON_LANES {
    even->v[lane] = ScalarFromBf16(p[2 * lane]);
    odd->v[lane] = ScalarFromBf16(p[2 * lane + 1]);
  }
}
inline void LoadPairs(const float* p, F* even, F* odd) {
  RECKON_LANES {
    even->v[lane] = p[2 * lane];
    odd->v[lane] = p[2 * lane + 1];
  }
}
inline void LoadPairs(const int8_t* p, F* even, F* odd) {
  RECKON_LANES {
    even->v[lane] = static_cast<float>(p[2 * lane]);
    odd->v[lane] = static_cast<float>(p[2 * lane + 1]);
  }
}
inline void StorePairs(uint16_t* p, F even, F odd) {
  RECKON_LANES {
    p[2 * lane] = ScalarTruncateBf16(even.v[lane]);
    p[2 * lane + 1] = ScalarTruncateBf16(odd.v[lane]);
  }
}
inline void StoreHalf(uint16_t* p, F a) { RECKON_LANES p[lane] = ScalarToHalf(a.v[lane]); }
inline F LoadHalf(const uint16_t* p) {
  F out;
  RECKON_LANES out.v[lane] = ScalarFromHalf(p[lane]);
  return out;
}

// acc += u8 weights . s8 inputs, four at a time.
inline I Dot(I acc, const uint8_t* line, const int8_t* x) {
  RECKON_LANES {
    acc.v[lane] +=
        line[4 * lane] * x[0] + line[4 * lane + 1] * x[1] + line[4 * lane + 2] * x[2] + line[4 * lane + 3] * x[3];
  }
  return acc;
}
#undef RECKON_LANES

inline constexpr int kF32Rows = 2;  // rows and panels of the largest register tile
inline constexpr int kF32Panels = 1;
inline constexpr int32_t kStartBias = 0;
inline constexpr int kDotRows = 2;
inline constexpr int kRegisterSums = 0;
inline constexpr bool kWideWords = false;
inline constexpr bool kStartLast = false;
inline constexpr int kDotPanels = 1;
inline constexpr int kSmallPanels = 1;  // panels read at once when there are one or two rows
inline constexpr int kAttentionQueries = 2;
inline constexpr bool kReadsNibbles = false;
inline constexpr int kAttentionVectors = 1;
inline constexpr bool kCentersBytes = false;

// acc += weights times inputs of one group, for R rows and P panels.
template <int R, int P, bool kNibbles, bool kPacked>
inline void DotGroup(const uint8_t* const* lines, RowCursor x, int quads, I (&acc)[R][P]) {
  for (int r = 0; r < R; ++r) {
    for (int p = 0; p < P; ++p) {
      for (int i = 0; i < quads; ++i) {
        acc[r][p] = Dot(acc[r][p], lines[p] + i * 64, (x.base + r * x.stride) + i * 4);
      }
    }
  }
}

inline void ExpandNibbles(const uint8_t* line, uint8_t* out) {
  for (int i = 0; i < 64; ++i) {
    out[i] = line[i] & 15;
    out[64 + i] = line[i] >> 4;
  }
}

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kGenericTable = MakeTable("generic");
}  // namespace reckon
