// Reading the bytes of a GGUF header.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "checkpoint/checkpoint_builder.h"
#include "checkpoint/gguf.h"

namespace reckon {
namespace {

constexpr std::array<uint8_t, 4> kMagic = {'G', 'G', 'U', 'F'};
constexpr int kMaxArrayDepth = 4;
// Vocabularies of a few MB are the bulk of real headers. Sparse files and callbacks can claim any size, so the file's
// length alone does not bound memory.
constexpr uint64_t kMaxHeaderBytes = uint64_t{512} << 20;
constexpr uint64_t kMaxKeyBytes = 65535;  // the format's own limit
constexpr uint64_t kMaxNameBytes = 1024;  // the format says 64; some converters write longer ones
constexpr uint64_t kMaxStringBytes = uint64_t{64} << 20;
constexpr uint32_t kMaxRank = 4;
constexpr uint32_t kDefaultAlignment = 32;
constexpr uint32_t kMaxAlignment = 1u << 20;

// The bytes a scalar takes; 0 for strings and arrays; -1 for numbers that are no type.
int ScalarBytes(uint32_t type) {
  static constexpr std::array<int, 13> kBytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return type < kBytes.size() ? kBytes[type] : -1;
}

uint64_t LoadLittleEndian(const uint8_t* bytes, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; ++i) value |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  return value;
}

GgufValue DecodeScalar(GgufType type, const uint8_t* bytes) {
  const uint64_t raw = LoadLittleEndian(bytes, ScalarBytes(static_cast<uint32_t>(type)));
  switch (type) {
    case GgufType::kBool:
      return raw != 0;
    case GgufType::kI8:
      return static_cast<int64_t>(static_cast<int8_t>(raw));
    case GgufType::kI16:
      return static_cast<int64_t>(static_cast<int16_t>(raw));
    case GgufType::kI32:
      return static_cast<int64_t>(static_cast<int32_t>(raw));
    case GgufType::kI64:
      return static_cast<int64_t>(raw);
    case GgufType::kF32:
      return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(raw)));
    case GgufType::kF64:
      return std::bit_cast<double>(raw);
    default:
      return raw;
  }
}

struct TensorType {
  uint32_t number;
  absl::string_view name;
  bool is_read;
  DType dtype;
};

// ggml's numbers. Types without a DType are listed so that the message can name them.
constexpr TensorType kTensorTypes[] = {
    {0, "F32", true, DType::kF32},        {1, "F16", true, DType::kF16},        {2, "Q4_0", true, DType::kQ4_0},
    {3, "Q4_1", true, DType::kQ4_1},      {6, "Q5_0", true, DType::kQ5_0},      {7, "Q5_1", true, DType::kQ5_1},
    {8, "Q8_0", true, DType::kQ8_0},      {10, "Q2_K", true, DType::kQ2_K},     {11, "Q3_K", true, DType::kQ3_K},
    {12, "Q4_K", true, DType::kQ4_K},     {13, "Q5_K", true, DType::kQ5_K},     {14, "Q6_K", true, DType::kQ6_K},
    {24, "I8", true, DType::kI8},         {25, "I16", true, DType::kI16},       {26, "I32", true, DType::kI32},
    {27, "I64", true, DType::kI64},       {28, "F64", true, DType::kF64},       {30, "BF16", true, DType::kBF16},
    {9, "Q8_1", false, DType::kF32},      {15, "Q8_K", false, DType::kF32},     {16, "IQ2_XXS", false, DType::kF32},
    {17, "IQ2_XS", false, DType::kF32},   {18, "IQ3_XXS", false, DType::kF32},  {19, "IQ1_S", false, DType::kF32},
    {20, "IQ4_NL", true, DType::kIQ4_NL}, {21, "IQ3_S", false, DType::kF32},    {22, "IQ2_S", false, DType::kF32},
    {23, "IQ4_XS", true, DType::kIQ4_XS}, {29, "IQ1_M", false, DType::kF32},    {31, "Q4_0_4_4", false, DType::kF32},
    {32, "Q4_0_4_8", false, DType::kF32}, {33, "Q4_0_8_8", false, DType::kF32}, {34, "TQ1_0", false, DType::kF32},
    {35, "TQ2_0", false, DType::kF32},    {39, "MXFP4", false, DType::kF32},    {40, "NVFP4", false, DType::kF32},
};

// Reads forward through a file in large pieces. Every read says what it is for.
class Reader {
 public:
  explicit Reader(const ByteSource& source) : source_(source), end_(std::min(source.size(), kMaxHeaderBytes)) {}

  uint64_t position() const { return position_; }
  uint64_t left() const { return end_ - position_; }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(source_.name(), ": at byte ", position_, ": ", what));
  }
  absl::Status CutShort(absl::string_view what) const {
    return Error(absl::StrCat(what, " does not fit into the ", left(),
                              " bytes that are left; the file is damaged or its download was cut short"));
  }

  absl::Status Bytes(absl::string_view what, absl::Span<uint8_t> out) {
    if (out.size() > left()) return CutShort(what);
    if (out.size() >= kPiece) {
      RECKON_RETURN_IF_ERROR(source_.ReadAt(position_, out));
      position_ += out.size();
      return absl::OkStatus();
    }
    while (!out.empty()) {
      if (position_ < piece_start_ || position_ - piece_start_ >= piece_.size()) RECKON_RETURN_IF_ERROR(Fill());
      const size_t from = static_cast<size_t>(position_ - piece_start_);
      const size_t take = std::min(out.size(), piece_.size() - from);
      std::memcpy(out.data(), piece_.data() + from, take);
      out.remove_prefix(take);
      position_ += take;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<uint64_t> Unsigned(absl::string_view what, int bytes) {
    std::array<uint8_t, 8> raw;
    RECKON_RETURN_IF_ERROR(Bytes(what, absl::MakeSpan(raw.data(), static_cast<size_t>(bytes))));
    return LoadLittleEndian(raw.data(), bytes);
  }

  absl::StatusOr<uint32_t> U32(absl::string_view what) {
    RECKON_ASSIGN_OR_RETURN(const uint64_t value, Unsigned(what, 4));
    return static_cast<uint32_t>(value);
  }

  absl::StatusOr<std::string> String(absl::string_view what, uint64_t limit) {
    RECKON_ASSIGN_OR_RETURN(const uint64_t length, Unsigned(what, 8));
    if (length > left()) return CutShort(absl::StrCat(what, " of ", length, " bytes"));
    if (length > limit)
      return Error(absl::StrCat(what, " is ", length, " bytes long; at most ", limit, " are allowed"));
    std::string text(length, '\0');
    RECKON_RETURN_IF_ERROR(Bytes(what, absl::MakeSpan(reinterpret_cast<uint8_t*>(text.data()), text.size())));
    return text;
  }

 private:
  static constexpr size_t kPiece = size_t{256} << 10;

  absl::Status Fill() {
    piece_.resize(static_cast<size_t>(std::min<uint64_t>(kPiece, left())));
    piece_start_ = position_;
    return source_.ReadAt(position_, absl::MakeSpan(piece_));
  }

  const ByteSource& source_;
  uint64_t end_;  // of the file or of what a header may have
  uint64_t position_ = 0;
  uint64_t piece_start_ = 0;
  std::vector<uint8_t> piece_;
};

// Lists of lists are only walked over; `out` is null for them. Recursion is bounded by kMaxArrayDepth.
absl::Status ReadArray(Reader& reader, const std::string& key, int depth, GgufArray* out) {
  const std::string what = absl::StrCat("the list of key ", Quoted(key));
  if (depth > kMaxArrayDepth) return reader.Error(absl::StrCat(what, " is nested too deep"));
  RECKON_ASSIGN_OR_RETURN(const uint32_t type, reader.U32(what));
  RECKON_ASSIGN_OR_RETURN(const uint64_t count, reader.Unsigned(what, 8));
  const int scalar = ScalarBytes(type);
  if (scalar < 0) return reader.Error(absl::StrCat(what, " has elements of the unknown type ", type));
  // A string is at least its length, a list its type and length.
  const uint64_t least = scalar > 0 ? scalar : type == static_cast<uint32_t>(GgufType::kString) ? 8 : 12;
  if (count > reader.left() / least) return reader.CutShort(absl::StrCat(what, " of ", count, " elements"));
  GgufArray local;
  GgufArray& array = out != nullptr ? *out : local;
  array.type = static_cast<GgufType>(type);
  if (scalar > 0) {
    array.bytes.resize(count * least);
    return reader.Bytes(what, absl::MakeSpan(array.bytes));
  }
  if (out != nullptr && array.type == GgufType::kString) array.strings.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    if (array.type == GgufType::kArray) {
      RECKON_RETURN_IF_ERROR(ReadArray(reader, key, depth + 1, nullptr));
      continue;
    }
    RECKON_ASSIGN_OR_RETURN(std::string text, reader.String(what, kMaxStringBytes));
    if (out != nullptr) array.strings.push_back(std::move(text));
  }
  return absl::OkStatus();
}

absl::StatusOr<GgufValue> ReadValue(Reader& reader, const std::string& key) {
  const std::string what = absl::StrCat("the value of key ", Quoted(key));
  RECKON_ASSIGN_OR_RETURN(const uint32_t type, reader.U32(what));
  const int scalar = ScalarBytes(type);
  if (scalar < 0) return reader.Error(absl::StrCat(what, " has the unknown type ", type));
  if (type == static_cast<uint32_t>(GgufType::kString)) return reader.String(what, kMaxStringBytes);
  if (type == static_cast<uint32_t>(GgufType::kArray)) {
    GgufArray array;
    RECKON_RETURN_IF_ERROR(ReadArray(reader, key, 1, &array));
    return array;
  }
  std::array<uint8_t, 8> raw;
  RECKON_RETURN_IF_ERROR(reader.Bytes(what, absl::MakeSpan(raw.data(), static_cast<size_t>(scalar))));
  return DecodeScalar(static_cast<GgufType>(type), raw.data());
}

absl::Status ReadMetadata(Reader& reader, uint64_t count, GgufMetadata* metadata) {
  for (uint64_t i = 0; i < count; ++i) {
    RECKON_ASSIGN_OR_RETURN(std::string key, reader.String("a metadata key", kMaxKeyBytes));
    RECKON_ASSIGN_OR_RETURN(GgufValue value, ReadValue(reader, key));
    if (metadata->contains(key)) return reader.Error(absl::StrCat("the key ", Quoted(key), " is there twice"));
    metadata->emplace(std::move(key), std::move(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<DType> TensorTypeOf(const Reader& reader, const std::string& tensor, uint32_t number) {
  for (const TensorType& type : kTensorTypes) {
    if (type.number != number) continue;
    if (type.is_read) return type.dtype;
    return absl::UnimplementedError(
        reader
            .Error(absl::StrCat("tensor ", Quoted(tensor), " has the type ", type.name,
                                ", which is not read; take a file of type F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 or "
                                "Q2_K to Q6_K of the same model"))
            .message());
  }
  return reader.Error(absl::StrCat("tensor ", Quoted(tensor), " has the unknown type ", number));
}

// `offset` is still relative to the data, which begins after the last description.
absl::StatusOr<GgufTensor> ReadTensor(Reader& reader) {
  GgufTensor tensor;
  RECKON_ASSIGN_OR_RETURN(tensor.name, reader.String("a tensor's name", kMaxNameBytes));
  const std::string what = absl::StrCat("tensor ", Quoted(tensor.name));
  RECKON_ASSIGN_OR_RETURN(const uint32_t rank, reader.U32(what));
  if (rank > kMaxRank) return reader.Error(absl::StrCat(what, " has ", rank, " dimensions; at most 4 are allowed"));
  for (uint32_t i = 0; i < rank; ++i) {
    RECKON_ASSIGN_OR_RETURN(const uint64_t dimension, reader.Unsigned(what, 8));
    if (dimension == 0 || dimension > static_cast<uint64_t>(INT64_MAX)) {
      return reader.Error(absl::StrCat(what, " has a dimension of ", dimension));
    }
    tensor.shape.push_back(static_cast<int64_t>(dimension));
  }
  std::reverse(tensor.shape.begin(), tensor.shape.end());
  RECKON_ASSIGN_OR_RETURN(const uint32_t type, reader.U32(what));
  RECKON_ASSIGN_OR_RETURN(tensor.dtype, TensorTypeOf(reader, tensor.name, type));
  const absl::StatusOr<uint64_t> nbytes = TensorBytes(tensor.name, tensor.dtype, tensor.shape);
  if (!nbytes.ok()) return reader.Error(nbytes.status().message());
  tensor.nbytes = *nbytes;
  RECKON_ASSIGN_OR_RETURN(tensor.offset, reader.Unsigned(what, 8));
  return tensor;
}

absl::StatusOr<uint32_t> Alignment(const ByteSource& source, const GgufMetadata& metadata) {
  const auto it = metadata.find("general.alignment");
  if (it == metadata.end()) return kDefaultAlignment;
  const uint64_t* value = std::get_if<uint64_t>(&it->second);
  if (value == nullptr || *value > kMaxAlignment || !std::has_single_bit(*value)) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": key \"general.alignment\" should be a power of two up to ", kMaxAlignment));
  }
  return static_cast<uint32_t>(*value);
}

// Turns offsets into the data into offsets into the file.
absl::Status PlaceTensors(const ByteSource& source, uint64_t header_end, GgufHeader* header) {
  if (header->tensors.empty()) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(const uint32_t alignment, Alignment(source, header->metadata));
  const uint64_t start = (header_end + alignment - 1) / alignment * alignment;
  const uint64_t size = source.size();
  for (GgufTensor& tensor : header->tensors) {
    if (tensor.offset % alignment != 0) {
      return absl::InvalidArgumentError(absl::StrCat(source.name(), ": tensor ", Quoted(tensor.name),
                                                     " begins at byte ", tensor.offset,
                                                     " of the data, which is not a multiple of the "
                                                     "alignment ",
                                                     alignment));
    }
    if (start > size || tensor.offset > size - start || tensor.nbytes > size - start - tensor.offset) {
      return absl::InvalidArgumentError(
          absl::StrCat(source.name(), ": tensor ", Quoted(tensor.name), " takes ", tensor.nbytes, " bytes from byte ",
                       tensor.offset, " of the data, which begins at ", start, ", but the file has only ", size,
                       " bytes; it is damaged or its download was cut short"));
    }
    tensor.offset += start;
  }
  return absl::OkStatus();
}

absl::Status CheckVersion(const ByteSource& source, uint32_t version) {
  if (version == 2 || version == 3) return absl::OkStatus();
  if (version == 1) {
    return absl::UnimplementedError(absl::StrCat(
        source.name(), ": GGUF version 1 was used for a few weeks of 2023 and is not read; take a newer file"));
  }
  if (version != 0 && (version & 0xffffu) == 0) {
    return absl::UnimplementedError(absl::StrCat(
        source.name(), ": this GGUF file is big-endian, which is not read; take the usual little-endian file"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(source.name(), ": GGUF version ", version, " is not known (2 and 3 are)"));
}

}  // namespace

size_t GgufArray::size() const {
  const int scalar = ScalarBytes(static_cast<uint32_t>(type));
  return scalar > 0 ? bytes.size() / static_cast<size_t>(scalar) : strings.size();
}

double GgufArray::Number(size_t i) const {
  const size_t scalar = static_cast<size_t>(ScalarBytes(static_cast<uint32_t>(type)));
  const GgufValue value = DecodeScalar(type, bytes.data() + i * scalar);
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? 1 : 0;
  if (const auto* natural = std::get_if<uint64_t>(&value)) return static_cast<double>(*natural);
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  return *std::get_if<double>(&value);
}

bool LooksLikeGguf(const ByteSource& source) {
  std::array<uint8_t, 4> magic;
  return source.size() >= magic.size() && source.ReadAt(0, absl::MakeSpan(magic)).ok() && magic == kMagic;
}

absl::StatusOr<GgufHeader> ReadGgufHeader(const ByteSource& source) {
  Reader reader(source);
  std::array<uint8_t, 4> magic;
  RECKON_RETURN_IF_ERROR(reader.Bytes("the file's magic number", absl::MakeSpan(magic)));
  if (magic != kMagic) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": does not begin with \"GGUF\", so it is no GGUF file"));
  }
  GgufHeader header;
  RECKON_ASSIGN_OR_RETURN(header.version, reader.U32("the version"));
  RECKON_RETURN_IF_ERROR(CheckVersion(source, header.version));
  RECKON_ASSIGN_OR_RETURN(const uint64_t tensors, reader.Unsigned("the number of tensors", 8));
  RECKON_ASSIGN_OR_RETURN(const uint64_t keys, reader.Unsigned("the number of keys", 8));
  // The least a description takes: lengths, type and offset; a key takes its length, a type and one byte.
  if (tensors > reader.left() / 24) return reader.CutShort(absl::StrCat(tensors, " tensors"));
  if (keys > reader.left() / 13) return reader.CutShort(absl::StrCat(keys, " metadata keys"));
  RECKON_RETURN_IF_ERROR(ReadMetadata(reader, keys, &header.metadata));
  for (uint64_t i = 0; i < tensors; ++i) {
    RECKON_ASSIGN_OR_RETURN(GgufTensor tensor, ReadTensor(reader));
    header.tensors.push_back(std::move(tensor));
  }
  RECKON_RETURN_IF_ERROR(PlaceTensors(source, reader.position(), &header));
  return header;
}

}  // namespace reckon
