// AVX-512 with VNNI, and AMX's tiles of bytes and bfloat16: Sapphire Rapids and later Xeons.
#include "kernels/isa/avx512.inc"

namespace reckon {
namespace {

// Tile registers are named by literals: 0 and 1 hold the sums, 2 the inputs, 3 and 4 the weights.
struct Tiles {
  // As LDTILECFG reads it.
  struct alignas(64) Config {
    uint8_t palette = 1;
    uint8_t start_row = 0;
    uint8_t reserved[14] = {};
    uint16_t row_bytes[16] = {};
    uint8_t rows[16] = {};
  };

  static RECKON_INLINE void Configure(int rows, int lines) {
    Config config;
    for (int sums = 0; sums < 2; ++sums) {
      config.rows[sums] = static_cast<uint8_t>(rows);
      config.row_bytes[sums] = kLineBytes;
    }
    config.rows[2] = static_cast<uint8_t>(rows);
    config.row_bytes[2] = static_cast<uint16_t>(4 * lines);
    for (int weights = 3; weights < 5; ++weights) {
      config.rows[weights] = static_cast<uint8_t>(lines);
      config.row_bytes[weights] = kLineBytes;
    }
    _tile_loadconfig(&config);
  }
  static RECKON_INLINE void ZeroSums() {
    _tile_zero(0);
    _tile_zero(1);
  }
  static RECKON_INLINE void Load(const void* x, int64_t stride, const uint8_t* w0, const uint8_t* w1) {
    _tile_loadd(2, x, stride);
    _tile_loadd(3, w0, kLineBytes);
    _tile_loadd(4, w1, kLineBytes);
  }
  static RECKON_INLINE void DotBytes() {
    _tile_dpbsud(0, 2, 3);
    _tile_dpbsud(1, 2, 4);
  }
  static RECKON_INLINE void DotPairs() {
    _tile_dpbf16ps(0, 2, 3);
    _tile_dpbf16ps(1, 2, 4);
  }
  static RECKON_INLINE void Store(void* s0, void* s1) {
    _tile_stored(0, s0, kLineBytes);
    _tile_stored(1, s1, kLineBytes);
  }
  static RECKON_INLINE void Release() { _tile_release(); }
};

}  // namespace
}  // namespace reckon

#include "kernels/isa/amx.inc"

namespace reckon {
constinit const KernelTable kAvx512AmxTable = MakeTileTable("avx512_amx");
}  // namespace reckon
