// AVX2 with AVX-VNNI, the 256-bit form of VNNI for CPUs without AVX-512: Alder Lake, Zen 5 and their kin.
#include "kernels/isa/avx2.inc"

namespace reckon {
namespace {

inline constexpr int kDotRows = 6;
inline constexpr int kRegisterSums = 0;
inline constexpr bool kWideWords = false;
inline constexpr bool kStartLast = false;
inline constexpr bool kCentersBytes = false;

template <bool kNibbles, bool kPacked, int R>
RECKON_INLINE void DotQuads(const uint8_t* line, RowCursor x, int quads, I (&acc)[R]) {
  RowPointers<int8_t, R> rows(x);
  for (int i = 0; i < quads; i += 4) {
    Unroll<4>([&](auto u) RECKON_INLINE_LAMBDA {
      const __m256i lo = LoadQuads<kPacked>(line, u, 0);
      const __m256i hi = LoadQuads<kPacked>(line, u, 32);
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        const __m256i v = BroadcastQuad(rows.Row(r) + u * 4);
        acc[r].lo = _mm256_dpbusd_avx_epi32(acc[r].lo, lo, v);
        acc[r].hi = _mm256_dpbusd_avx_epi32(acc[r].hi, hi, v);
      });
    });
    line += (kPacked ? 2 : 4) * kLineBytes;
    rows.Advance(16);
  }
}

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kAvxVnniTable = MakeTable("avx_vnni");
}  // namespace reckon
