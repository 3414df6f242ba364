// AVX2 with AVX-VNNI, the 256-bit form of VNNI for CPUs without AVX-512: Alder Lake, Zen 5 and their kin.
#include "kernels/isa/avx2.inc"

namespace reckon {
namespace {

inline constexpr int kDotRows = 6;
inline constexpr int kRegisterSums = 0;
inline constexpr bool kWideWords = false;
inline constexpr bool kStartLast = false;
inline constexpr bool kCentersBytes = false;

// Half a line of quad u of those from `line` on: of bytes, or of nibbles.
template <bool kPacked>
RECKON_INLINE __m256i LoadQuads(const uint8_t* line, int u, int half) {
  if constexpr (!kPacked) return LoadBytes(line + u * kLineBytes + half);
  const __m256i bytes = LoadBytes(line + u / 2 * kLineBytes + half);
  return _mm256_and_si256(u % 2 == 0 ? bytes : _mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

template <int R, int P, bool kNibbles, bool kPacked>
RECKON_INLINE void DotGroup(const uint8_t* const* lines, RowCursor x, int quads, I (&acc)[R][P]) {
  static_assert(P == 1);
  const uint8_t* line = lines[0];
  I sums[R];
  Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { sums[r] = acc[r][0]; });
  RowPointers<int8_t, R> rows(x);
  for (int i = 0; i < quads; i += 4) {
    Unroll<4>([&](auto u) RECKON_INLINE_LAMBDA {
      const __m256i lo = LoadQuads<kPacked>(line, u, 0);
      const __m256i hi = LoadQuads<kPacked>(line, u, 32);
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        const __m256i v = BroadcastQuad(rows.Row(r) + u * 4);
        sums[r].lo = _mm256_dpbusd_avx_epi32(sums[r].lo, lo, v);
        sums[r].hi = _mm256_dpbusd_avx_epi32(sums[r].hi, hi, v);
      });
    });
    line += (kPacked ? 2 : 4) * kLineBytes;
    rows.Advance(16);
  }
  Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { acc[r][0] = sums[r]; });
}

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kAvxVnniTable = MakeTable("avx_vnni");
}  // namespace reckon
