#ifndef RECKON_LIB_SAMPLING_OPTIONS_H_
#define RECKON_LIB_SAMPLING_OPTIONS_H_

#include "absl/status/status.h"
#include "reckon/sampler.h"

namespace reckon {

// INVALID_ARGUMENT for the first member outside of its range, naming the member, its value and the range.
absl::Status ValidateSamplerOptions(const SamplerOptions& options);

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_OPTIONS_H_
