#include "kernels/dispatch.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/cpu_features.h"

namespace reckon {

std::vector<const KernelTable*> SupportedKernels() {
  const CpuFeatures& cpu = GetCpuFeatures();
  std::vector<const KernelTable*> tables;
#if defined(__x86_64__) || defined(_M_X64)
  const bool bf16 = cpu.avx512_vnni && cpu.avx512_bf16;
  if (bf16 && cpu.fast_avx512_bf16) tables.push_back(&kAvx512Bf16Table);
  if (cpu.avx512_vnni) tables.push_back(&kAvx512VnniTable);
  if (bf16 && !cpu.fast_avx512_bf16) tables.push_back(&kAvx512Bf16Table);
  if (cpu.avx_vnni) tables.push_back(&kAvxVnniTable);
  if (cpu.avx2) tables.push_back(&kAvx2Table);
#elif defined(__aarch64__) || defined(_M_ARM64)
  if (cpu.i8mm) tables.push_back(&kNeonI8mmTable);
  if (cpu.dotprod) tables.push_back(&kNeonDotprodTable);
  if (cpu.neon) tables.push_back(&kNeonTable);
#endif
  tables.push_back(&kGenericTable);
  return tables;
}

namespace {

// Tables that are taken only by name.
const KernelTable* OnRequest(absl::string_view name) {
#if defined(__x86_64__) || defined(_M_X64)
  if (name == kAvx512AmxTable.name && RequestTiles()) return &kAvx512AmxTable;
#else
  static_cast<void>(name);
#endif
  return nullptr;
}

}  // namespace

absl::StatusOr<const KernelTable*> ChooseKernels(absl::string_view name) {
  const std::vector<const KernelTable*> tables = SupportedKernels();
  const char* source = "";
  if (name.empty()) {
    const char* wanted = std::getenv("RECKON_ISA");
    if (wanted == nullptr || *wanted == '\0') return tables.front();
    name = wanted;
    source = "environment variable RECKON_ISA: ";
  }
  for (const KernelTable* table : tables) {
    if (name == table->name) return table;
  }
  if (const KernelTable* table = OnRequest(name); table != nullptr) return table;
  const std::string known = absl::StrJoin(
      tables, ", ", [](std::string* out, const KernelTable* table) { absl::StrAppend(out, table->name); });
  return absl::InvalidArgumentError(
      absl::StrCat(source, "this CPU has no kernels called '", name, "'; it can run: ", known));
}

}  // namespace reckon
