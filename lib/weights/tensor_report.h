// What becomes of each tensor of a checkpoint: how it is stored, how it will be held, and what that costs in accuracy.
#ifndef RECKON_LIB_WEIGHTS_TENSOR_REPORT_H_
#define RECKON_LIB_WEIGHTS_TENSOR_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "arch/architecture.h"
#include "checkpoint/checkpoint.h"
#include "kernels/kernel_table.h"
#include "weights/weight_layout.h"

namespace reckon {

struct TensorReport {
  const TensorInfo* tensor = nullptr;  // of the checkpoint
  std::string stored;                  // "BF16", "AWQ, 4 bits, groups of 128, zero points"
  std::string held;                    // "q4", "q4 with zero points", "f32", "in the file", "not used"
  // Whether its numbers are the checkpoint's own. Else they are rounded, or their F16 scales might be.
  bool as_stored = false;
  // Root mean square of (held - stored) over that of stored, on `measured_rows` rows spread evenly; 0 if none.
  double relative_error = 0;
  int64_t measured_rows = 0;
};

// One entry for each tensor of the checkpoint: in the order in which the model passes them (embedding, factors of the
// rotation, layer by layer, final norm, head), then those that it does not use, in the checkpoint's order. Reads and
// packs up to `panels` panels of 16 output channels of each matrix (0: none). `layout` is that of the checkpoint
// (CheckTensors() passed). Errors: the source's. Cost: with 4 panels about a second for 7 billion parameters on a warm
// disk.
absl::StatusOr<std::vector<TensorReport>> ReportTensors(const Checkpoint& checkpoint, const Architecture& architecture,
                                                        const WeightLayout& layout, const KernelTable& kernels,
                                                        int64_t panels);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_TENSOR_REPORT_H_
