// AVX2 with FMA and F16C: Haswell and Zen onwards.
#include "kernels/isa/avx2.inc"

namespace reckon {
namespace {

inline constexpr int kDotRows = 4;
inline constexpr bool kCentersBytes = true;

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
// 2 * 128 * 127, which 16 bits hold, as long as weights keep to -127..127. The packers here do; of 8-bit checkpoints
// some weights are -128, which are taken as -127, and then -1 times x is added for them.
template <int R>
RECKON_INLINE void DotBytes(const uint8_t* line, RowCursor x, int quads, I (&acc)[R]) {
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i zero_point = _mm256_set1_epi8(-128);
  RowPointers<int8_t, R> rows(x);
  for (int i = 0; i < quads; i += 4) {
    Unroll<4>([&](auto u) RECKON_INLINE_LAMBDA {
      __m256i lo = _mm256_xor_si256(LoadBytes(line + u * kLineBytes), zero_point);
      __m256i hi = _mm256_xor_si256(LoadBytes(line + u * kLineBytes + 32), zero_point);
      const __m256i lowest_lo = _mm256_cmpeq_epi8(lo, zero_point);  // -1 where the weight is -128
      const __m256i lowest_hi = _mm256_cmpeq_epi8(hi, zero_point);
      const __m256i any = _mm256_or_si256(lowest_lo, lowest_hi);
      lo = _mm256_sub_epi8(lo, lowest_lo);
      hi = _mm256_sub_epi8(hi, lowest_hi);
      if (_mm256_testz_si256(any, any) == 0) {
        const __m256i one = _mm256_set1_epi8(1);
        Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
          const __m256i v = BroadcastQuad(rows.Row(r) + u * 4);
          const __m256i low = _mm256_maddubs_epi16(_mm256_and_si256(lowest_lo, one), v);
          const __m256i high = _mm256_maddubs_epi16(_mm256_and_si256(lowest_hi, one), v);
          acc[r] = SubI(acc[r], {_mm256_madd_epi16(low, ones), _mm256_madd_epi16(high, ones)});
        });
      }
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

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kAvx2Table = MakeTable("avx2", MatmulEmulatedBf16);
}  // namespace reckon
