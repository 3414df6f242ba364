// AVX-512 F, BW, DQ, VL with VNNI: Cascade Lake, Ice Lake.
#include "kernels/isa/avx512.inc"
#include "kernels/isa/table.inc"

namespace reckon {
constinit const KernelTable kAvx512VnniTable = MakeTable("avx512_vnni");
}  // namespace reckon
