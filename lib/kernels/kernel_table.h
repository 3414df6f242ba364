// What every instruction set offers: a table of plain functions over raw pointers. isa/ has one file per instruction
// set, each of which fills one table; dispatch.cc chooses a table for the CPU at hand.
//
// The files in isa/ are compiled with their own flags, so they must not instantiate inline code that the linker could
// also pick for a lesser CPU: they include <stdint.h>, <stddef.h>, the intrinsics, and this header, and nothing of the
// C++ library or Eigen. A test checks with nm that each object defines its table and no weak symbol.
//
// Promise of every table: an output element depends only on its own row of input, its own weights and (for attention)
// its own position: not on the number of rows in the call, the tile it fell in, or how the work was cut. So the same
// tokens come out for any thread count and any chunking of the prompt. Different tables may differ in the last bits.
#ifndef RECKON_LIB_KERNELS_KERNEL_TABLE_H_
#define RECKON_LIB_KERNELS_KERNEL_TABLE_H_

#include <stddef.h>
#include <stdint.h>

#include "kernels/packed_matrix.h"

namespace reckon {

// Input rows in the form that a weight format multiplies with. Rows are padded to k_padded with zeros.
//   f32   x [m][k_padded] floats
//   bf16  hi [m][k_padded]: x rounded; lo (or null): the rest, x - hi, rounded; together 16 bits of mantissa. A table
//         with float_rows takes f32 instead: it widens the weights, and has no use for rounded inputs.
//   q8/q4 per row and group: x = scale * q, q = 256 * hi + lo with lo, or q = hi without. Weights are stored unsigned,
//         zero_point (128 or 8) too large; a sum of products starts at start = -zero_point * sum of q to make up for
//         it. Without lo, start is KernelTable::start_bias larger A table with wide_words holds q in 16-bit words
//         instead, of four inputs the first and third in hi's four bytes, the second and fourth in lo's.
// The two-term forms ("wide") cost a second multiplication and make the input's error vanish beside the weights'.
struct PackedRows {
  int64_t m;
  int64_t k_padded;
  const float* f32;
  const uint16_t* bf16_hi;
  const uint16_t* bf16_lo;
  const int8_t* q_hi;
  const int8_t* q_lo;
  const float* scale;    // [m][k_padded / group]
  const int32_t* start;  // [m][k_padded / group]
};

// The bits of the float 1.5 * 2^23. A sum of integers that starts there, and whose total is below 2^22 (64 products of
// 127 * 128 are below 2^20), has the bits of the float 1.5 * 2^23 + total: it needs no conversion.
inline constexpr int32_t kFloatStartBias = 0x4b400000;

// What happens to the product before it is stored.
enum class Epilogue : uint8_t {
  kStore,   // out = product + bias
  kAdd,     // out += product + bias: the residual connection
  kSwiGlu,  // panels come in pairs, gate then up: out = silu(gate) * up, of half as many columns (arXiv 2002.05202)
};

// out[r][c] for input rows r = 0..m-1 and the columns of panels [panel_begin, panel_end).
struct MatmulCall {
  const PackedMatrix* weights;
  const PackedRows* rows;
  int64_t panel_begin, panel_end;  // for kSwiGlu both even
  Epilogue epilogue;
  const float* bias;   // [n], or null
  float* out;          // row r, column c at out[r * out_stride + c]
  int64_t out_stride;  // in floats
  // Columns that exist: n for kStore and kAdd; for kSwiGlu the number of gate channels. Columns at or past it are
  // padding and are not written.
  int64_t out_columns;
};

// The key/value cache's element type, and its layout: positions in blocks of kKvBlock, for each key/value head
//   K block [head_dim / 2][kKvBlock][2]: pairs of features beside each other, positions along the vector
//   V block [kKvBlock / 2][head_dim][2]: pairs of positions beside each other, features along the vector
// With kQ8 the elements are int8, and behind them stand the scales to multiply them with, as floats: one for every
// kKvGroup features of a position (of the last group, what there is). Keys have channels far larger than the rest
// (arXiv 2402.02750), which would take the precision of the whole head if it had a single scale.
//   K scales [groups][kKvBlock]
//   V scales [kKvBlock][groups]
enum class KvFormat : uint8_t { kF32 = 0, kBf16 = 1, kQ8 = 2 };
inline constexpr int kKvBlock = 64;
inline constexpr int kKvGroup = 32;

// Bytes of a K or V block of one head.
constexpr int64_t KvBlockBytes(KvFormat format, int64_t head_dim) {
  const int64_t elements = kKvBlock * head_dim;
  switch (format) {
    case KvFormat::kF32:
      return elements * 4;
    case KvFormat::kQ8:
      return elements + kKvBlock * ((head_dim + kKvGroup - 1) / kKvGroup) * 4;
    case KvFormat::kBf16:
      break;
  }
  return elements * 2;
}

// Attention of `rows` consecutive positions of one key/value head, all its `query_heads` query heads (grouped-query
// attention, arXiv 2305.13245), with online softmax over blocks (arXiv 2205.14135), causal:
// row r is at position first_position + r and sees positions max(0, position - window + 1) .. position.
// Only the part [segment_begin, segment_end) of the positions is looked at (multiples of kKvBlock, or the end), and the
// result is partial: for each row and head the largest score, the sum of exp(score - largest), and sum of
// exp(score - largest) * V, not divided. A row that sees nothing of the segment gives -inf, 0, zeros.
struct AttentionCall {
  KvFormat format;
  int32_t head_dim;  // even
  int32_t query_heads;
  int64_t rows;
  const float* q;  // query of row r, head h at q + r * q_row_stride + h * head_dim
  int64_t q_row_stride;
  float scale;                  // score = scale * q.k
  const void* const* k_blocks;  // block b holds positions [b * kKvBlock, (b + 1) * kKvBlock)
  const void* const* v_blocks;
  int64_t first_position;
  int64_t window;  // INT64_MAX: no sliding window
  int64_t segment_begin, segment_end;
  float* max;  // [rows][query_heads]
  float* sum;  // [rows][query_heads]
  float* acc;  // [rows][query_heads][head_dim]
};

struct KernelTable {
  const char* name;
  bool wide_words;     // how it holds two-term rows for q8 and q4: see PackedRows
  int32_t start_bias;  // kFloatStartBias, or 0: see PackedRows
  bool float_rows;     // how it takes rows for bf16: see PackedRows

  // Indexed by PackedFormat.
  void (*matmul[kPackedFormats])(const MatmulCall& call);

  // Quantizes m rows of x (row r at x + r * stride, k values) by groups; symmetric, scale = max|x| / 127 (or / 32512 in
  // the wide form), rounding to nearest even. A group of zeros has scale 0. Non-finite input gives finite garbage.
  // zero_point is that of the weights to multiply with (ZeroPoint()).
  void (*quantize_rows)(const float* x, int64_t stride, int64_t m, int64_t k, int64_t k_padded, int32_t group,
                        int32_t zero_point, int8_t* hi, int8_t* lo, float* scale, int32_t* start);
  // Rounds rows to bf16 (lo may be null).
  void (*round_rows)(const float* x, int64_t stride, int64_t m, int64_t k, int64_t k_padded, uint16_t* hi,
                     uint16_t* lo);

  // One row: out[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i] (arXiv 1910.07467). The mean in float over fixed
  // lanes.
  void (*rms_norm)(const float* x, const float* weight, float epsilon, int64_t n, float* out);

  // Rotates a head in place (arXiv 2104.09864): pairs (x[i], x[i + half]) with half = rotary_dim / 2, or (x[2i],
  // x[2i+1]) if interleaved, by the angle whose cosine and sine are cos[i], sin[i]. Features past rotary_dim stay.
  void (*rope)(float* head, const float* cos, const float* sin, int32_t rotary_dim, bool interleaved);

  // Stores the key or value vector of one position (0 <= slot < kKvBlock) into a block of the cache.
  void (*store_k)(KvFormat format, const float* k, int32_t head_dim, int32_t slot, void* block);
  void (*store_v)(KvFormat format, const float* v, int32_t head_dim, int32_t slot, void* block);

  void (*attention)(const AttentionCall& call);

  // Packs one panel: `rows` (<= 16) rows of k floats (row r at w + r * stride) into `panel` of the matrix's layout,
  // with quantization for q8 and q4. Rows up to 16 and inputs up to k_padded become zero weights.
  //   q8  scale = max|w| / 127, rounded to fp16; value = round(w / scale) clamped to [-127, 127]
  //   q4  16 levels, -8..7: of a few candidate scales the one with the least squared error
  void (*pack_panel)(const PackedMatrix& shape, const float* w, int64_t stride, int64_t rows, uint8_t* panel);
};

// The tables that this build contains; null where the instruction set is another architecture's. Always present:
// generic.
extern const KernelTable kGenericTable;
#if defined(__x86_64__) || defined(_M_X64)
extern const KernelTable kAvx2Table;
extern const KernelTable kAvxVnniTable;
extern const KernelTable kAvx512VnniTable;
extern const KernelTable kAvx512Bf16Table;
extern const KernelTable kAvx512AmxTable;
#elif defined(__aarch64__) || defined(_M_ARM64)
extern const KernelTable kNeonTable;
extern const KernelTable kNeonDotprodTable;
extern const KernelTable kNeonI8mmTable;
#endif

}  // namespace reckon

#endif  // RECKON_LIB_KERNELS_KERNEL_TABLE_H_
