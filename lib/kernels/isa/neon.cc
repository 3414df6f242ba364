// Any 64-bit Arm: multiply-long and pairwise add.
#include "kernels/isa/neon.inc"

namespace reckon {
namespace {

inline constexpr bool kCentersBytes = true;

inline int8x16_t BroadcastQuad(const int8_t* x) {
  int32_t quad;
  __builtin_memcpy(&quad, x, 4);
  return vreinterpretq_s8_s32(vdupq_n_s32(quad));
}

// Two products of nibbles (at most 8 * 128) fit 16 bits: quads are taken in twos before widening. Of bytes only one
// does, since weights of 8-bit checkpoints may be -128.
template <bool kNibbles, int R>
inline void DotQuads(const uint8_t* line, RowCursor x, int quads, I (&acc)[R]) {
  UnrollTile<R, 4>([&](auto r, auto q) RECKON_INLINE_LAMBDA {
    const int8_t* row = x.base + r * x.stride;
    int32x4_t low = vdupq_n_s32(0);   // pairs of the first two channels
    int32x4_t high = vdupq_n_s32(0);  // and of the other two
    for (int i = 0; i < quads; i += 2) {
      const uint8_t* at = line + i * kLineBytes + 16 * q;
      const int8x16_t w0 = SignedWeights<kNibbles>(at);
      const int8x16_t w1 = SignedWeights<kNibbles>(at + kLineBytes);
      const int8x16_t x0 = BroadcastQuad(row + 4 * i);
      const int8x16_t x1 = BroadcastQuad(row + 4 * i + 4);
      const int16x8_t low_products = vmull_s8(vget_low_s8(w0), vget_low_s8(x0));
      const int16x8_t high_products = vmull_s8(vget_high_s8(w0), vget_high_s8(x0));
      if constexpr (kNibbles) {
        low = vpadalq_s16(low, vmlal_s8(low_products, vget_low_s8(w1), vget_low_s8(x1)));
        high = vpadalq_s16(high, vmlal_s8(high_products, vget_high_s8(w1), vget_high_s8(x1)));
      } else {
        low = vpadalq_s16(vpadalq_s16(low, low_products), vmull_s8(vget_low_s8(w1), vget_low_s8(x1)));
        high = vpadalq_s16(vpadalq_s16(high, high_products), vmull_s8(vget_high_s8(w1), vget_high_s8(x1)));
      }
    }
    acc[r].v[q] = vaddq_s32(acc[r].v[q], vpaddq_s32(low, high));
  });
}

}  // namespace
}  // namespace reckon

#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kNeonTable = MakeTable("neon");
}  // namespace reckon
