// generation_config.json as SamplerOptions.
#ifndef RECKON_LIB_SESSION_GENERATION_CONFIG_H_
#define RECKON_LIB_SESSION_GENERATION_CONFIG_H_

#include "absl/status/statusor.h"
#include "checkpoint/config.h"
#include "reckon/sampler.h"

namespace reckon {

// Reads "generation.*". Without any, or with do_sample false, the result is greedy. Members that the file does not have
// keep SamplerOptions' defaults (off), also where transformers has a default of its own (top_k 50): the authors' file
// is the authority, not a library's. Errors: INVALID_ARGUMENT naming the key.
absl::StatusOr<SamplerOptions> ReadGenerationConfig(const Config& config);

}  // namespace reckon

#endif  // RECKON_LIB_SESSION_GENERATION_CONFIG_H_
