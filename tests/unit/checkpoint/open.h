// Opening checkpoints from pieces, for the tests of this folder.
#ifndef RECKON_TESTS_UNIT_CHECKPOINT_OPEN_H_
#define RECKON_TESTS_UNIT_CHECKPOINT_OPEN_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace reckon::testing {

using Files = std::map<std::string, std::string>;  // name -> contents

// The files must outlive the source.
inline ModelSource InMemory(const Files& files) {
  std::vector<ModelFile> list;
  for (const auto& [name, text] : files) {
    ModelFile file;
    file.name = name;
    file.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    list.push_back(std::move(file));
  }
  return ModelSource::Files(std::move(list));
}

inline absl::StatusOr<Checkpoint> Open(const Files& files) { return Checkpoint::Open(InMemory(files)); }

inline std::string BytesOf(const Checkpoint& checkpoint, absl::string_view tensor) {
  const TensorInfo* info = checkpoint.Find(tensor);
  if (info == nullptr) return "(none)";
  std::vector<uint8_t> scratch;
  const auto view = checkpoint.View(*info, 0, info->nbytes, &scratch);
  return view.ok() ? std::string(view->begin(), view->end()) : view.status().ToString();
}

}  // namespace reckon::testing

#endif  // RECKON_TESTS_UNIT_CHECKPOINT_OPEN_H_
