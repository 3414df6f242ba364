// Steps that change single logits: bias and the penalties on tokens seen before.
#ifndef RECKON_LIB_SAMPLING_PENALTIES_H_
#define RECKON_LIB_SAMPLING_PENALTIES_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/hash_table.h"
#include "reckon/sampler.h"
#include "reckon/types.h"

namespace reckon {

// True if a step that looks at the history is on.
bool HasPenalties(const SamplerOptions& options);

// logits [vocab_size], changed in place. Values for the same token add up.
// Errors: INVALID_ARGUMENT if an id is not below vocab_size.
absl::Status ApplyLogitBias(const SamplerOptions& options, absl::Span<float> logits);

// For a token seen `count` times: repetition (as Hugging Face's RepetitionPenaltyLogitsProcessor: a negative logit is
// multiplied, another divided), then presence + frequency * count is subtracted (as the OpenAI API).
// Ids outside of the vocabulary are passed over: a text may hold placeholders for images or sounds.
void ApplyPenalties(const SamplerOptions& options, const HashMap<TokenId, int32_t>& counts, absl::Span<float> logits);

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_PENALTIES_H_
