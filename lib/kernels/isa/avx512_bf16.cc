// AVX-512 with VNNI and bfloat16 dot products: Cooper Lake, Sapphire Rapids, Zen 4.
#include "kernels/isa/avx512.inc"
#include "kernels/isa/table.inc"

namespace reckon {
namespace {

inline __m512bh AsBf16(I a) {
  __m512bh out;
  __builtin_memcpy(&out, &a, sizeof(out));
  return out;
}

// vdpbf16ps adds a pair of products at a time; the low halves of wide inputs follow the high ones pair by pair.
template <bool kWideRows>
struct Bf16Tile {
  template <int R, int P>
  static RECKON_NOINLINE void Run(const Chunk& chunk, int64_t row, int first_panel, float* acc, int64_t acc_stride) {
    const PackedRows& rows = *chunk.rows;
    const int64_t stride = rows.k_padded;
    const int64_t at = row * stride + chunk.begin;
    RowPointers<uint16_t, R> hi({rows.bf16_hi + at, stride});
    // Never read unless there are low halves.
    RowPointers<uint16_t, R> lo({kWideRows ? rows.bf16_lo + at : rows.bf16_hi + at, stride});
    const uint8_t* line[P];
    Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA { line[p] = chunk.lines[first_panel + p]; });
    F sums[R][P];
    Clear(sums);
    for (int64_t i = 0; i < chunk.count; i += 2) {
      __m512bh w[P];
      Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA {
        w[p] = AsBf16(_mm512_loadu_si512(line[p]));
        line[p] += kLineBytes;
      });
      Unroll<R>([&](auto r) RECKON_INLINE_LAMBDA {
        AddPairs<P>(hi.Row(r), w, sums[r]);
        if constexpr (kWideRows) AddPairs<P>(lo.Row(r), w, sums[r]);
      });
      hi.Advance(2);
      if constexpr (kWideRows) lo.Advance(2);
    }
    AddTo(acc, acc_stride, sums);
  }

  template <int P>
  static RECKON_INLINE void AddPairs(const uint16_t* x, const __m512bh (&w)[P], F (&sums)[P]) {
    int32_t pair;
    __builtin_memcpy(&pair, x, 4);
    const __m512bh v = AsBf16(SetI(pair));
    Unroll<P>([&](auto p) RECKON_INLINE_LAMBDA { sums[p] = _mm512_dpbf16_ps(sums[p], w[p], v); });
  }
};

void MatmulBf16(const MatmulCall& call) {
  const int64_t bytes = call.rows->k_padded * 2;
  if (call.rows->bf16_lo != nullptr) {
    if (call.rows->m <= kSmallRows) return MultiplySmall<Bf16Tile<true>>(call);
    Multiply<Bf16Tile<true>, Expand::kNone, kF32Rows, kF32Panels>(call, 2 * bytes);
  } else {
    if (call.rows->m <= kSmallRows) return MultiplySmall<Bf16Tile<false>>(call);
    Multiply<Bf16Tile<false>, Expand::kNone, kF32Rows, kF32Panels>(call, bytes);
  }
}

}  // namespace

constinit const KernelTable kAvx512Bf16Table = MakeTable("avx512_bf16", MatmulBf16);
}  // namespace reckon
