// 64-bit Arm with FEAT_I8MM: USDOT takes the unsigned weights as they are. Neoverse V1 and N2, Apple M2.
#include "kernels/isa/neon.inc"

namespace reckon {
namespace {

inline constexpr bool kCentersBytes = false;

template <bool kNibbles, int R>
inline void DotQuads(const uint8_t* line, RowCursor x, int quads, I (&acc)[R]) {
  for (int i = 0; i < quads; i += 4) {
    int8x16_t v[R];
    Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA { v[r] = vld1q_s8(x.base + r * x.stride + 4 * i); });
    Unroll<4>([&](auto q) RECKON_INLINE_LAMBDA {
      const uint8_t* at = line + i * kLineBytes + 16 * q;
      const uint8x16_t w0 = vld1q_u8(at);
      const uint8x16_t w1 = vld1q_u8(at + kLineBytes);
      const uint8x16_t w2 = vld1q_u8(at + 2 * kLineBytes);
      const uint8x16_t w3 = vld1q_u8(at + 3 * kLineBytes);
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        acc[r].v[q] = vusdotq_laneq_s32(acc[r].v[q], w0, v[r], 0);
        acc[r].v[q] = vusdotq_laneq_s32(acc[r].v[q], w1, v[r], 1);
        acc[r].v[q] = vusdotq_laneq_s32(acc[r].v[q], w2, v[r], 2);
        acc[r].v[q] = vusdotq_laneq_s32(acc[r].v[q], w3, v[r], 3);
      });
    });
  }
}

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kNeonI8mmTable = MakeTable("neon_i8mm");
}  // namespace reckon
