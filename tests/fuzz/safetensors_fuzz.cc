// The input is a .safetensors file.
#include "fuzz/open_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using reckon::testing::FileOf;
  reckon::testing::OpenAndTouch({FileOf("config.json", reckon::testing::AsBytes("{}")),
                                 FileOf("model.safetensors", absl::MakeConstSpan(data, size))});
  return 0;
}
