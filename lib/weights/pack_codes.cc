#include "weights/pack_codes.h"

#include <cmath>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/half.h"

namespace reckon {
namespace {

constexpr int64_t kGroup = 32;  // of the packed layout

bool GroupsFit(const CodeGrid& grid, int64_t columns) {
  return grid.group_size != 0 && (grid.group_size % kGroup == 0 || grid.group_size >= columns);
}

// q8 holds 4-bit codes too: those with whole-number zeros as code - zero, which is around the middle for all groups.
PackedZero ZeroInQ8(const CodeGrid& grid) {
  return grid.bits == 4 && grid.zero == PackedZero::kPoint ? PackedZero::kCenter : grid.zero;
}

// The kind of zeros that holds both; kCenter is a kPoint whose zeros are all the same.
std::optional<PackedZero> Merge(PackedZero a, PackedZero b) {
  if (a == b) return a;
  if (a == PackedZero::kMinimum || b == PackedZero::kMinimum) return std::nullopt;
  return PackedZero::kPoint;
}

std::optional<PackedZero> ZeroFor(absl::Span<const TensorInfo* const> tensors, PackedFormat format) {
  std::optional<PackedZero> zero;
  for (const TensorInfo* tensor : tensors) {
    const std::optional<CodeGrid> grid = GridOf(*tensor);
    if (!grid.has_value() || !GroupsFit(*grid, tensor->shape.back())) return std::nullopt;
    if (format == PackedFormat::kQ4 && grid->bits != 4) return std::nullopt;
    const PackedZero own = format == PackedFormat::kQ4 ? grid->zero : ZeroInQ8(*grid);
    zero = zero.has_value() ? Merge(*zero, own) : own;
    if (!zero.has_value()) return std::nullopt;
  }
  return zero;
}

// What is added to codes, and the zero that is stored, so that (code + shift) counts from there.
struct Recoding {
  int shift = 0;
  float zero = 0;
};

Recoding Recode(const PackedMatrix& shape, float zero) {
  if (shape.zero != PackedZero::kCenter) return {0, zero};
  const int middle = shape.format == PackedFormat::kQ4 ? 8 : 128;
  return {middle - static_cast<int>(zero), 0};
}

void PutCode(const PackedMatrix& shape, int64_t channel, int64_t i, int code, uint8_t* panel) {
  const uint8_t value = static_cast<uint8_t>(code);
  if (shape.format == PackedFormat::kQ8) {
    panel[i / 4 * kLineBytes + channel * 4 + i % 4] = value;
  } else {
    uint8_t& byte = panel[i / 8 * kLineBytes + channel * 4 + i % 4];
    byte = static_cast<uint8_t>(byte | (i % 8 < 4 ? value : value << 4));
  }
}

uint32_t FourBytes(const uint8_t* bytes) {
  uint32_t word = 0;
  std::memcpy(&word, bytes, 4);
  return word;
}

// Codes [begin, end) of a row, which start at a multiple of a group, four to a word. (code + shift) is a code again, so
// that no byte carries into the next.
void PutCodes(const PackedMatrix& shape, int64_t channel, int64_t begin, int64_t end, const uint8_t* codes, int shift,
              uint8_t* panel) {
  const uint32_t shifts = static_cast<uint32_t>(shift) * 0x01010101u;
  const bool nibbles = shape.format == PackedFormat::kQ4;
  const int64_t step = nibbles ? 8 : 4;
  int64_t i = begin;
  for (; i + step <= end; i += step) {
    uint32_t word = FourBytes(codes + i) + shifts;
    if (nibbles) word |= (FourBytes(codes + i + 4) + shifts) << 4;
    std::memcpy(panel + i / step * kLineBytes + channel * 4, &word, 4);
  }
  for (; i < end; ++i) PutCode(shape, channel, i, codes[i] + shift, panel);
}

// Both put the codes of a block to a channel's places in the lines from `line` on, and return where the next block
// goes.
uint8_t* PutQ4Block(const uint8_t* codes, uint8_t* line) {
  constexpr uint32_t kLow = 0x0f0f0f0fu;
  uint32_t words[4];
  std::memcpy(words, codes, sizeof(words));
  // A block's bytes hold elements i and i + 16, those of a line i and i + 4.
  const uint32_t lines[4] = {(words[0] & kLow) | (words[1] & kLow) << 4, (words[2] & kLow) | (words[3] & kLow) << 4,
                             (words[0] >> 4 & kLow) | (words[1] & ~kLow), (words[2] >> 4 & kLow) | (words[3] & ~kLow)};
  for (const uint32_t word : lines) {
    std::memcpy(line, &word, 4);
    line += kLineBytes;
  }
  return line;
}

uint8_t* PutQ8Block(const uint8_t* codes, uint8_t* line) {
  for (int64_t i = 0; i < kGroup; i += 4, line += kLineBytes) {
    const uint32_t word = FourBytes(codes + i) ^ 0x80808080u;
    std::memcpy(line, &word, 4);
  }
  return line;
}

void PutHalf(float value, int64_t group, int64_t channel, uint8_t* numbers) {
  const uint16_t half = FloatToHalf(value);
  std::memcpy(numbers + (group * kPanelChannels + channel) * 2, &half, 2);
}

float GetHalf(const uint8_t* numbers, int64_t group, int64_t channel) {
  uint16_t half = 0;
  std::memcpy(&half, numbers + (group * kPanelChannels + channel) * 2, 2);
  return HalfToFloat(half);
}

}  // namespace

Holding HoldCodes(absl::Span<const TensorInfo* const> tensors, bool allow_q4, bool allow_q8) {
  for (const PackedFormat format : {PackedFormat::kQ4, PackedFormat::kQ8}) {
    if (!(format == PackedFormat::kQ4 ? allow_q4 : allow_q8)) continue;
    const std::optional<PackedZero> zero = ZeroFor(tensors, format);
    if (zero.has_value()) return {format, *zero, true};
  }
  return {PackedFormat::kF32, PackedZero::kCenter, false};
}

absl::Status PackCodes(const PackedMatrix& shape, const CodeGrid& grid, const CodeRows& rows, int64_t count,
                       int64_t channel, uint8_t* panel) {
  constexpr float kLargestHalf = 65504.0f;
  for (int64_t r = 0; r < count; ++r) {
    const uint8_t* const codes = rows.codes.data() + r * rows.columns;
    for (int64_t group = 0; group * kGroup < rows.columns; ++group) {
      const int64_t begin = group * kGroup;
      const int64_t end = begin + kGroup < rows.columns ? begin + kGroup : rows.columns;
      const size_t source = static_cast<size_t>(r * rows.groups + begin / grid.group_size);
      const float scale = rows.scales[source];
      const Recoding recoding = Recode(shape, rows.zeros[source]);
      if (!(std::fabs(scale) <= kLargestHalf && std::fabs(recoding.zero) <= kLargestHalf)) {
        return absl::InvalidArgumentError(
            absl::StrCat("the scale ", scale, " of group ", group, " is larger than F16 holds; choose -w bf16"));
      }
      PutCodes(shape, channel + r, begin, end, codes, recoding.shift, panel);
      PutHalf(scale, group, channel + r, panel + shape.scales_offset);
      if (shape.zero != PackedZero::kCenter) PutHalf(recoding.zero, group, channel + r, panel + shape.zeros_offset);
    }
  }
  return absl::OkStatus();
}

bool HoldsBlocks(const PackedMatrix& shape, DType dtype) {
  return shape.zero == PackedZero::kCenter && shape.group == kGroup &&
         ((shape.format == PackedFormat::kQ4 && dtype == DType::kQ4_0) ||
          (shape.format == PackedFormat::kQ8 && dtype == DType::kQ8_0));
}

void PackBlocks(const PackedMatrix& shape, absl::Span<const uint8_t> blocks, int64_t channel, uint8_t* panel) {
  const bool nibbles = shape.format == PackedFormat::kQ4;
  const size_t block_bytes = static_cast<size_t>(InfoOf(nibbles ? DType::kQ4_0 : DType::kQ8_0).block_bytes);
  uint8_t* line = panel + channel * 4;
  uint8_t* scale = panel + shape.scales_offset + channel * 2;
  for (size_t at = 0; at + block_bytes <= blocks.size(); at += block_bytes, scale += kPanelChannels * 2) {
    const uint8_t* const block = blocks.data() + at;  // an F16 scale, then the codes
    std::memcpy(scale, block, 2);
    line = nibbles ? PutQ4Block(block + 2, line) : PutQ8Block(block + 2, line);
  }
}

void UnpackChannel(const PackedMatrix& matrix, const uint8_t* data, int64_t channel, absl::Span<float> out) {
  const uint8_t* const panel = data + channel / kPanelChannels * matrix.panel_stride;
  const int64_t c = channel % kPanelChannels;
  for (int64_t i = 0; i < matrix.k; ++i) {
    float& value = out[static_cast<size_t>(i)];
    if (matrix.format == PackedFormat::kF32) {
      std::memcpy(&value, panel + i * kLineBytes + c * 4, 4);
      continue;
    }
    if (matrix.format == PackedFormat::kBf16) {
      uint16_t bits = 0;
      std::memcpy(&bits, panel + i / 2 * kLineBytes + c * 4 + i % 2 * 2, 2);
      value = Bf16ToFloat(bits);
      continue;
    }
    const bool bytes = matrix.format == PackedFormat::kQ8;
    const uint8_t byte = panel[(bytes ? i / 4 : i / 8) * kLineBytes + c * 4 + i % 4];
    const float code = static_cast<float>(bytes ? byte : i % 8 < 4 ? byte & 15 : byte >> 4);
    const float scale = GetHalf(panel + matrix.scales_offset, i / matrix.group, c);
    const float zero = matrix.zero == PackedZero::kCenter ? (bytes ? 128.0f : 8.0f)
                                                          : GetHalf(panel + matrix.zeros_offset, i / matrix.group, c);
    value = matrix.zero == PackedZero::kMinimum ? code * scale + zero : (code - zero) * scale;
  }
}

}  // namespace reckon
