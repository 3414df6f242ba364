// AVX2 with FMA and F16C: Haswell and Zen onwards.
#include "kernels/isa/avx2.inc"

namespace reckon {
namespace {

inline constexpr int kDotRows = 4;
inline constexpr int kRegisterSums = 2;
inline constexpr bool kWideWords = true;
inline constexpr bool kStartLast = true;
inline constexpr bool kCentersBytes = true;

inline I LoadLine(const uint8_t* line) { return {LoadBytes(line), LoadBytes(line + 32)}; }

// Two quads of those from `line` on: packed in one line, or two lines of bytes, which are loaded when they are asked
// for.
template <bool kPacked, int R>
class TwoQuads {
 public:
  RECKON_INLINE TwoQuads(const uint8_t* line, int u)
      : line_(line + (kPacked ? u : 2 * u) * kLineBytes), bytes_(LoadLine(line_)) {
    // Left to itself gcc loads a line again for its second half. That spares a register, which a tile of rows needs,
    // but loads are what a single row waits for.
    if constexpr (kPacked && R == 1) asm("" : "+x"(bytes_.lo), "+x"(bytes_.hi));
  }
  RECKON_INLINE I First() const { return kPacked ? Nibbles(bytes_) : bytes_; }
  RECKON_INLINE I Second() const {
    if constexpr (!kPacked) return LoadLine(line_ + kLineBytes);
    return Nibbles({_mm256_srli_epi16(bytes_.lo, 4), _mm256_srli_epi16(bytes_.hi, 4)});
  }

 private:
  static RECKON_INLINE I Nibbles(I bytes) {
    const __m256i mask = _mm256_set1_epi8(15);
    return {_mm256_and_si256(bytes.lo, mask), _mm256_and_si256(bytes.hi, mask)};
  }

  const uint8_t* line_;
  I bytes_;
};

RECKON_INLINE void AddWords(I weights, __m256i x, I* sum) {
  sum->lo = _mm256_add_epi16(sum->lo, _mm256_maddubs_epi16(weights.lo, x));
  sum->hi = _mm256_add_epi16(sum->hi, _mm256_maddubs_epi16(weights.hi, x));
}

// Weights below 16: sums of 16 products of at most 15 * 128 stay in 16 bits, so 32 inputs are added before widening.
template <bool kPacked, int R, int P>
RECKON_INLINE void DotNibbles(const uint8_t* const* lines, RowCursor x, int quads, I (&acc)[R][P]) {
  const __m256i ones = _mm256_set1_epi16(1);
  RowPointers<int8_t, R> rows(x);
  const uint8_t* line[P];
  Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA { line[p] = lines[p]; });
  const auto add_block = [&]() RECKON_INLINE_LAMBDA {
    I sums[R][P];
    UnrollTile<R, P>([&](auto r, auto p) RECKON_INLINE_LAMBDA { sums[r][p] = SetI(0); });
    Unroll<4>([&](auto u) RECKON_INLINE_LAMBDA {
      Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA {
        const TwoQuads<kPacked, R> two(line[p], u);
        const I first = two.First();
        Unroll<R>([&](auto r)
                      RECKON_INLINE_LAMBDA { AddWords(first, BroadcastQuad(rows.Row(r) + u * 8), &sums[r][p]); });
        const I second = two.Second();
        Unroll<R>([&](auto r)
                      RECKON_INLINE_LAMBDA { AddWords(second, BroadcastQuad(rows.Row(r) + u * 8 + 4), &sums[r][p]); });
      });
    });
    UnrollTile<R, P>([&](auto r, auto p) RECKON_INLINE_LAMBDA {
      const I sum = sums[r][p];
      acc[r][p] = AddI(acc[r][p], {_mm256_madd_epi16(sum.lo, ones), _mm256_madd_epi16(sum.hi, ones)});
    });
    Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA { line[p] += (kPacked ? 4 : 8) * kLineBytes; });
    rows.Advance(32);
  };
  // The first block stands alone, so that `acc`, which starts at zero, needs no registers beside `sums`.
  add_block();
  for (int i = 8; i < quads; i += 8) add_block();
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

// Two-term rows, as words: of each quad the first and third to hi, the second and fourth to lo.
inline void StoreWords(int8_t* hi, int8_t* lo, I q) {
  const __m256i order = _mm256_setr_epi8(0, 1, 8, 9, 4, 5, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1,  //
                                         0, 1, 8, 9, 4, 5, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i quads[2] = {_mm256_shuffle_epi8(q.lo, order), _mm256_shuffle_epi8(q.hi, order)};
  for (int i = 0; i < 4; ++i) {
    const __m128i quad = i % 2 == 0 ? _mm256_castsi256_si128(quads[i / 2]) : _mm256_extracti128_si256(quads[i / 2], 1);
    const int32_t words[2] = {_mm_cvtsi128_si32(quad), _mm_extract_epi32(quad, 1)};
    __builtin_memcpy(hi + 4 * i, &words[0], 4);
    __builtin_memcpy(lo + 4 * i, &words[1], 4);
  }
}

// Words by unsigned weights: vpmaddwd adds two products of at most 255 * 32512, and 32 bits hold 128 of them. The bytes
// of a quad are split into words the way the inputs are, by masking and shifting.
RECKON_INLINE void AddWordProducts(I weights, __m256i even, __m256i odd, I* sum) {
  const __m256i lower = _mm256_set1_epi16(0xff);
  *sum = AddI(*sum, {_mm256_madd_epi16(_mm256_and_si256(weights.lo, lower), even),
                     _mm256_madd_epi16(_mm256_and_si256(weights.hi, lower), even)});
  *sum = AddI(*sum, {_mm256_madd_epi16(_mm256_srli_epi16(weights.lo, 8), odd),
                     _mm256_madd_epi16(_mm256_srli_epi16(weights.hi, 8), odd)});
}

template <int R, int P, bool kPacked>
RECKON_INLINE void DotWords(const uint8_t* const* lines, RowCursor x_hi, RowCursor x_lo, int quads, I (&acc)[R][P]) {
  const uint8_t* line[P];
  Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA { line[p] = lines[p]; });
  I sums[R][P];
  UnrollTile<R, P>([&](auto r, auto p) RECKON_INLINE_LAMBDA { sums[r][p] = acc[r][p]; });
  RowPointers<int8_t, R> hi(x_hi);
  RowPointers<int8_t, R> lo(x_lo);
  for (int i = 0; i < quads; i += 2) {
    Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA {
      const TwoQuads<kPacked, R> two(line[p], 0);
      const I first = two.First();
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        AddWordProducts(first, BroadcastQuad(hi.Row(r)), BroadcastQuad(lo.Row(r)), &sums[r][p]);
      });
      const I second = two.Second();
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        AddWordProducts(second, BroadcastQuad(hi.Row(r) + 4), BroadcastQuad(lo.Row(r) + 4), &sums[r][p]);
      });
      line[p] += (kPacked ? 1 : 2) * kLineBytes;
    });
    hi.Advance(8);
    lo.Advance(8);
  }
  UnrollTile<R, P>([&](auto r, auto p) RECKON_INLINE_LAMBDA { acc[r][p] = sums[r][p]; });
}

template <int R, int P, bool kNibbles, bool kPacked>
RECKON_INLINE void DotGroup(const uint8_t* const* lines, RowCursor x, int quads, I (&acc)[R][P]) {
  if constexpr (kNibbles) {
    DotNibbles<kPacked, R, P>(lines, x, quads, acc);
  } else {
    Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA {
      I sums[R];
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { sums[r] = acc[r][p]; });
      DotBytes<R>(lines[p], x, quads, sums);
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { acc[r][p] = sums[r]; });
    });
  }
}

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kAvx2Table = MakeTable("avx2");
}  // namespace reckon
