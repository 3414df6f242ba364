// 64-bit Arm with FEAT_DotProd (SDOT): Cortex-A75, Neoverse N1, Apple M1.
#include "kernels/isa/neon.inc"

namespace reckon {
namespace {

inline constexpr bool kCentersBytes = true;

template <bool kNibbles, int R>
inline void DotQuads(const uint8_t* line, RowCursor x, int quads, I (&acc)[R]) {
  for (int i = 0; i < quads; i += 4) {
    int8x16_t v[R];
    Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { v[r] = vld1q_s8(x.base + r * x.stride + 4 * i); });
    Unroll<4>([&](auto q) RECKON_INLINE_LAMBDA {
      const uint8_t* at = line + i * kLineBytes + 16 * q;
      const int8x16_t w0 = SignedWeights<kNibbles>(at);
      const int8x16_t w1 = SignedWeights<kNibbles>(at + kLineBytes);
      const int8x16_t w2 = SignedWeights<kNibbles>(at + 2 * kLineBytes);
      const int8x16_t w3 = SignedWeights<kNibbles>(at + 3 * kLineBytes);
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        acc[r].v[q] = vdotq_laneq_s32(acc[r].v[q], w0, v[r], 0);
        acc[r].v[q] = vdotq_laneq_s32(acc[r].v[q], w1, v[r], 1);
        acc[r].v[q] = vdotq_laneq_s32(acc[r].v[q], w2, v[r], 2);
        acc[r].v[q] = vdotq_laneq_s32(acc[r].v[q], w3, v[r], 3);
      });
    });
  }
}

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kNeonDotprodTable = MakeTable("neon_dotprod");
}  // namespace reckon
