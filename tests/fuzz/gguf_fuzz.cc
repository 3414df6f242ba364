// The input is a .gguf file.
#include "fuzz/open_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  reckon::testing::OpenAndTouch({reckon::testing::FileOf("model.gguf", absl::MakeConstSpan(data, size))});
  return 0;
}
