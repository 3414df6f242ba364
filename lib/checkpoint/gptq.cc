// GPTQ (arXiv 2210.17323) as AutoGPTQ and GPTQModel write it, four or eight bits:
//   X.qweight  I32 [in * bits/32, out]        consecutive inputs of one output channel in a word
//   X.qzeros   I32 [groups, out * bits/32]    consecutive output channels in a word; format v1 stores zero - 1
//   X.scales   F16 [groups, out]
//   X.g_idx    I32 [in]                       the group of each input; anything but i / group_size is "desc_act"
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "checkpoint/quantized.h"

namespace reckon {
namespace {

struct Settings {
  int bits = 4;
  int64_t group_size = 128;
  bool symmetric = false;
  int32_t zero_offset = 1;  // v1
};

absl::StatusOr<Settings> ReadSettings(const Config& config, absl::string_view key) {
  Settings settings;
  RECKON_ASSIGN_OR_RETURN(const int64_t bits, config.IntOr(absl::StrCat(key, ".bits"), 4));
  RECKON_ASSIGN_OR_RETURN(settings.group_size, config.IntOr(absl::StrCat(key, ".group_size"), 128));
  RECKON_ASSIGN_OR_RETURN(settings.symmetric, config.BoolOr(absl::StrCat(key, ".sym"), false));
  RECKON_ASSIGN_OR_RETURN(const std::string format, config.StringOr(absl::StrCat(key, ".checkpoint_format"), "gptq"));
  if ((bits != 4 && bits != 8) || (format != "gptq" && format != "gptq_v2")) {
    return absl::UnimplementedError(
        absl::StrCat(config.origin(), ": GPTQ with ", bits, " bits in the format \"", format,
                     "\" is not read (4 and 8 bits in \"gptq\" and \"gptq_v2\" are); take another quantization of "
                     "this model, or the original BF16 or F16 checkpoint"));
  }
  settings.bits = static_cast<int>(bits);
  settings.zero_offset = format == "gptq" ? 1 : 0;
  return settings;
}

absl::Status SetZeros(const Settings& settings, absl::string_view layer, int64_t rows, LayerParts* parts,
                      IntegerCodes* codes) {
  RECKON_ASSIGN_OR_RETURN(TensorInfo qzeros, parts->Take(layer, ".qzeros", 2));
  RECKON_RETURN_IF_ERROR(parts->CheckType(qzeros, {DType::kI32}));
  const int64_t words = (rows * settings.bits + 31) / 32;
  RECKON_RETURN_IF_ERROR(parts->CheckShape(qzeros, {codes->groups, words}, "the shapes of qweight and scales"));
  PackedIntegers& zeros = codes->zeros.emplace();
  zeros.bits = settings.bits;
  zeros.packed_along_rows = true;
  zeros.row_stride = 1;
  zeros.column_stride = words;
  zeros.tensor = std::move(qzeros);
  codes->zero_offset = settings.zero_offset;
  codes->says_symmetric = settings.symmetric;
  return absl::OkStatus();
}

// Keeps the groups of columns only where they are not the plain ones.
absl::Status SetOrder(absl::string_view layer, int64_t columns, LayerParts* parts, IntegerCodes* codes) {
  if (!parts->Has(layer, ".g_idx")) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(const TensorInfo g_idx, parts->Take(layer, ".g_idx", 1));
  RECKON_RETURN_IF_ERROR(parts->CheckShape(g_idx, {columns}, "the shape of qweight"));
  RECKON_ASSIGN_OR_RETURN(const std::vector<int64_t> groups, parts->Integers(g_idx));
  bool plain = true;
  for (size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] < 0 || groups[i] >= codes->groups) {
      return parts->Error(g_idx, absl::StrCat("gives input ", i, " the group ", groups[i], " of ", codes->groups));
    }
    plain = plain && groups[i] == static_cast<int64_t>(i) / codes->group_size;
  }
  if (!plain) codes->group_of_column.assign(groups.begin(), groups.end());
  return absl::OkStatus();
}

}  // namespace

absl::Status ReplaceGptq(absl::string_view key, CheckpointBuilder* builder) {
  RECKON_ASSIGN_OR_RETURN(const Settings settings, ReadSettings(builder->config(), key));
  LayerParts parts(builder);
  for (const std::string& layer : parts.Layers(".qweight")) {
    IntegerCodes codes;
    codes.method = "GPTQ";
    RECKON_ASSIGN_OR_RETURN(TensorInfo qweight, parts.Take(layer, ".qweight", 2));
    RECKON_RETURN_IF_ERROR(parts.CheckType(qweight, {DType::kI32}));
    RECKON_ASSIGN_OR_RETURN(codes.scales, parts.Take(layer, ".scales", 2));
    const int64_t columns = qweight.shape[0] * (32 / settings.bits);
    const int64_t rows = qweight.shape[1];
    codes.codes.bits = settings.bits;
    codes.codes.row_stride = 1;
    codes.codes.column_stride = rows;
    codes.codes.tensor = std::move(qweight);
    RECKON_RETURN_IF_ERROR(SetGroups(parts, rows, columns, settings.group_size, /*groups_first=*/true, &codes));
    RECKON_RETURN_IF_ERROR(SetZeros(settings, layer, rows, &parts, &codes));
    RECKON_RETURN_IF_ERROR(SetOrder(layer, columns, &parts, &codes));
    RECKON_RETURN_IF_ERROR(parts.Add(layer, rows, columns, std::move(codes)));
  }
  return absl::OkStatus();
}

}  // namespace reckon
