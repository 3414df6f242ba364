// Weights that were packed before.
#ifndef RECKON_PACKED_WEIGHTS_H_
#define RECKON_PACKED_WEIGHTS_H_

#include <cstdint>
#include <memory>

#include "absl/types/span.h"

namespace reckon {

// Weights in the form that a model computes with: the bytes of Model::packed_weights(), from an earlier opening of the
// same checkpoint with the same ModelOptions::weights, wherever the host keeps them: a mapped file, or memory shared
// between processes. The form is the same for every instruction set, and is one version's own: after an update of
// Reckon, opening may refuse it; the host then opens without it.
//
// The bytes are used in place. They begin at a multiple of 64 and stay unchanged as long as `owner` lives, which the
// model keeps; without an owner, as long as the model and its sessions.
struct PackedWeights {
  absl::Span<const uint8_t> bytes;
  std::shared_ptr<const void> owner;
};

}  // namespace reckon

#endif  // RECKON_PACKED_WEIGHTS_H_
