// The input is a .safetensors file, taken as plain and as each of the quantization methods would read it; rows of
// quantized layers are read as well.
#include "fuzz/open_checkpoint.h"
#include "weights/tensor_rows.h"

namespace {

constexpr const char* kConfigs[] = {
    "{}",
    R"({"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 32}})",
    R"({"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 32, "sym": true}})",
    R"({"quantization_config": {"quant_method": "gptq", "bits": 8, "group_size": -1, "checkpoint_format": "gptq_v2"}})",
    R"({"quantization_config": {"quant_method": "compressed-tensors", "format": "pack-quantized"}})",
    R"({"quantization_config": {"quant_method": "compressed-tensors", "format": "int-quantized"}})",
    R"({"quantization_bit": 4})",
};

void ReadQuantizedRows(const reckon::Checkpoint& checkpoint) {
  for (const reckon::TensorInfo& tensor : checkpoint.tensors()) {
    if (tensor.codes == nullptr) continue;
    const absl::StatusOr<reckon::RowReader> reader = reckon::RowReader::Open(checkpoint, tensor);
    if (!reader.ok()) __builtin_trap();
    std::vector<float> rows(static_cast<size_t>(16 * tensor.shape[1]));
    reckon::RowScratch scratch;
    for (int64_t row = 0; row < tensor.rows(); row += 16) {
      const int64_t count = tensor.rows() - row < 16 ? tensor.rows() - row : 16;
      const absl::Status status = reader->Read(row, count, rows.data(), tensor.shape[1], &scratch);
      if (!status.ok() && status.message().empty()) __builtin_trap();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using reckon::testing::FileOf;
  const absl::Span<const uint8_t> input = absl::MakeConstSpan(data, size);
  for (const char* config : kConfigs) {
    const std::vector<reckon::ModelFile> files = {FileOf("config.json", reckon::testing::AsBytes(config)),
                                                  FileOf("model.safetensors", input)};
    reckon::testing::OpenAndTouch(files);
    const absl::StatusOr<reckon::Checkpoint> checkpoint = reckon::Checkpoint::Open(reckon::ModelSource::Files(files));
    if (checkpoint.ok()) ReadQuantizedRows(*checkpoint);
  }
  return 0;
}
