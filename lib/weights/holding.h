// Which packed format holds a matrix, given how its tensors are stored.
#ifndef RECKON_LIB_WEIGHTS_HOLDING_H_
#define RECKON_LIB_WEIGHTS_HOLDING_H_

#include <optional>

#include "absl/types/span.h"
#include "arch/architecture.h"
#include "checkpoint/checkpoint.h"
#include "kernels/packed_matrix.h"
#include "weights/pack_codes.h"

namespace reckon {

// The format of matrices of plain types (F32, BF16, F16) where the caller asked for none: what most of the model's
// bytes are, and q8 beside quantized layers.
PackedFormat PlainFormat(const Checkpoint& checkpoint);

// wanted: the caller's choice, or none: then quantized matrices are held as they are if q4 or q8 can (HoldCodes), else
// rounded to q8, since 4 bits would lose too much a second time; plain ones in `plain`.
// Tensors that are missing are somebody else's error (CheckTensors).
Holding HoldMatrix(const Checkpoint& checkpoint, absl::Span<const TensorPart> parts, std::optional<PackedFormat> wanted,
                   PackedFormat plain);

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_HOLDING_H_
