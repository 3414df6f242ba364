// The list of model families: a new one is a file of its own, a declaration here and a line in registry.cc.
#ifndef RECKON_LIB_ARCH_REGISTRY_H_
#define RECKON_LIB_ARCH_REGISTRY_H_

#include "absl/status/statusor.h"
#include "arch/architecture.h"
#include "checkpoint/config.h"

namespace reckon {

absl::StatusOr<Architecture> MakeQwen2(const Config& config);
absl::StatusOr<Architecture> MakeQwen3(const Config& config);
absl::StatusOr<Architecture> MakeLlama(const Config& config);
absl::StatusOr<Architecture> MakePhi3(const Config& config);
absl::StatusOr<Architecture> MakeChatGlm3(const Config& config);

}  // namespace reckon

#endif  // RECKON_LIB_ARCH_REGISTRY_H_
