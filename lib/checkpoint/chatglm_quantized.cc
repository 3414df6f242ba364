// The form that ChatGLM2 and ChatGLM3 publish their quantized versions in ("quantization_bit" 4 or 8 in config.json):
//   X.weight        I8 [out, in * bits/8]   two's complement; of two inputs in a byte the first is the upper half
//   X.weight_scale  F16 [out]
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "checkpoint/quantized.h"

namespace reckon {

absl::Status ReplaceChatGlm(CheckpointBuilder* builder) {
  const Config& config = builder->config();
  RECKON_ASSIGN_OR_RETURN(const int64_t bits, config.Int("quantization_bit"));
  if (bits != 4 && bits != 8) return config.Error("quantization_bit", absl::StrCat("is ", bits, "; 4 and 8 are read"));
  LayerParts parts(builder);
  for (const std::string& layer : parts.Layers(".weight_scale")) {
    IntegerCodes codes;
    codes.method = "ChatGLM";
    RECKON_ASSIGN_OR_RETURN(TensorInfo weight, parts.Take(layer, ".weight", 2));
    RECKON_RETURN_IF_ERROR(parts.CheckType(weight, {DType::kI8}));
    const int64_t rows = weight.shape[0];
    const int64_t bytes = weight.shape[1];
    codes.codes.bits = static_cast<int>(bits);
    codes.codes.word_bytes = 1;
    codes.codes.row_stride = bytes;
    codes.codes.column_stride = 1;
    if (bits == 4) codes.codes.place = {1, 0};
    codes.codes.flip = static_cast<uint8_t>(1 << (bits - 1));
    codes.codes.tensor = std::move(weight);
    codes.zero_offset = 1 << (bits - 1);
    RECKON_ASSIGN_OR_RETURN(codes.scales, parts.Take(layer, ".weight_scale", 1));
    codes.scales.shape.push_back(1);
    RECKON_RETURN_IF_ERROR(SetGroups(parts, rows, bytes * 8 / bits, -1, /*groups_first=*/false, &codes));
    RECKON_RETURN_IF_ERROR(parts.Add(layer, rows, bytes * 8 / bits, std::move(codes)));
  }
  return absl::OkStatus();
}

}  // namespace reckon
