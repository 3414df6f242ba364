#include "weights/code_source.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/half.h"
#include "base/status.h"
#include "weights/dequantize_blocks.h"
#include "weights/tensor_rows.h"

namespace reckon {
namespace {

constexpr int kBlock = 32;
constexpr int kHalf = kBlock / 2;

void ReadNibbles(const uint8_t* q, uint8_t* codes) {
  for (int i = 0; i < kHalf; ++i) {
    codes[i] = q[i] & 15;
    codes[i + kHalf] = q[i] >> 4;
  }
}

// One block of 32 of a GGUF type; dequantize_legacy.cc describes them.
void ReadBlock(DType dtype, const uint8_t* x, uint8_t* codes, float* scale, float* zero) {
  *scale = LoadHalf(x);
  switch (dtype) {
    case DType::kQ4_0:
      ReadNibbles(x + 2, codes);
      *zero = 8;
      break;
    case DType::kQ4_1:
      ReadNibbles(x + 4, codes);
      *zero = LoadHalf(x + 2);
      break;
    case DType::kQ5_0:
      ReadNibbles(x + 6, codes);
      for (int i = 0; i < kBlock; ++i) {
        const int fifth = (x[2 + i / 8] >> (i % 8)) & 1;
        codes[i] = static_cast<uint8_t>(codes[i] + 16 * fifth - 16 + 128);
      }
      *zero = 128;
      break;
    case DType::kIQ4_NL:
      ReadNibbles(x + 2, codes);
      for (int i = 0; i < kBlock; ++i) codes[i] = static_cast<uint8_t>(kIq4Values[codes[i]] + 128);
      *zero = 128;
      break;
    default:  // kQ8_0
      for (int i = 0; i < kBlock; ++i) codes[i] = x[2 + i] ^ 0x80;
      *zero = 128;
      break;
  }
}

uint32_t LoadWord(const uint8_t* data, int bytes, int64_t index) {
  if (bytes == 1) return data[index];
  uint32_t word = 0;
  std::memcpy(&word, data + 4 * index, 4);
  return word;
}

// Number (row, column) of a packed matrix.
uint8_t IntegerAt(const PackedIntegers& packed, const uint8_t* data, int64_t row, int64_t column) {
  const int per = packed.per_word();
  const int64_t place = (packed.packed_along_rows ? row : column) % per;
  const int64_t word_row = packed.packed_along_rows ? row / per : row;
  const int64_t word_column = packed.packed_along_rows ? column : column / per;
  const uint32_t word =
      LoadWord(data, packed.word_bytes, word_row * packed.row_stride + word_column * packed.column_stride);
  const uint32_t mask = (1u << packed.bits) - 1;
  const int shift = packed.bits * packed.place[static_cast<size_t>(place)];
  return static_cast<uint8_t>(((word >> shift) & mask) ^ packed.flip);
}

// Numbers [row, row + count) x [0, columns), row by row; `out` [count][columns].
// Where words run along rows, the words of one column are next to each other, so columns are the outer loop.
void ReadMatrix(const PackedIntegers& packed, const uint8_t* data, int64_t row, int64_t count, int64_t columns,
                uint8_t* out) {
  const int per = packed.per_word();
  const uint32_t mask = (1u << packed.bits) - 1;
  if (packed.column_stride == 1) {
    for (int64_t r = 0; r < count; ++r) {
      uint8_t* const line = out + r * columns;
      for (int64_t c = 0; c < columns; c += per) {
        const uint32_t word = LoadWord(data, packed.word_bytes, (row + r) * packed.row_stride + c / per);
        for (int i = 0; i < per && c + i < columns; ++i) {
          line[c + i] = static_cast<uint8_t>(((word >> (packed.bits * packed.place[static_cast<size_t>(i)])) & mask) ^
                                             packed.flip);
        }
      }
    }
    return;
  }
  if (!packed.packed_along_rows) {
    for (int64_t c = 0; c < columns; c += per) {
      for (int64_t r = 0; r < count; ++r) {
        const uint32_t word =
            LoadWord(data, packed.word_bytes, (row + r) * packed.row_stride + c / per * packed.column_stride);
        for (int i = 0; i < per && c + i < columns; ++i) {
          out[r * columns + c + i] = static_cast<uint8_t>(
              ((word >> (packed.bits * packed.place[static_cast<size_t>(i)])) & mask) ^ packed.flip);
        }
      }
    }
    return;
  }
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t r = 0; r < count; ++r) out[r * columns + c] = IntegerAt(packed, data, row + r, c);
  }
}

float NumberAt(DType dtype, const uint8_t* data, int64_t index) {
  if (dtype == DType::kF32) {
    float value = 0;
    std::memcpy(&value, data + 4 * index, 4);
    return value;
  }
  uint16_t bits = 0;
  std::memcpy(&bits, data + 2 * index, 2);
  return dtype == DType::kF16 ? HalfToFloat(bits) : Bf16ToFloat(bits);
}

}  // namespace

std::optional<CodeGrid> GridOf(const TensorInfo& tensor) {
  CodeGrid grid;
  if (tensor.codes != nullptr) {
    const IntegerCodes& codes = *tensor.codes;
    grid.bits = codes.codes.bits;
    grid.zero = codes.centered() ? PackedZero::kCenter : PackedZero::kPoint;
    grid.group_size = codes.group_of_column.empty() ? codes.group_size : 0;
    grid.half_scales = codes.scales.dtype == DType::kF16;
    return grid;
  }
  switch (tensor.dtype) {
    case DType::kQ4_0:
      return grid;
    case DType::kQ4_1:
      grid.zero = PackedZero::kMinimum;
      return grid;
    case DType::kQ5_0:
    case DType::kQ8_0:
    case DType::kIQ4_NL:
      grid.bits = 8;
      return grid;
    default:
      return std::nullopt;
  }
}

void CodeRows::Resize(int64_t new_columns, int64_t new_groups) {
  columns = new_columns;
  groups = new_groups;
  codes.resize(static_cast<size_t>(kPanelChannels * columns));
  scales.resize(static_cast<size_t>(kPanelChannels * groups));
  zeros.resize(static_cast<size_t>(kPanelChannels * groups));
}

absl::StatusOr<CodeSource> CodeSource::Open(const Checkpoint& checkpoint, const TensorInfo& tensor) {
  const std::optional<CodeGrid> grid = GridOf(tensor);
  if (!grid.has_value()) {
    return absl::InternalError(absl::StrCat("tensor ", tensor.Describe(), " is read as codes and holds none"));
  }
  CodeSource source(checkpoint, tensor, *grid);
  if (tensor.codes != nullptr) {
    RECKON_RETURN_IF_ERROR(source.Load(tensor.codes->codes.tensor, &source.codes_));
    RECKON_RETURN_IF_ERROR(source.Load(tensor.codes->scales, &source.scales_));
    if (tensor.codes->zeros.has_value()) {
      RECKON_RETURN_IF_ERROR(source.Load(tensor.codes->zeros->tensor, &source.zeros_));
    }
  }
  return source;
}

absl::Status CodeSource::Load(const TensorInfo& tensor, Bytes* bytes) const {
  bytes->data = checkpoint_->Mapped(tensor);
  if (bytes->data != nullptr) return absl::OkStatus();
  bytes->read.resize(static_cast<size_t>(tensor.nbytes));
  return checkpoint_->ReadAt(tensor, 0, absl::MakeSpan(bytes->read));
}

absl::Status CodeSource::Read(int64_t row, int64_t count, CodeRows* out) const {
  return tensor_->codes != nullptr ? ReadIntegers(row, count, out) : ReadBlocks(row, count, out);
}

absl::Status CodeSource::CheckGroup(int64_t row, int64_t group, float scale, float zero) const {
  if (!std::isfinite(scale) || !std::isfinite(zero)) {
    return absl::InvalidArgumentError(absl::StrCat(checkpoint_->name(), ": tensor ", tensor_->Describe(), ": group ",
                                                   group, " of row ", row, " has the scale ", scale, " and the zero ",
                                                   zero, ", which are not finite; the file is damaged"));
  }
  const float middle = static_cast<float>(1 << (grid_.bits - 1));
  if (tensor_->codes != nullptr && tensor_->codes->says_symmetric && zero != middle) {
    return absl::InvalidArgumentError(
        absl::StrCat(checkpoint_->name(), ": tensor ", tensor_->Describe(), ": group ", group, " of row ", row,
                     " has the zero ", zero, ", but \"sym\": true in the quantization config says that all are ",
                     middle, "; set it to false, or \"checkpoint_format\" to the version that wrote the file"));
  }
  return absl::OkStatus();
}

absl::Status CodeSource::ReadIntegers(int64_t row, int64_t count, CodeRows* out) const {
  const IntegerCodes& codes = *tensor_->codes;
  out->Resize(tensor_->shape[1], codes.groups);
  ReadMatrix(codes.codes, codes_.get(), row, count, out->columns, out->codes.data());
  for (int64_t r = 0; r < count; ++r) {
    for (int64_t g = 0; g < out->groups; ++g) {
      const size_t at = static_cast<size_t>(r * out->groups + g);
      const int64_t index = (row + r) * codes.scale_row_stride + g * codes.scale_group_stride;
      out->scales[at] = NumberAt(codes.scales.dtype, scales_.get(), index);
      int32_t zero = codes.zero_offset;
      if (codes.zeros.has_value()) zero += IntegerAt(*codes.zeros, zeros_.get(), row + r, g);
      out->zeros[at] = static_cast<float>(zero);
      RECKON_RETURN_IF_ERROR(CheckGroup(row + r, g, out->scales[at], out->zeros[at]));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Span<const uint8_t>> CodeSource::Blocks(int64_t row, int64_t most, int64_t* count,
                                                             std::vector<uint8_t>* scratch) const {
  RECKON_ASSIGN_OR_RETURN(const absl::Span<const uint8_t> bytes,
                          ViewRows(*checkpoint_, *tensor_, row, most, count, scratch));
  const int64_t block_bytes = InfoOf(tensor_->dtype).block_bytes;
  const int64_t groups = tensor_->shape.back() / kBlock;
  // Scales with all bits of the exponent set are not finite. The error is CheckGroup()'s, which takes a tenth of the
  // time of opening such a file if it is asked about every block.
  const uint8_t* scale = bytes.data();
  for (int64_t i = 0; i < *count * groups; ++i, scale += block_bytes) {
    if ((scale[1] & 0x7c) != 0x7c) continue;
    RECKON_RETURN_IF_ERROR(CheckGroup(row + i / groups, i % groups, LoadHalf(scale), 0));
  }
  return bytes;
}

absl::Status CodeSource::ReadBlocks(int64_t row, int64_t count, CodeRows* out) const {
  const int64_t block_bytes = InfoOf(tensor_->dtype).block_bytes;
  out->Resize(tensor_->shape.back(), tensor_->shape.back() / kBlock);
  std::vector<uint8_t> scratch;
  for (int64_t r = 0; r < count;) {
    int64_t run = 0;
    RECKON_ASSIGN_OR_RETURN(const absl::Span<const uint8_t> bytes,
                            ViewRows(*checkpoint_, *tensor_, row + r, count - r, &run, &scratch));
    for (int64_t i = 0; i < run * out->groups; ++i) {
      const int64_t at = r * out->groups + i;
      float& scale = out->scales[static_cast<size_t>(at)];
      float& zero = out->zeros[static_cast<size_t>(at)];
      ReadBlock(tensor_->dtype, bytes.data() + i * block_bytes, out->codes.data() + at * kBlock, &scale, &zero);
      RECKON_RETURN_IF_ERROR(CheckGroup(row + at / out->groups, at % out->groups, scale, zero));
    }
    r += run;
  }
  return absl::OkStatus();
}

void CodeSource::Dequantize(const CodeRows& rows, int64_t index, absl::Span<float> out) const {
  const uint8_t* const codes = rows.codes.data() + index * rows.columns;
  const float* const scales = rows.scales.data() + index * rows.groups;
  const float* const zeros = rows.zeros.data() + index * rows.groups;
  for (int64_t i = 0; i < rows.columns; ++i) {
    const int64_t group =
        grid_.group_size != 0 ? i / grid_.group_size : tensor_->codes->group_of_column[static_cast<size_t>(i)];
    const float code = static_cast<float>(codes[i]);
    out[static_cast<size_t>(i)] = grid_.zero == PackedZero::kMinimum ? code * scales[group] + zeros[group]
                                                                     : (code - zeros[group]) * scales[group];
  }
}

}  // namespace reckon
