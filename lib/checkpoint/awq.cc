// AWQ (arXiv 2306.00978) as AutoAWQ writes it for its GEMM kernels, four bits:
//   X.qweight  I32 [in, out/8]       eight output channels of one input in a word, in the order 0 2 4 6 1 3 5 7
//   X.qzeros   I32 [groups, out/8]   the same way
//   X.scales   F16 [groups, out]
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "checkpoint/quantized.h"

namespace reckon {
namespace {

PackedIntegers AwqIntegers(TensorInfo tensor) {
  PackedIntegers integers;
  integers.packed_along_rows = true;
  integers.row_stride = 1;
  integers.column_stride = tensor.shape[1];
  integers.place = {0, 4, 1, 5, 2, 6, 3, 7};
  integers.tensor = std::move(tensor);
  return integers;
}

absl::Status CheckVariant(const Config& config, absl::string_view key) {
  RECKON_ASSIGN_OR_RETURN(const int64_t bits, config.IntOr(absl::StrCat(key, ".bits"), 4));
  RECKON_ASSIGN_OR_RETURN(const std::string version, config.StringOr(absl::StrCat(key, ".version"), "gemm"));
  if (bits == 4 && absl::EqualsIgnoreCase(version, "gemm")) return absl::OkStatus();
  return absl::UnimplementedError(
      absl::StrCat(config.origin(), ": AWQ with ", bits, " bits packed for \"", version,
                   "\" is not read (4 bits packed for \"gemm\" are); take another quantization of this model, or the "
                   "original BF16 or F16 checkpoint"));
}

}  // namespace

absl::Status ReplaceAwq(absl::string_view key, CheckpointBuilder* builder) {
  const Config& config = builder->config();
  RECKON_RETURN_IF_ERROR(CheckVariant(config, key));
  RECKON_ASSIGN_OR_RETURN(const int64_t group_size, config.IntOr(absl::StrCat(key, ".group_size"), 128));
  LayerParts parts(builder);
  for (const std::string& layer : parts.Layers(".qweight")) {
    IntegerCodes codes;
    codes.method = "AWQ";
    RECKON_ASSIGN_OR_RETURN(TensorInfo qweight, parts.Take(layer, ".qweight", 2));
    RECKON_RETURN_IF_ERROR(parts.CheckType(qweight, {DType::kI32}));
    RECKON_ASSIGN_OR_RETURN(codes.scales, parts.Take(layer, ".scales", 2));
    const int64_t columns = qweight.shape[0];
    const int64_t words = qweight.shape[1];
    codes.codes = AwqIntegers(std::move(qweight));
    RECKON_RETURN_IF_ERROR(SetGroups(parts, words * 8, columns, group_size, /*groups_first=*/true, &codes));
    codes.zero_offset = 8;
    if (parts.Has(layer, ".qzeros")) {
      RECKON_ASSIGN_OR_RETURN(TensorInfo qzeros, parts.Take(layer, ".qzeros", 2));
      RECKON_RETURN_IF_ERROR(parts.CheckType(qzeros, {DType::kI32}));
      RECKON_RETURN_IF_ERROR(parts.CheckShape(qzeros, {codes.groups, words}, "the shapes of qweight and scales"));
      codes.zeros = AwqIntegers(std::move(qzeros));
      codes.zero_offset = 0;
    }
    RECKON_RETURN_IF_ERROR(parts.Add(layer, words * 8, columns, std::move(codes)));
  }
  return absl::OkStatus();
}

}  // namespace reckon
