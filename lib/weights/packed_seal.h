// What tells packed weights apart: the last bytes of the arena say which layout and which checkpoint the rest is of, so
// that weights packed once can be used again without packing them (ModelOptions::packed_weights).
#ifndef RECKON_LIB_WEIGHTS_PACKED_SEAL_H_
#define RECKON_LIB_WEIGHTS_PACKED_SEAL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "checkpoint/checkpoint.h"
#include "weights/weight_layout.h"

namespace reckon {

// Stands in the arena's last kPackedSealBytes. Plain data in the machine's byte order; a file from a machine of the
// other order has another magic.
struct PackedSeal {
  uint64_t magic;
  uint64_t version;     // of the packed formats: how panels, groups and scales lie
  uint64_t layout;      // every slot: offset, shape, format, and the tensors it is made of
  uint64_t checkpoint;  // every tensor: type, shape, and a sample of its bytes
  uint64_t bytes;       // of the arena, the seal included
};
static_assert(sizeof(PackedSeal) <= kPackedSealBytes);

// The seal of a layout filled from a checkpoint. Reads a few bytes of each tensor.
// Errors: the source's.
absl::StatusOr<PackedSeal> MakePackedSeal(const Checkpoint& checkpoint, const WeightLayout& layout);

// Whether `packed` is what Load() would make for the layout and the checkpoint, as far as the seal can tell: whoever
// forges both gets wrong tokens, but kernels read within the layout's bounds whatever the weights are.
// Errors: INVALID_ARGUMENT naming what differs and what to do.
absl::Status CheckPackedSeal(const Checkpoint& checkpoint, const WeightLayout& layout,
                             absl::Span<const uint8_t> packed);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_PACKED_SEAL_H_
