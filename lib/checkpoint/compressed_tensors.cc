// The compressed-tensors format of llm-compressor and vLLM, whole numbers of four or eight bits (W4A16, W8A16, W8A8).
// "pack-quantized":
//   X.weight_packed      I32 [out, in * bits/32]      consecutive inputs in a word, each plus 2^(bits-1)
//   X.weight_scale       [out, groups]
//   X.weight_zero_point  I32 [out * bits/32, groups]  consecutive output channels in a word; absent: symmetric
//   X.weight_shape       I64 [2]                      out, in
//   X.weight_g_idx       I32 [in]                     the group of each input; absent: i / group_size
// "int-quantized" and "naive-quantized":
//   X.weight             I8 [out, in]
//   X.weight_scale       [out, groups], [out, 1], [out] or [1]
//   X.weight_zero_point  I8, of the same shape; absent: symmetric
// Scales are F16, BF16 or F32. How activations were to be quantized (W8A8) is not asked: ours keep at least as much.
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "checkpoint/quantized.h"

namespace reckon {
namespace {

absl::Status SetOrder(absl::string_view layer, int64_t columns, LayerParts* parts, IntegerCodes* codes) {
  if (!parts->Has(layer, ".weight_g_idx")) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(const TensorInfo index, parts->Take(layer, ".weight_g_idx", 1));
  RECKON_RETURN_IF_ERROR(parts->CheckShape(index, {columns}, "weight_shape"));
  RECKON_ASSIGN_OR_RETURN(const std::vector<int64_t> groups, parts->Integers(index));
  bool unused = true;  // -1 throughout
  bool plain = true;
  for (size_t i = 0; i < groups.size(); ++i) {
    unused = unused && groups[i] == -1;
    plain = plain && groups[i] == static_cast<int64_t>(i) / codes->group_size;
    if (groups[i] < -1 || groups[i] >= codes->groups) {
      return parts->Error(index, absl::StrCat("gives input ", i, " the group ", groups[i], " of ", codes->groups));
    }
  }
  if (plain || unused) return absl::OkStatus();
  for (const int64_t group : groups) {
    if (group < 0) return parts->Error(index, "gives only some of the inputs a group");
  }
  codes->group_of_column.assign(groups.begin(), groups.end());
  return absl::OkStatus();
}

// The widths of groups that the config speaks of, for some layers or others.
std::vector<int64_t> GroupSizes(const Config& config, absl::string_view key) {
  std::vector<int64_t> sizes;
  const std::string prefix = absl::StrCat(key, ".config_groups.");
  for (auto it = config.values().lower_bound(prefix); it != config.values().end(); ++it) {
    if (!absl::StartsWith(it->first, prefix)) break;
    const auto* size = std::get_if<int64_t>(&it->second);
    if (size != nullptr && *size > 0 && absl::EndsWith(it->first, ".weights.group_size")) sizes.push_back(*size);
  }
  return sizes;
}

// The width of a layer's groups. The number of its scales tells it; where the last group is narrower than the others,
// only together with the config.
absl::StatusOr<int64_t> GroupSize(const LayerParts& parts, const std::vector<int64_t>& sizes, const TensorInfo& scales,
                                  int64_t columns) {
  const int64_t groups = scales.shape[1];
  if (groups < 1 || groups > columns) return parts.Error(scales, "has no sensible number of groups");
  for (const int64_t size : sizes) {
    if (size <= columns && (columns + size - 1) / size == groups) return size;
  }
  if (columns % groups == 0) return columns / groups;
  return parts.Error(scales, absl::StrCat("has ", groups, " groups for ", columns,
                                          " inputs, which is no group_size in the quantization config"));
}

absl::Status ReplacePacked(const std::string& layer, const std::vector<int64_t>& sizes, LayerParts* parts) {
  IntegerCodes codes;
  codes.method = "compressed-tensors";
  RECKON_ASSIGN_OR_RETURN(TensorInfo packed, parts->Take(layer, ".weight_packed", 2));
  RECKON_RETURN_IF_ERROR(parts->CheckType(packed, {DType::kI32}));
  RECKON_ASSIGN_OR_RETURN(codes.scales, parts->Take(layer, ".weight_scale", 2));
  RECKON_ASSIGN_OR_RETURN(const TensorInfo shape_tensor, parts->Take(layer, ".weight_shape", 1));
  RECKON_RETURN_IF_ERROR(parts->CheckShape(shape_tensor, {2}, "its meaning, the shape of weight"));
  RECKON_ASSIGN_OR_RETURN(const std::vector<int64_t> shape, parts->Integers(shape_tensor));
  const int64_t rows = packed.shape[0];
  const int64_t columns = shape[1];
  const int64_t words = packed.shape[1];
  // 4 or 8 bits: what makes `columns` numbers fill these words, the last one perhaps not wholly.
  int bits = 0;
  if (columns > 0 && columns <= words * 8) bits = (columns + 7) / 8 == words ? 4 : (columns + 3) / 4 == words ? 8 : 0;
  if (shape[0] != rows || bits == 0) {
    return parts->Error(packed, absl::StrCat("does not hold the [", shape[0], ", ", columns,
                                             "] numbers of 4 or 8 bits that weight_shape speaks of"));
  }
  codes.codes.bits = bits;
  codes.codes.row_stride = words;
  codes.codes.column_stride = 1;
  codes.codes.tensor = std::move(packed);
  RECKON_ASSIGN_OR_RETURN(const int64_t group_size, GroupSize(*parts, sizes, codes.scales, columns));
  RECKON_RETURN_IF_ERROR(SetGroups(*parts, rows, columns, group_size, /*groups_first=*/false, &codes));
  codes.zero_offset = 1 << (bits - 1);
  if (parts->Has(layer, ".weight_zero_point")) {
    RECKON_ASSIGN_OR_RETURN(TensorInfo tensor, parts->Take(layer, ".weight_zero_point", 2));
    RECKON_RETURN_IF_ERROR(parts->CheckType(tensor, {DType::kI32}));
    RECKON_RETURN_IF_ERROR(
        parts->CheckShape(tensor, {(rows * bits + 31) / 32, codes.groups}, "the shapes of weight and weight_scale"));
    PackedIntegers& zeros = codes.zeros.emplace();
    zeros.bits = bits;
    zeros.packed_along_rows = true;
    zeros.row_stride = codes.groups;
    zeros.column_stride = 1;
    zeros.tensor = std::move(tensor);
    codes.zero_offset = 0;
  }
  RECKON_RETURN_IF_ERROR(SetOrder(layer, columns, parts, &codes));
  return parts->Add(layer, rows, columns, std::move(codes));
}

// Scales (or zero points) with one number for all rows, for each row, or for each row and group.
absl::Status SetPlainGroups(int64_t rows, int64_t columns, const std::vector<int64_t>& sizes, const LayerParts& parts,
                            IntegerCodes* codes) {
  TensorInfo& scales = codes->scales;
  const bool for_all = scales.elements() == 1;
  if (scales.shape.size() == 1 && !for_all) scales.shape.push_back(1);
  if (!for_all && scales.shape.size() != 2) return parts.Error(scales, "should have two dimensions");
  if (!for_all) {
    RECKON_ASSIGN_OR_RETURN(const int64_t group_size, GroupSize(parts, sizes, scales, columns));
    return SetGroups(parts, rows, columns, group_size, /*groups_first=*/false, codes);
  }
  RECKON_RETURN_IF_ERROR(parts.CheckType(scales, {DType::kF16, DType::kBF16, DType::kF32}));
  codes->group_size = columns;
  codes->groups = 1;
  return absl::OkStatus();
}

absl::Status ReplacePlain(const std::string& layer, const std::vector<int64_t>& sizes, LayerParts* parts) {
  IntegerCodes codes;
  codes.method = "compressed-tensors";
  RECKON_ASSIGN_OR_RETURN(TensorInfo weight, parts->Take(layer, ".weight", 2));
  RECKON_RETURN_IF_ERROR(parts->CheckType(weight, {DType::kI8}));
  const int64_t rows = weight.shape[0];
  const int64_t columns = weight.shape[1];
  if (rows <= 0 || columns <= 0) return parts->Error(weight, "is empty");
  codes.codes.bits = 8;
  codes.codes.word_bytes = 1;
  codes.codes.row_stride = columns;
  codes.codes.column_stride = 1;
  codes.codes.flip = 0x80;
  codes.codes.tensor = std::move(weight);
  RECKON_ASSIGN_OR_RETURN(codes.scales, parts->TakeAny(layer, ".weight_scale"));
  RECKON_RETURN_IF_ERROR(SetPlainGroups(rows, columns, sizes, *parts, &codes));
  codes.zero_offset = 128;
  if (parts->Has(layer, ".weight_zero_point")) {
    RECKON_ASSIGN_OR_RETURN(TensorInfo tensor, parts->TakeAny(layer, ".weight_zero_point"));
    RECKON_RETURN_IF_ERROR(parts->CheckType(tensor, {DType::kI8}));
    if (tensor.elements() != codes.scales.elements()) {
      return parts->Error(tensor, "should have the shape of weight_scale");
    }
    PackedIntegers& zeros = codes.zeros.emplace();
    zeros.bits = 8;
    zeros.word_bytes = 1;
    zeros.row_stride = codes.scale_row_stride;
    zeros.column_stride = codes.scale_group_stride;
    zeros.flip = 0x80;
    zeros.tensor = std::move(tensor);
    codes.zero_offset = 0;
  }
  return parts->Add(layer, rows, columns, std::move(codes));
}

}  // namespace

absl::Status ReplaceCompressedTensors(absl::string_view key, CheckpointBuilder* builder) {
  const Config& config = builder->config();
  RECKON_ASSIGN_OR_RETURN(const std::string format, config.StringOr(absl::StrCat(key, ".format"), "dense"));
  if (format == "dense") return absl::OkStatus();
  const std::vector<int64_t> sizes = GroupSizes(config, key);
  LayerParts parts(builder);
  if (format == "pack-quantized") {
    for (const std::string& layer : parts.Layers(".weight_packed")) {
      RECKON_RETURN_IF_ERROR(ReplacePacked(layer, sizes, &parts));
    }
    return absl::OkStatus();
  }
  if (format == "int-quantized" || format == "naive-quantized") {
    for (const std::string& layer : parts.Layers(".weight_scale")) {
      RECKON_RETURN_IF_ERROR(ReplacePlain(layer, sizes, &parts));
    }
    return absl::OkStatus();
  }
  return absl::UnimplementedError(
      absl::StrCat(config.origin(), ": compressed-tensors of the format \"", format,
                   "\" are not read (\"pack-quantized\" and \"int-quantized\" are); take a W4A16 or W8A8 version of "
                   "this model, or the original BF16 or F16 checkpoint"));
}

}  // namespace reckon
