// From tensors on disk to one packed matrix.
#ifndef RECKON_LIB_WEIGHTS_PACK_MATRIX_H_
#define RECKON_LIB_WEIGHTS_PACK_MATRIX_H_

#include <cstdint>

#include "absl/status/status.h"
#include "base/thread_pool.h"
#include "checkpoint/checkpoint.h"
#include "kernels/kernel_table.h"
#include "reckon/cancel.h"
#include "weights/weight_layout.h"

namespace reckon {

// Fills `out` (PackedBytes(slot.shape) bytes, zeroed) from the slot's parts. The tensors were checked by
// CheckTensors(). Cost: reads every row once; each thread holds 16 rows of floats. Errors: the source's; CANCELLED.
absl::Status PackMatrix(const Checkpoint& checkpoint, const MatrixSlot& slot, const KernelTable& kernels,
                        ThreadPool& pool, const CancelToken& cancel, uint8_t* out);

// One panel of it, for looking at what packing does. Shapes: out [panel_stride], zeroed.
absl::Status PackOnePanel(const Checkpoint& checkpoint, const MatrixSlot& slot, const KernelTable& kernels,
                          int64_t panel, uint8_t* out);

// Which row of which part an output channel of the matrix is; part < 0 where it has padding.
struct ChannelSource {
  int64_t part = -1;
  int64_t row = 0;  // of the tensor
};
ChannelSource SourceOfChannel(const MatrixSlot& slot, int64_t channel);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_PACK_MATRIX_H_
