#include "checkpoint/quantized.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"

namespace reckon {

std::vector<std::string> LayerParts::Layers(absl::string_view suffix) const {
  std::vector<std::string> layers;
  for (const TensorInfo& tensor : builder_->tensors()) {
    if (tensor.codes == nullptr && absl::EndsWith(tensor.name, suffix)) {
      layers.push_back(tensor.name.substr(0, tensor.name.size() - suffix.size()));
    }
  }
  std::sort(layers.begin(), layers.end());
  return layers;
}

bool LayerParts::Has(absl::string_view layer, absl::string_view suffix) const {
  return builder_->Has(absl::StrCat(layer, suffix));
}

absl::StatusOr<TensorInfo> LayerParts::TakeAny(absl::string_view layer, absl::string_view suffix) {
  // Far above any layer, far below what could overflow when words are counted as numbers.
  constexpr int64_t kMaxDimension = int64_t{1} << 40;
  RECKON_ASSIGN_OR_RETURN(TensorInfo tensor, builder_->Take(absl::StrCat(layer, suffix)));
  for (const int64_t dimension : tensor.shape) {
    if (dimension > kMaxDimension) return Error(tensor, "has a dimension that no layer has");
  }
  return tensor;
}

absl::StatusOr<TensorInfo> LayerParts::Take(absl::string_view layer, absl::string_view suffix, size_t rank) {
  RECKON_ASSIGN_OR_RETURN(TensorInfo tensor, TakeAny(layer, suffix));
  if (tensor.shape.size() != rank) return Error(tensor, absl::StrCat("should have ", rank, " dimensions"));
  return tensor;
}

absl::StatusOr<std::vector<int64_t>> LayerParts::Integers(const TensorInfo& tensor) const {
  RECKON_RETURN_IF_ERROR(CheckType(tensor, {DType::kI32, DType::kI64}));
  std::vector<uint8_t> bytes(static_cast<size_t>(tensor.nbytes));
  RECKON_RETURN_IF_ERROR(builder_->source(tensor.file).ReadAt(tensor.offset, absl::MakeSpan(bytes)));
  const size_t width = tensor.dtype == DType::kI32 ? 4 : 8;
  std::vector<int64_t> values(bytes.size() / width);
  for (size_t i = 0; i < values.size(); ++i) {
    if (width == 8) {
      std::memcpy(&values[i], bytes.data() + 8 * i, 8);
    } else {
      int32_t value = 0;
      std::memcpy(&value, bytes.data() + 4 * i, 4);
      values[i] = value;
    }
  }
  return values;
}

absl::Status LayerParts::Error(const TensorInfo& tensor, absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(builder_->source(tensor.file).name(), ": tensor ",
                                                 Quoted(tensor.name_on_disk), " ", InfoOf(tensor.dtype).name, " [",
                                                 absl::StrJoin(tensor.shape, ", "), "] ", what));
}

absl::Status LayerParts::CheckShape(const TensorInfo& tensor, const std::vector<int64_t>& shape,
                                    absl::string_view why) const {
  if (tensor.shape == shape) return absl::OkStatus();
  return Error(tensor, absl::StrCat("should be [", absl::StrJoin(shape, ", "), "], by ", why));
}

absl::Status LayerParts::CheckType(const TensorInfo& tensor, std::initializer_list<DType> types) const {
  std::string names;
  for (const DType type : types) {
    if (tensor.dtype == type) return absl::OkStatus();
    absl::StrAppend(&names, names.empty() ? "" : " or ", InfoOf(type).name);
  }
  return Error(tensor, absl::StrCat("should be of type ", names));
}

absl::Status LayerParts::Add(absl::string_view layer, int64_t rows, int64_t columns, IntegerCodes codes) {
  TensorInfo tensor = codes.codes.tensor;
  tensor.name = absl::StrCat(layer, ".weight");
  tensor.dtype = codes.codes.bits == 4 ? DType::kInt4 : DType::kInt8;
  tensor.shape = {rows, columns};
  tensor.codes = std::make_shared<const IntegerCodes>(std::move(codes));
  return builder_->AddTensor(std::move(tensor));
}

absl::Status SetGroups(const LayerParts& parts, int64_t rows, int64_t columns, int64_t group_size, bool groups_first,
                       IntegerCodes* codes) {
  RECKON_RETURN_IF_ERROR(parts.CheckType(codes->scales, {DType::kF16, DType::kBF16, DType::kF32}));
  if (rows <= 0 || columns <= 0) return parts.Error(codes->codes.tensor, "is empty");
  codes->group_size = group_size <= 0 || group_size > columns ? columns : group_size;
  codes->groups = (columns + codes->group_size - 1) / codes->group_size;
  const std::vector<int64_t> wanted =
      groups_first ? std::vector<int64_t>{codes->groups, rows} : std::vector<int64_t>{rows, codes->groups};
  RECKON_RETURN_IF_ERROR(parts.CheckShape(
      codes->scales, wanted, absl::StrCat("a matrix of [", rows, ", ", columns, "] in groups of ", codes->group_size)));
  codes->scale_row_stride = groups_first ? 1 : codes->groups;
  codes->scale_group_stride = groups_first ? rows : 1;
  return absl::OkStatus();
}

absl::Status ReplaceQuantizedTensors(CheckpointBuilder* builder) {
  const Config& config = builder->config();
  for (const char* key : {"quantization_config", "compression_config"}) {
    RECKON_ASSIGN_OR_RETURN(const std::string method, config.StringOr(absl::StrCat(key, ".quant_method"), ""));
    if (method.empty()) continue;
    if (method == "awq") return ReplaceAwq(key, builder);
    if (method == "gptq") return ReplaceGptq(key, builder);
    if (method == "compressed-tensors") return ReplaceCompressedTensors(key, builder);
    return absl::UnimplementedError(absl::StrCat(
        config.origin(), ": \"", key, "\" says that the weights are quantized with ", absl::AsciiStrToUpper(method),
        ", which is not read (AWQ, GPTQ and compressed-tensors are); take the original BF16 or F16 "
        "checkpoint of this model, or a GGUF file of it"));
  }
  RECKON_ASSIGN_OR_RETURN(const int64_t chatglm_bits, config.IntOr("quantization_bit", 0));
  return chatglm_bits != 0 ? ReplaceChatGlm(builder) : absl::OkStatus();
}

}  // namespace reckon
