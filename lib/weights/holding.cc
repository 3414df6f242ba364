#include "weights/holding.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace reckon {
namespace {

bool IsPlain(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF64 || dtype == DType::kBF16 || dtype == DType::kF16;
}

}  // namespace

PackedFormat PlainFormat(const Checkpoint& checkpoint) {
  uint64_t bytes[256] = {};
  for (const TensorInfo& tensor : checkpoint.tensors()) bytes[static_cast<size_t>(tensor.dtype)] += tensor.nbytes;
  bool quantized = false;
  for (const TensorInfo& tensor : checkpoint.tensors()) quantized = quantized || tensor.codes != nullptr;
  const DType main = static_cast<DType>(std::max_element(std::begin(bytes), std::end(bytes)) - std::begin(bytes));
  if (quantized || !IsPlain(main)) return PackedFormat::kQ8;
  return main == DType::kF32 || main == DType::kF64 ? PackedFormat::kF32 : PackedFormat::kBf16;
}

Holding HoldMatrix(const Checkpoint& checkpoint, absl::Span<const TensorPart> parts, std::optional<PackedFormat> wanted,
                   PackedFormat plain) {
  std::vector<const TensorInfo*> tensors;
  bool all_plain = true;
  for (const TensorPart& part : parts) {
    const TensorInfo* tensor = checkpoint.Find(part.name);
    if (tensor == nullptr || tensor->shape.size() != 2) return {wanted.value_or(plain), PackedZero::kCenter, false};
    all_plain = all_plain && IsPlain(tensor->dtype);
    tensors.push_back(tensor);
  }
  if (!all_plain) {
    const bool any = !wanted.has_value();
    const Holding holding = HoldCodes(tensors, any || wanted == PackedFormat::kQ4, any || wanted == PackedFormat::kQ8);
    if (holding.from_codes) return holding;
  }
  const PackedFormat format = wanted.has_value() ? *wanted : all_plain ? plain : PackedFormat::kQ8;
  return {format, PackedZero::kCenter, false};
}

}  // namespace reckon
