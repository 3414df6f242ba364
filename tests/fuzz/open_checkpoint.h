// What the checkpoint targets do with their input: open it and touch everything that came out.
#ifndef RECKON_TESTS_FUZZ_OPEN_CHECKPOINT_H_
#define RECKON_TESTS_FUZZ_OPEN_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace reckon::testing {

inline ModelFile FileOf(std::string name, absl::Span<const uint8_t> bytes) {
  ModelFile file;
  file.name = std::move(name);
  file.bytes = bytes;
  return file;
}

inline absl::Span<const uint8_t> AsBytes(absl::string_view text) {
  return absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// A failure must say something; a success must be readable from end to end.
inline void OpenAndTouch(std::vector<ModelFile> files) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(ModelSource::Files(std::move(files)));
  if (!checkpoint.ok()) {
    if (checkpoint.status().message().empty()) __builtin_trap();
    return;
  }
  std::vector<uint8_t> scratch;
  uint64_t sum = 0;
  for (const TensorInfo& tensor : checkpoint->tensors()) {
    sum += tensor.Describe().size();
    const auto view = checkpoint->View(tensor, 0, tensor.nbytes, &scratch);
    if (!view.ok()) __builtin_trap();
    for (const uint8_t byte : *view) sum += byte;
  }
  const Config& config = checkpoint->config();
  for (const auto& [key, value] : config.values()) {
    sum += config.Int(key).ok() + config.Double(key).ok() + config.String(key).ok() + config.Bool(key).ok();
    sum += config.Ints(key).ok() + config.Doubles(key).ok() + config.Strings(key).ok();
  }
  volatile uint64_t sink = sum;  // or the reads above could be optimized away
  (void)sink;
}

}  // namespace reckon::testing

#endif  // RECKON_TESTS_FUZZ_OPEN_CHECKPOINT_H_
