// The input is a JSON file, taken for each of those that a Hugging Face folder has.
#include "fuzz/open_checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using reckon::testing::AsBytes;
  using reckon::testing::FileOf;
  constexpr absl::string_view kWeights("\2\0\0\0\0\0\0\0{}", 10);
  const absl::Span<const uint8_t> input = absl::MakeConstSpan(data, size);
  for (const char* name : {"config.json", "generation_config.json", "tokenizer_config.json", "chat_template.json"}) {
    std::vector<reckon::ModelFile> files = {FileOf("model.safetensors", AsBytes(kWeights)), FileOf(name, input)};
    if (files.back().name != "config.json") files.push_back(FileOf("config.json", AsBytes("{}")));
    reckon::testing::OpenAndTouch(std::move(files));
  }
  reckon::testing::OpenAndTouch({FileOf("config.json", AsBytes("{}")), FileOf("a.safetensors", AsBytes(kWeights)),
                                 FileOf("model.safetensors.index.json", input)});
  return 0;
}
