#include "checkpoint/safetensors.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "checkpoint/checkpoint_builder.h"
#include "checkpoint/json.h"

namespace reckon {
namespace {

// The reference implementation's limit. It also bounds what the JSON parser allocates.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr size_t kMaxHeaderDepth = 8;
constexpr size_t kMaxRank = 8;

constexpr std::array<std::pair<absl::string_view, DType>, 10> kTypes = {{
    {"F32", DType::kF32},
    {"F16", DType::kF16},
    {"BF16", DType::kBF16},
    {"F64", DType::kF64},
    {"I64", DType::kI64},
    {"I32", DType::kI32},
    {"I16", DType::kI16},
    {"I8", DType::kI8},
    {"U8", DType::kU8},
    {"BOOL", DType::kBool},
}};

absl::Status TensorError(const ByteSource& source, absl::string_view tensor, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source.name(), ": tensor ", Quoted(tensor), " ", what));
}

absl::StatusOr<DType> ParseType(const ByteSource& source, absl::string_view tensor, absl::string_view type) {
  for (const auto& [name, dtype] : kTypes) {
    if (type == name) return dtype;
  }
  if (absl::StartsWith(type, "F8_") || absl::StartsWith(type, "F4") || absl::StartsWith(type, "F6_") || type == "U16" ||
      type == "U32" || type == "U64" || type == "C64") {
    return absl::UnimplementedError(absl::StrCat(source.name(), ": tensor ", Quoted(tensor), " has the type ", type,
                                                 ", which is not read; use a BF16, F16 or F32 version of the model"));
  }
  return TensorError(source, tensor, absl::StrCat("has the unknown type ", Quoted(type)));
}

absl::StatusOr<std::vector<int64_t>> ParseShape(const ByteSource& source, absl::string_view tensor,
                                                simdjson::dom::element value) {
  simdjson::dom::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return TensorError(source, tensor, "has no list as its shape");
  std::vector<int64_t> shape;
  for (const simdjson::dom::element item : array) {
    int64_t dimension = 0;
    if (item.get_int64().get(dimension) != simdjson::SUCCESS || dimension < 0) {
      return TensorError(source, tensor, "has a dimension that is negative or no integer");
    }
    if (shape.size() == kMaxRank)
      return TensorError(source, tensor, absl::StrCat("has more than ", kMaxRank, " dimensions"));
    shape.push_back(dimension);
  }
  return shape;
}

// data_offsets: [begin, end) counted from the end of the header.
absl::Status ParseOffsets(const ByteSource& source, uint64_t data_start, simdjson::dom::element value,
                          TensorInfo* tensor) {
  simdjson::dom::array array;
  uint64_t begin = 0;
  uint64_t end = 0;
  if (value.get_array().get(array) != simdjson::SUCCESS || array.size() != 2 ||
      array.at(0).get_uint64().get(begin) != simdjson::SUCCESS ||
      array.at(1).get_uint64().get(end) != simdjson::SUCCESS || begin > end) {
    return TensorError(source, tensor->name, "has data_offsets that are not [begin, end]");
  }
  const uint64_t data_bytes = source.size() - data_start;
  if (end > data_bytes) {
    return TensorError(source, tensor->name,
                       absl::StrCat("ends at byte ", end, " of the data, but the file has only ", data_bytes,
                                    "; it is damaged or its download was cut short"));
  }
  if (end - begin != tensor->nbytes) {
    return TensorError(source, tensor->name,
                       absl::StrCat("has ", end - begin, " bytes, but its type and shape need ", tensor->nbytes));
  }
  tensor->offset = data_start + begin;
  return absl::OkStatus();
}

absl::StatusOr<TensorInfo> ParseEntry(const ByteSource& source, uint64_t data_start, absl::string_view name,
                                      simdjson::dom::element value) {
  TensorInfo tensor;
  tensor.name = std::string(name);
  tensor.name_on_disk = tensor.name;
  simdjson::dom::object entry;
  simdjson::dom::element shape;
  simdjson::dom::element offsets;
  std::string_view type;
  if (value.get_object().get(entry) != simdjson::SUCCESS ||
      entry["dtype"].get_string().get(type) != simdjson::SUCCESS || entry["shape"].get(shape) != simdjson::SUCCESS ||
      entry["data_offsets"].get(offsets) != simdjson::SUCCESS) {
    return TensorError(source, name, "lacks dtype, shape or data_offsets");
  }
  RECKON_ASSIGN_OR_RETURN(tensor.dtype, ParseType(source, name, absl::string_view(type.data(), type.size())));
  RECKON_ASSIGN_OR_RETURN(tensor.shape, ParseShape(source, name, shape));
  absl::StatusOr<uint64_t> nbytes = TensorBytes(name, tensor.dtype, tensor.shape);
  if (!nbytes.ok()) return Annotate(nbytes.status(), source.name());
  tensor.nbytes = *nbytes;
  RECKON_RETURN_IF_ERROR(ParseOffsets(source, data_start, offsets, &tensor));
  return tensor;
}

absl::StatusOr<std::string> ReadHeader(const ByteSource& source) {
  std::array<uint8_t, 8> prefix;
  if (source.size() < prefix.size()) {
    return absl::InvalidArgumentError(absl::StrCat(source.name(), ": ", source.size(),
                                                   " bytes are too few for a safetensors file; download it again"));
  }
  RECKON_RETURN_IF_ERROR(source.ReadAt(0, absl::MakeSpan(prefix)));
  uint64_t length = 0;
  for (size_t i = 0; i < prefix.size(); ++i) length |= static_cast<uint64_t>(prefix[i]) << (8 * i);
  if (length > source.size() - prefix.size() || length > kMaxHeaderBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": the safetensors header claims ", length, " bytes of a file of ", source.size(),
                     "; it is damaged, its download was cut short, or it is a Git LFS pointer instead of the file"));
  }
  std::string header(length, '\0');
  RECKON_RETURN_IF_ERROR(
      source.ReadAt(prefix.size(), absl::MakeSpan(reinterpret_cast<uint8_t*>(header.data()), header.size())));
  return header;
}

}  // namespace

absl::StatusOr<std::vector<TensorInfo>> ReadSafetensors(const ByteSource& source, int file) {
  RECKON_ASSIGN_OR_RETURN(const std::string header, ReadHeader(source));
  const uint64_t data_start = 8 + header.size();
  RECKON_ASSIGN_OR_RETURN(const JsonDocument document,
                          JsonDocument::Parse(header, absl::StrCat(source.name(), ": header"), kMaxHeaderDepth));
  RECKON_ASSIGN_OR_RETURN(const simdjson::dom::object root, document.RootObject());
  std::vector<TensorInfo> tensors;
  uint64_t unclaimed = source.size() - data_start;
  for (const simdjson::dom::key_value_pair field : root) {
    if (field.key == "__metadata__") continue;
    RECKON_ASSIGN_OR_RETURN(
        TensorInfo tensor,
        ParseEntry(source, data_start, absl::string_view(field.key.data(), field.key.size()), field.value));
    tensor.file = file;
    if (tensor.nbytes > unclaimed) return TensorError(source, tensor.name, "shares bytes with another tensor");
    unclaimed -= tensor.nbytes;
    tensors.push_back(std::move(tensor));
  }
  // The format allows no holes; the reference implementation refuses them too.
  if (unclaimed > 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": ", unclaimed, " bytes of data belong to no tensor; the file is damaged"));
  }
  return tensors;
}

}  // namespace reckon
