// AVX2 with FMA and F16C: 16 lanes in two registers. Haswell and Zen onwards.
#include <immintrin.h>

#include "kernels/isa/common.inc"

namespace reckon {
namespace {

struct F {
  __m256 lo, hi;
};
struct I {
  __m256i lo, hi;
};

inline F Set(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline F Zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
inline F Load(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline void Store(float* p, F a) {
  _mm256_storeu_ps(p, a.lo);
  _mm256_storeu_ps(p + 8, a.hi);
}
// Lanes first..first+7 that are below n.
inline __m256i LanesBelow(int64_t n, int first) {
  const int bound = n > 16 ? 16 : static_cast<int>(n);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(bound - first), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline F LoadN(const float* p, int64_t n) {
  return {_mm256_maskload_ps(p, LanesBelow(n, 0)), _mm256_maskload_ps(p + 8, LanesBelow(n, 8))};
}
inline void StoreN(float* p, F a, int64_t n) {
  _mm256_maskstore_ps(p, LanesBelow(n, 0), a.lo);
  _mm256_maskstore_ps(p + 8, LanesBelow(n, 8), a.hi);
}
inline F Add(F a, F b) { return {_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)}; }
inline F Sub(F a, F b) { return {_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)}; }
inline F Mul(F a, F b) { return {_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)}; }
inline F Div(F a, F b) { return {_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)}; }
inline F Max(F a, F b) { return {_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)}; }
inline F Min(F a, F b) { return {_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)}; }
inline F Abs(F a) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return {_mm256_andnot_ps(sign, a.lo), _mm256_andnot_ps(sign, a.hi)};
}
inline F Fma(F a, F b, F c) { return {_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)}; }
inline F SelectLess(F a, F b, F yes, F no) {
  return {_mm256_blendv_ps(no.lo, yes.lo, _mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ)),
          _mm256_blendv_ps(no.hi, yes.hi, _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ))};
}
inline F RoundEven(F a) {
  constexpr int kMode = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
  return {_mm256_round_ps(a.lo, kMode), _mm256_round_ps(a.hi, kMode)};
}
// Rounding first makes the conversion exact, whatever rounding mode the host has set.
inline I ToInt(F a) {
  const F rounded = RoundEven(a);
  return {_mm256_cvtps_epi32(rounded.lo), _mm256_cvtps_epi32(rounded.hi)};
}
inline F ToFloat(I a) { return {_mm256_cvtepi32_ps(a.lo), _mm256_cvtepi32_ps(a.hi)}; }
inline I SetI(int32_t x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
inline I AddI(I a, I b) { return {_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)}; }
inline I SubI(I a, I b) { return {_mm256_sub_epi32(a.lo, b.lo), _mm256_sub_epi32(a.hi, b.hi)}; }
template <int kBits>
inline I ShiftLeft(I a) {
  return {_mm256_slli_epi32(a.lo, kBits), _mm256_slli_epi32(a.hi, kBits)};
}
template <int kBits>
inline I ShiftRight(I a) {
  return {_mm256_srai_epi32(a.lo, kBits), _mm256_srai_epi32(a.hi, kBits)};
}
inline F Bits(I a) { return {_mm256_castsi256_ps(a.lo), _mm256_castsi256_ps(a.hi)}; }
inline I AsInt(F a) { return {_mm256_castps_si256(a.lo), _mm256_castps_si256(a.hi)}; }
// The low bytes of the lanes, which must be -128..255.
inline void StoreS8(int8_t* p, I a) {
  const __m256i byte = _mm256_set1_epi32(0xff);
  // Packing works in halves of a register: lanes 0-3, 8-11, 4-7, 12-15, which the permutation mends.
  const __m256i words = _mm256_packus_epi32(_mm256_and_si256(a.lo, byte), _mm256_and_si256(a.hi, byte));
  const __m256i ordered = _mm256_permute4x64_epi64(words, 0xd8);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p),
                   _mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1)));
}
inline float ReduceAdd(F a) {
  const __m256 eight = _mm256_add_ps(a.lo, a.hi);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
inline float ReduceMax(F a) {
  const __m256 eight = _mm256_max_ps(a.lo, a.hi);
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}
inline int32_t ReduceAddI(I a) {
  const __m256i eight = _mm256_add_epi32(a.lo, a.hi);
  const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
  const __m128i two = _mm_add_epi32(four, _mm_unpackhi_epi64(four, four));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 1)));
}

inline __m256i RoundBf16Bits(__m256 a) {
  const __m256i bits = _mm256_castps_si256(a);
  const __m256i upper = _mm256_set1_epi32(-0x10000);
  const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
  const __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
  const __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(a, a, _CMP_UNORD_Q));
  return _mm256_and_si256(_mm256_blendv_epi8(rounded, quiet, nan), upper);
}
inline F RoundBf16(F a) { return Bits({RoundBf16Bits(a.lo), RoundBf16Bits(a.hi)}); }
inline void StoreHigh(uint16_t* p, F a) {
  const I bits = AsInt(a);
  const __m256i words = _mm256_packus_epi32(_mm256_srli_epi32(bits.lo, 16), _mm256_srli_epi32(bits.hi, 16));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm256_permute4x64_epi64(words, 0xd8));
}
inline __m256i LoadBytes(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
inline __m128i LoadHalves(const uint16_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
inline F LoadBf16(const uint16_t* p) {
  return Bits(ShiftLeft<16>({_mm256_cvtepu16_epi32(LoadHalves(p)), _mm256_cvtepu16_epi32(LoadHalves(p + 8))}));
}
inline void LoadPairs(const uint16_t* p, F* even, F* odd) {
  const I pairs = {LoadBytes(p), LoadBytes(p + 16)};
  const __m256i upper = _mm256_set1_epi32(-0x10000);
  *even = Bits(ShiftLeft<16>(pairs));
  *odd = Bits({_mm256_and_si256(pairs.lo, upper), _mm256_and_si256(pairs.hi, upper)});
}
inline __m256 PairElements(__m256 a, __m256 b, bool second) {
  const __m256 mixed = second ? _mm256_shuffle_ps(a, b, 0xdd) : _mm256_shuffle_ps(a, b, 0x88);
  return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(mixed), 0xd8));
}
inline void LoadPairs(const float* p, F* even, F* odd) {
  const F a = Load(p);
  const F b = Load(p + 16);
  *even = {PairElements(a.lo, a.hi, false), PairElements(b.lo, b.hi, false)};
  *odd = {PairElements(a.lo, a.hi, true), PairElements(b.lo, b.hi, true)};
}
inline F LoadHalf(const uint16_t* p) { return {_mm256_cvtph_ps(LoadHalves(p)), _mm256_cvtph_ps(LoadHalves(p + 8))}; }

inline constexpr int kF32Rows = 6;
inline constexpr int kF32Panels = 1;
inline constexpr int kDotRows = 4;
inline constexpr int kDotPanels = 1;
inline constexpr int kSmallPanels = 2;
inline constexpr int kAttentionQueries = 6;
inline constexpr bool kReadsNibbles = true;
inline constexpr int kAttentionVectors = 1;
inline constexpr bool kCentersBytes = true;

inline __m256i BroadcastQuad(const int8_t* x) {
  int32_t quad;
  __builtin_memcpy(&quad, x, 4);
  return _mm256_set1_epi32(quad);
}

// Half a line of quad u of those from `line` on: of bytes, or of nibbles.
template <bool kPacked>
RECKON_INLINE __m256i LoadQuads(const uint8_t* line, int u, int half) {
  if constexpr (!kPacked) return LoadBytes(line + u * kLineBytes + half);
  const __m256i bytes = LoadBytes(line + u / 2 * kLineBytes + half);
  return _mm256_and_si256(u % 2 == 0 ? bytes : _mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

// Weights below 16: sums of 16 products of at most 15 * 128 stay in 16 bits, so 32 inputs are added before widening.
template <bool kPacked, int R>
RECKON_INLINE void DotNibbles(const uint8_t* line, RowCursor x, int quads, I (&acc)[R]) {
  const __m256i ones = _mm256_set1_epi16(1);
  RowPointers<int8_t, R> rows(x);
  for (int i = 0; i < quads; i += 8) {
    I sums[R];
    Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { sums[r] = SetI(0); });
    Unroll<8>([&](auto u) RECKON_INLINE_LAMBDA {
      const __m256i lo = LoadQuads<kPacked>(line, u, 0);
      const __m256i hi = LoadQuads<kPacked>(line, u, 32);
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        const __m256i v = BroadcastQuad(rows.Row(r) + u * 4);
        sums[r].lo = _mm256_add_epi16(sums[r].lo, _mm256_maddubs_epi16(lo, v));
        sums[r].hi = _mm256_add_epi16(sums[r].hi, _mm256_maddubs_epi16(hi, v));
      });
    });
    Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
      acc[r] = AddI(acc[r], {_mm256_madd_epi16(sums[r].lo, ones), _mm256_madd_epi16(sums[r].hi, ones)});
    });
    line += (kPacked ? 4 : 8) * kLineBytes;
    rows.Advance(32);
  }
}

// Bytes: vpmaddubsw takes |x| as its unsigned side and the weight with the sign of x as the other. A pair is at most
// 2 * 128 * 127, which 16 bits hold, because packed weights keep to -127..127.
template <int R>
RECKON_INLINE void DotBytes(const uint8_t* line, RowCursor x, int quads, I (&acc)[R]) {
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i zero_point = _mm256_set1_epi8(-128);
  RowPointers<int8_t, R> rows(x);
  for (int i = 0; i < quads; i += 4) {
    Unroll<4>([&](auto u) RECKON_INLINE_LAMBDA {
      const __m256i lo = _mm256_xor_si256(LoadBytes(line + u * kLineBytes), zero_point);
      const __m256i hi = _mm256_xor_si256(LoadBytes(line + u * kLineBytes + 32), zero_point);
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        const __m256i v = BroadcastQuad(rows.Row(r) + u * 4);
        const __m256i magnitude = _mm256_abs_epi8(v);
        const __m256i low = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(lo, v));
        const __m256i high = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(hi, v));
        acc[r] = AddI(acc[r], {_mm256_madd_epi16(low, ones), _mm256_madd_epi16(high, ones)});
      });
    });
    line += 4 * kLineBytes;
    rows.Advance(16);
  }
}

template <bool kNibbles, bool kPacked, int R>
RECKON_INLINE void DotQuads(const uint8_t* line, RowCursor x, int quads, I (&acc)[R]) {
  if constexpr (kNibbles) {
    DotNibbles<kPacked, R>(line, x, quads, acc);
  } else {
    DotBytes<R>(line, x, quads, acc);
  }
}

template <int R, int P, bool kWide, bool kNibbles, bool kPacked>
RECKON_INLINE void DotGroup(const uint8_t* const* lines, RowCursor x, RowCursor x_lo, int quads, I (&acc)[R][P]) {
  static_assert(P == 1);
  I sums[R];
  Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { sums[r] = SetI(0); });
  DotQuads<kNibbles, kPacked, R>(lines[0], x, quads, sums);
  if constexpr (kWide) {
    Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { sums[r] = ShiftLeft<8>(sums[r]); });
    DotQuads<kNibbles, kPacked, R>(lines[0], x_lo, quads, sums);
  }
  Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { acc[r][0] = AddI(acc[r][0], sums[r]); });
}

inline void ExpandNibbles(const uint8_t* line, uint8_t* out) {
  const __m256i mask = _mm256_set1_epi8(15);
  for (int half = 0; half < kLineBytes; half += 32) {
    const __m256i bytes = LoadBytes(line + half);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + half), _mm256_and_si256(bytes, mask));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + kLineBytes + half),
                        _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask));
  }
}

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kAvx2Table = MakeTable("avx2", MatmulEmulatedBf16);
}  // namespace reckon
