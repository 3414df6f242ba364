// Chooses the kernels for the CPU at hand.
#ifndef RECKON_LIB_KERNELS_DISPATCH_H_
#define RECKON_LIB_KERNELS_DISPATCH_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "kernels/kernel_table.h"

namespace reckon {

// All tables that this CPU and operating system can run, best first; the last one is "generic".
std::vector<const KernelTable*> SupportedKernels();

// The best table, or the one called `name` ("generic", "avx2", "avx_vnni", "avx512_vnni", "avx512_bf16", "neon",
// "neon_dotprod", "neon_i8mm"). An empty name asks the environment variable RECKON_ISA, then takes the best.
// "avx512_amx" is taken only by name: it asks for a right that changes the whole process (RequestTiles()), which is the
// host's decision.
// Errors: INVALID_ARGUMENT for a name that this CPU cannot run; the message lists those it can.
absl::StatusOr<const KernelTable*> ChooseKernels(absl::string_view name = {});

}  // namespace reckon

#endif  // RECKON_LIB_KERNELS_DISPATCH_H_
