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

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_PACK_MATRIX_H_
