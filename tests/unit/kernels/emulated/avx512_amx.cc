// The table of avx512_amx.cc with its tile instructions done by hand, as the Intel 64 and IA-32 Architectures Software
// Developer's Manual (volume 2) describes them, for CPUs that have none. Loads touch exactly the bytes that the
// instructions touch, so that guard pages say what they would say.
#include "kernels/isa/avx512.inc"

namespace reckon {
namespace {

struct Tiles {
  struct Tile {
    int rows;
    int row_bytes;
    uint8_t bytes[16][64];
  };
  // Set by Configure(), gone with Release(): a load or store outside of the two traps, as the CPU would.
  static Tile tile[5];

  static void Configure(int rows, int lines) {
    for (Tile& t : tile) t = Tile{};
    tile[0].rows = tile[1].rows = tile[2].rows = rows;
    tile[0].row_bytes = tile[1].row_bytes = tile[3].row_bytes = tile[4].row_bytes = 64;
    tile[2].row_bytes = 4 * lines;
    tile[3].rows = tile[4].rows = lines;
    if (rows < 1 || rows > 16 || lines < 1 || lines > 16) __builtin_trap();
  }
  static void ZeroSums() {
    __builtin_memset(tile[0].bytes, 0, sizeof(tile[0].bytes));
    __builtin_memset(tile[1].bytes, 0, sizeof(tile[1].bytes));
  }
  static void LoadOne(Tile* t, const void* base, int64_t stride) {
    if (t->rows == 0) __builtin_trap();
    for (int r = 0; r < t->rows; ++r) {
      __builtin_memcpy(t->bytes[r], static_cast<const uint8_t*>(base) + r * stride, static_cast<size_t>(t->row_bytes));
    }
  }
  static void Load(const void* x, int64_t stride, const uint8_t* w0, const uint8_t* w1) {
    LoadOne(&tile[2], x, stride);
    LoadOne(&tile[3], w0, 64);
    LoadOne(&tile[4], w1, 64);
  }
  // TDPBSUD
  static void DotBytes() {
    for (int s = 0; s < 2; ++s) {
      for (int r = 0; r < tile[s].rows; ++r) {
        for (int line = 0; line < tile[2].row_bytes / 4; ++line) {
          for (int c = 0; c < 16; ++c) AddQuad(s, r, line, c);
        }
      }
    }
  }
  static void AddQuad(int s, int r, int line, int c) {
    int32_t sum;
    __builtin_memcpy(&sum, &tile[s].bytes[r][4 * c], 4);
    for (int i = 0; i < 4; ++i) {
      sum += static_cast<int8_t>(tile[2].bytes[r][4 * line + i]) * tile[3 + s].bytes[line][4 * c + i];
    }
    __builtin_memcpy(&tile[s].bytes[r][4 * c], &sum, 4);
  }
  // TDPBF16PS: first and second elements of the pairs are summed apart, then added to the sum.
  static void DotPairs() {
    for (int s = 0; s < 2; ++s) {
      for (int r = 0; r < tile[s].rows; ++r) {
        for (int c = 0; c < 16; ++c) AddPairs(s, r, c);
      }
    }
  }
  static void AddPairs(int s, int r, int c) {
    float parts[2] = {0, 0};
    for (int line = 0; line < tile[2].row_bytes / 4; ++line) {
      for (int i = 0; i < 2; ++i) {
        uint16_t x;
        uint16_t w;
        __builtin_memcpy(&x, &tile[2].bytes[r][4 * line + 2 * i], 2);
        __builtin_memcpy(&w, &tile[3 + s].bytes[line][4 * c + 2 * i], 2);
        parts[i] = __builtin_fmaf(ScalarFromBf16(x), ScalarFromBf16(w), parts[i]);
      }
    }
    float sum;
    __builtin_memcpy(&sum, &tile[s].bytes[r][4 * c], 4);
    sum += parts[0] + parts[1];
    __builtin_memcpy(&tile[s].bytes[r][4 * c], &sum, 4);
  }
  static void Store(void* s0, void* s1) {
    for (int s = 0; s < 2; ++s) {
      if (tile[s].rows == 0) __builtin_trap();
      uint8_t* const out = static_cast<uint8_t*>(s == 0 ? s0 : s1);
      for (int r = 0; r < tile[s].rows; ++r) __builtin_memcpy(out + r * 64, tile[s].bytes[r], 64);
    }
  }
  static void Release() {
    for (Tile& t : tile) t.rows = 0;
  }
};

Tiles::Tile Tiles::tile[5];

}  // namespace
}  // namespace reckon

#include "kernels/isa/amx.inc"

namespace reckon {
extern const KernelTable kEmulatedAvx512AmxTable;
constinit const KernelTable kEmulatedAvx512AmxTable = MakeTileTable("avx512_amx");
}  // namespace reckon
