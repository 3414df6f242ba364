// How much memory a model takes, known before it is loaded.
#ifndef RECKON_MEMORY_PLAN_H_
#define RECKON_MEMORY_PLAN_H_

#include <cstdint>

namespace reckon {

// Bytes on the heap, part by part, for one model with one session. The weights' source is mapped while loading and
// given back tensor by tensor; the embedding table stays in the file and is read row by row, so neither is counted.
struct MemoryPlan {
  int64_t weight_bytes = 0;  // packed linear layers, norms and biases
  int64_t kv_bytes_per_token = 0;
  int64_t kv_bytes = 0;         // the key/value cache at context_tokens, in whole blocks
  int64_t scratch_bytes = 0;    // activations of the largest prefill chunk, and logits
  int64_t load_bytes = 0;       // needed while loading only, beside the weights
  int64_t tokenizer_bytes = 0;  // vocabulary and merge tables; an estimate from the size of the tokenizer's files
  int64_t total_bytes = 0;      // weights + kv + scratch + tokenizer; load_bytes is smaller than what a session needs
  int64_t context_tokens = 0;
  // The largest context that stays within ModelOptions::memory_limit_bytes, at most the model's own limit.
  int64_t max_context_that_fits = 0;
};

}  // namespace reckon

#endif  // RECKON_MEMORY_PLAN_H_
