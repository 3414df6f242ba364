#include <cstdio>
#include <cstring>

#include "base/cpu_features.h"
#include "kernels/kernel_table.h"
#include "unit/kernels/parity.h"

#ifdef RECKON_EMULATED_TABLES
namespace reckon {
// The tables of those names as they are compiled with emulated/immintrin.h.
extern const KernelTable kEmulatedAvxVnniTable;
extern const KernelTable kEmulatedAvx512VnniTable;
extern const KernelTable kEmulatedAvx512Bf16Table;
extern const KernelTable kEmulatedAvx512AmxTable;
}  // namespace reckon
#endif

namespace reckon::parity {

int failures = 0;
const char* current_table = "";

double HalfToDouble(uint16_t half) {
  const int exponent = (half >> 10) & 31;
  const double mantissa = half & 1023;
  const double magnitude = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024.0 + mantissa, exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

double Bf16ToDouble(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, 4);
  return value;
}

int64_t TwoTermValue(const KernelTable& table, const int8_t* hi, const int8_t* lo, int64_t i) {
  if (!table.wide_words) return 256 * int64_t{hi[i]} + lo[i];
  int16_t word;
  std::memcpy(&word, (i % 2 == 0 ? hi : lo) + i / 4 * 4 + i % 4 / 2 * 2, sizeof(word));
  return word;
}

double PackedWeight(const PackedMatrix& matrix, int64_t channel, int64_t k) {
  const uint8_t* panel = matrix.data + channel / 16 * matrix.panel_stride;
  const int64_t c = channel % 16;
  if (matrix.format == PackedFormat::kF32) {
    float value;
    std::memcpy(&value, panel + k * 64 + c * 4, 4);
    return value;
  }
  if (matrix.format == PackedFormat::kBf16) {
    uint16_t bits;
    std::memcpy(&bits, panel + k / 2 * 64 + c * 4 + k % 2 * 2, 2);
    return Bf16ToDouble(bits);
  }
  uint16_t half;
  std::memcpy(&half, panel + matrix.scales_offset + (k / matrix.group * 16 + c) * 2, 2);
  const bool bytes = matrix.format == PackedFormat::kQ8;
  const uint8_t byte = panel[bytes ? k / 4 * 64 + c * 4 + k % 4 : k / 8 * 64 + c * 4 + k % 4];
  const int value = bytes ? byte : k % 8 < 4 ? byte & 15 : byte >> 4;
  const double scale = HalfToDouble(half);
  if (matrix.zero == PackedZero::kCenter) return (value - (bytes ? 128 : 8)) * scale;
  std::memcpy(&half, panel + matrix.zeros_offset + (k / matrix.group * 16 + c) * 2, 2);
  const double zero = HalfToDouble(half);
  return matrix.zero == PackedZero::kPoint ? (value - zero) * scale : value * scale + zero;
}

namespace {

struct NamedTable {
  const char* name;
  const KernelTable* table;
};

std::vector<NamedTable> Tables() {
  const CpuFeatures& cpu = GetCpuFeatures();
  std::vector<const KernelTable*> native = {&kGenericTable};
  std::vector<NamedTable> tables;
#if defined(__x86_64__) || defined(_M_X64)
  if (cpu.avx2) native.push_back(&kAvx2Table);
  if (cpu.avx_vnni) native.push_back(&kAvxVnniTable);
  if (cpu.avx512_vnni) native.push_back(&kAvx512VnniTable);
  if (cpu.avx512_vnni && cpu.avx512_bf16) native.push_back(&kAvx512Bf16Table);
  if (RequestTiles()) native.push_back(&kAvx512AmxTable);
#ifdef RECKON_EMULATED_TABLES
  if (cpu.avx2) {
    tables = {{"avx_vnni_emulated", &kEmulatedAvxVnniTable},
              {"avx512_vnni_emulated", &kEmulatedAvx512VnniTable},
              {"avx512_bf16_emulated", &kEmulatedAvx512Bf16Table},
              {"avx512_amx_emulated", &kEmulatedAvx512AmxTable}};
  }
#endif
#elif defined(__aarch64__) || defined(_M_ARM64)
  if (cpu.neon) native.push_back(&kNeonTable);
  if (cpu.dotprod) native.push_back(&kNeonDotprodTable);
  if (cpu.i8mm) native.push_back(&kNeonI8mmTable);
#endif
  for (const KernelTable* table : native) tables.push_back({table->name, table});
  return tables;
}

}  // namespace
}  // namespace reckon::parity

// Usage: parity [TABLE]. Tests the named table, or all that this CPU can run.
// Exits with 77 (skipped) if the CPU cannot run the named one.
int main(int argc, char** argv) {
  using namespace reckon::parity;  // NOLINT(google-build-using-namespace): a test's main
  bool found = false;
  for (const auto& [name, table] : Tables()) {
    if (argc > 1 && std::strcmp(argv[1], name) != 0) continue;
    found = true;
    current_table = name;
    const int before = failures;
    TestRows(*table);
    TestPack(*table, reckon::kGenericTable);
    TestMatmul(*table);
    TestAttention(*table);
    std::printf("%s: %d failures\n", name, failures - before);
  }
  if (!found) {
    std::printf("this CPU cannot run %s\n", argv[1]);
    return 77;
  }
  return failures == 0 ? 0 : 1;
}
