// Hugging Face's JSON configuration files into a Config.
#ifndef RECKON_LIB_CHECKPOINT_JSON_CONFIG_H_
#define RECKON_LIB_CHECKPOINT_JSON_CONFIG_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "checkpoint/config.h"

namespace reckon {

// Adds every value of a JSON object to `config`, nested objects with dots, each key behind `prefix` ("" or
// "generation."). A key that is there twice has its last value, as in Python's json.
// Errors: INVALID_ARGUMENT (not a JSON object, nested too deep, more values than a configuration has); `origin` names
// the file in messages.
absl::Status AddJsonConfig(absl::string_view text, absl::string_view origin, absl::string_view prefix, Config* config);

// Newer transformers write "dtype" and "rope_parameters" where older ones wrote "torch_dtype", "rope_theta" and
// "rope_scaling"; older still wrote "rope_scaling.type" for "rope_scaling.rope_type". Sets the classic keys (and both
// names of the type) where only the others are there.
void AddClassicNames(Config* config);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_JSON_CONFIG_H_
