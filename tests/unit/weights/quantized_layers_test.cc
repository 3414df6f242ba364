// Layers of quantized checkpoints, written here by the descriptions of the formats: what is read is (code - zero) *
// scale to the bit, and what is packed without rounding dequantizes to the same floats to the bit.
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/half.h"
#include "checkpoint/checkpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kernels/dispatch.h"
#include "support/safetensors_writer.h"
#include "weights/holding.h"
#include "weights/pack_matrix.h"
#include "weights/tensor_rows.h"
#include "weights/weight_layout.h"

namespace reckon {
namespace {

using ::testing::HasSubstr;
using testing::SafetensorsWriter;

constexpr char kName[] = "model.layers.0.self_attn.o_proj";

// A matrix on a grid, before it is packed in anybody's way.
struct Layer {
  int64_t rows, columns;
  int bits;
  int64_t group;
  bool symmetric;
  bool scattered = false;  // groups of columns in no order
  std::string scale_type = "F16";

  int64_t groups() const { return (columns + group - 1) / group; }
  int64_t GroupOf(int64_t column) const { return scattered ? (column * 7 + 3) % columns / group : column / group; }
  // Arbitrary numbers that are the same everywhere.
  static uint32_t Mix(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    return x ^ (x >> 16);
  }
  int Code(int64_t row, int64_t column) const {
    return static_cast<int>(Mix(static_cast<uint32_t>(row * columns + column)) & ((1u << bits) - 1));
  }
  int Zero(int64_t row, int64_t group_index) const {
    if (symmetric) return 1 << (bits - 1);
    return 1 + static_cast<int>(Mix(static_cast<uint32_t>(row * 977 + group_index + 5)) % ((1u << bits) - 1));
  }
  // Half precision; where the file has BF16, such as BF16 holds too.
  uint16_t Scale(int64_t row, int64_t group_index) const {
    const uint32_t scale = 0x1c00 + Mix(static_cast<uint32_t>(row * 31 + group_index)) % 0x1000;
    return static_cast<uint16_t>(scale_type == "BF16" ? scale & ~7u : scale);
  }
  float Value(int64_t row, int64_t column) const {
    const int64_t g = GroupOf(column);
    return static_cast<float>(Code(row, column) - Zero(row, g)) * HalfToFloat(Scale(row, g));
  }
};

template <typename T>
void Append(std::string* bytes, T value) {
  bytes->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A word of numbers number(0), number(1)... from the lowest bits up.
uint32_t Word(int bits, const std::function<int(int)>& number) {
  uint32_t word = 0;
  for (int i = 0; i < 32 / bits; ++i) word |= static_cast<uint32_t>(number(i) & ((1 << bits) - 1)) << (bits * i);
  return word;
}

std::string Shape(int64_t a, int64_t b) { return absl::StrCat("[", a, ",", b, "]"); }

std::string ScalesGroupsFirst(const Layer& layer) {
  std::string bytes;
  for (int64_t g = 0; g < layer.groups(); ++g) {
    for (int64_t r = 0; r < layer.rows; ++r) Append(&bytes, layer.Scale(r, g));
  }
  return bytes;
}

std::string ScalesRowsFirst(const Layer& layer) {
  std::string bytes;
  for (int64_t r = 0; r < layer.rows; ++r) {
    for (int64_t g = 0; g < layer.groups(); ++g) {
      const float scale = HalfToFloat(layer.Scale(r, g));
      if (layer.scale_type == "F32") Append(&bytes, scale);
      if (layer.scale_type == "BF16") Append(&bytes, FloatToBf16(scale));
      if (layer.scale_type == "F16") Append(&bytes, layer.Scale(r, g));
    }
  }
  return bytes;
}

std::string Config(const std::string& quantization) {
  return absl::StrCat(R"({"model_type": "llama", "quantization_config": )", quantization, "}");
}

struct Files {
  std::string config;
  std::string safetensors;

  absl::StatusOr<Checkpoint> Open(bool mapped) const {
    ModelFile first;
    first.name = "config.json";
    first.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(config.data()), config.size());
    ModelFile second;
    second.name = "model.safetensors";
    if (mapped) {
      second.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(safetensors.data()), safetensors.size());
    } else {
      second.size = safetensors.size();
      second.read_at = [this](uint64_t offset, absl::Span<uint8_t> out) {
        std::memcpy(out.data(), safetensors.data() + offset, out.size());
        return absl::OkStatus();
      };
    }
    return Checkpoint::Open(ModelSource::Files({first, second}));
  }
};

// AutoAWQ: nibble i of a word holds output channel order[i] of its eight.
Files Awq(const Layer& layer, int group_size) {
  static constexpr int kOrder[] = {0, 2, 4, 6, 1, 3, 5, 7};
  std::string weight;
  std::string zeros;
  for (int64_t c = 0; c < layer.columns; ++c) {
    for (int64_t r = 0; r < layer.rows; r += 8) {
      Append(&weight, Word(4, [&](int i) { return layer.Code(r + kOrder[i], c); }));
    }
  }
  for (int64_t g = 0; g < layer.groups(); ++g) {
    for (int64_t r = 0; r < layer.rows; r += 8) {
      Append(&zeros, Word(4, [&](int i) { return layer.Zero(r + kOrder[i], g); }));
    }
  }
  SafetensorsWriter writer;
  writer.Tensor(absl::StrCat(kName, ".qweight"), "I32", Shape(layer.columns, layer.rows / 8), weight);
  writer.Tensor(absl::StrCat(kName, ".qzeros"), "I32", Shape(layer.groups(), layer.rows / 8), zeros);
  writer.Tensor(absl::StrCat(kName, ".scales"), "F16", Shape(layer.groups(), layer.rows), ScalesGroupsFirst(layer));
  return {
      Config(absl::StrCat(R"({"quant_method": "awq", "bits": 4, "version": "gemm", "group_size": )", group_size, "}")),
      writer.Bytes()};
}

Files Gptq(const Layer& layer, int group_size, int version, bool says_symmetric) {
  const int per = 32 / layer.bits;
  std::string weight;
  std::string zeros;
  std::string index;
  for (int64_t c = 0; c < layer.columns; c += per) {
    for (int64_t r = 0; r < layer.rows; ++r) {
      Append(&weight, Word(layer.bits, [&](int i) { return layer.Code(r, c + i); }));
    }
  }
  const int less = version == 1 ? 1 : 0;
  for (int64_t g = 0; g < layer.groups(); ++g) {
    for (int64_t r = 0; r < layer.rows; r += per) {
      Append(&zeros, Word(layer.bits, [&](int i) { return layer.Zero(r + i, g) - less; }));
    }
  }
  for (int64_t c = 0; c < layer.columns; ++c) Append(&index, static_cast<int32_t>(layer.GroupOf(c)));
  SafetensorsWriter writer;
  writer.Tensor(absl::StrCat(kName, ".qweight"), "I32", Shape(layer.columns / per, layer.rows), weight);
  writer.Tensor(absl::StrCat(kName, ".qzeros"), "I32", Shape(layer.groups(), layer.rows / per), zeros);
  writer.Tensor(absl::StrCat(kName, ".scales"), "F16", Shape(layer.groups(), layer.rows), ScalesGroupsFirst(layer));
  writer.Tensor(absl::StrCat(kName, ".g_idx"), "I32", absl::StrCat("[", layer.columns, "]"), index);
  return {Config(absl::StrCat(R"({"quant_method": "gptq", "bits": )", layer.bits, R"(, "group_size": )", group_size,
                              R"(, "desc_act": )", layer.scattered ? "true" : "false", R"(, "sym": )",
                              says_symmetric ? "true" : "false",
                              version == 1 ? "}" : R"(, "checkpoint_format": "gptq_v2"})")),
          writer.Bytes()};
}

Files CompressedPacked(const Layer& layer) {
  const int per = 32 / layer.bits;
  std::string weight;
  std::string zeros;
  std::string shape;
  for (int64_t r = 0; r < layer.rows; ++r) {
    for (int64_t c = 0; c < layer.columns; c += per) {
      Append(&weight, Word(layer.bits, [&](int i) { return layer.Code(r, c + i); }));
    }
  }
  for (int64_t r = 0; r < layer.rows; r += per) {
    for (int64_t g = 0; g < layer.groups(); ++g) {
      Append(&zeros, Word(layer.bits, [&](int i) { return layer.Zero(r + i, g); }));
    }
  }
  Append(&shape, layer.rows);
  Append(&shape, layer.columns);
  SafetensorsWriter writer;
  writer.Tensor(absl::StrCat(kName, ".weight_packed"), "I32", Shape(layer.rows, layer.columns / per), weight);
  writer.Tensor(absl::StrCat(kName, ".weight_scale"), layer.scale_type, Shape(layer.rows, layer.groups()),
                ScalesRowsFirst(layer));
  writer.Tensor(absl::StrCat(kName, ".weight_shape"), "I64", "[2]", shape);
  if (!layer.symmetric) {
    writer.Tensor(absl::StrCat(kName, ".weight_zero_point"), "I32", Shape(layer.rows / per, layer.groups()), zeros);
  }
  if (layer.scattered) {
    std::string index;
    for (int64_t c = 0; c < layer.columns; ++c) Append(&index, static_cast<int32_t>(layer.GroupOf(c)));
    writer.Tensor(absl::StrCat(kName, ".weight_g_idx"), "I32", absl::StrCat("[", layer.columns, "]"), index);
  }
  return {
      Config(absl::StrCat(R"({"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {)",
                          R"("group_0": {"weights": {"group_size": )", layer.group, "}}}}")),
      writer.Bytes()};
}

// `scale_shape`: that of the scales, where they are one for each row.
Files CompressedPlain(const Layer& layer, std::string scale_shape = "") {
  if (scale_shape.empty()) scale_shape = Shape(layer.rows, layer.groups());
  std::string weight;
  std::string zeros;
  for (int64_t r = 0; r < layer.rows; ++r) {
    for (int64_t c = 0; c < layer.columns; ++c) Append(&weight, static_cast<int8_t>(layer.Code(r, c) - 128));
    for (int64_t g = 0; g < layer.groups(); ++g) Append(&zeros, static_cast<int8_t>(layer.Zero(r, g) - 128));
  }
  SafetensorsWriter writer;
  writer.Tensor(absl::StrCat(kName, ".weight"), "I8", Shape(layer.rows, layer.columns), weight);
  writer.Tensor(absl::StrCat(kName, ".weight_scale"), layer.scale_type, scale_shape, ScalesRowsFirst(layer));
  if (!layer.symmetric) {
    writer.Tensor(absl::StrCat(kName, ".weight_zero_point"), "I8", scale_shape, zeros);
  }
  return {Config(R"({"quant_method": "compressed-tensors", "format": "int-quantized"})"), writer.Bytes()};
}

Files ChatGlm(const Layer& layer) {
  std::string weight;
  for (int64_t r = 0; r < layer.rows; ++r) {
    for (int64_t c = 0; c < layer.columns; ++c) {
      if (layer.bits == 8) {
        Append(&weight, static_cast<int8_t>(layer.Code(r, c) - 128));
      } else if (c % 2 == 1) {
        const int first = layer.Code(r, c - 1) - 8;
        const int second = layer.Code(r, c) - 8;
        Append(&weight, static_cast<uint8_t>(((first & 15) << 4) | (second & 15)));
      }
    }
  }
  SafetensorsWriter writer;
  writer.Tensor(absl::StrCat(kName, ".weight"), "I8", Shape(layer.rows, layer.columns * layer.bits / 8), weight);
  writer.Tensor(absl::StrCat(kName, ".weight_scale"), "F16", absl::StrCat("[", layer.rows, "]"),
                ScalesRowsFirst(layer));
  return {absl::StrCat(R"({"model_type": "chatglm", "quantization_bit": )", layer.bits, "}"), writer.Bytes()};
}

MatrixSlot SlotOf(const Layer& layer, const Holding& holding) {
  MatrixSlot slot;
  slot.shape = MakePackedShape(holding.format, layer.rows, layer.columns, 32, holding.zero);
  slot.from_codes = holding.from_codes;
  slot.parts = {TensorPart{absl::StrCat(kName, ".weight"), 0, layer.rows, 0}};
  return slot;
}

// Every element of the packed matrix.
absl::StatusOr<std::vector<float>> Pack(const Checkpoint& checkpoint, const MatrixSlot& slot) {
  ThreadPool pool(2, nullptr);
  std::vector<uint8_t> data(static_cast<size_t>(PackedBytes(slot.shape)));
  const absl::Status status = PackMatrix(checkpoint, slot, kGenericTable, pool, {}, data.data());
  if (!status.ok()) return status;
  std::vector<float> values(static_cast<size_t>(slot.shape.n * slot.shape.k));
  for (int64_t r = 0; r < slot.shape.n; ++r) {
    UnpackChannel(
        slot.shape, data.data(), r,
        absl::MakeSpan(values).subspan(static_cast<size_t>(r * slot.shape.k), static_cast<size_t>(slot.shape.k)));
  }
  return values;
}

void ExpectSame(const Layer& layer, const std::vector<float>& got) {
  ASSERT_EQ(got.size(), static_cast<size_t>(layer.rows * layer.columns));
  for (int64_t r = 0; r < layer.rows; ++r) {
    for (int64_t c = 0; c < layer.columns; ++c) {
      const float value = got[static_cast<size_t>(r * layer.columns + c)];
      ASSERT_EQ(std::bit_cast<uint32_t>(value), std::bit_cast<uint32_t>(layer.Value(r, c) + 0.0f))
          << "row " << r << " column " << c << ": " << value << " for " << layer.Value(r, c);
    }
  }
}

struct Wanted {
  PackedFormat format;
  PackedZero zero;
  bool from_codes;
};

void Check(const Layer& layer, const Files& files, const Wanted& wanted) {
  for (const bool mapped : {true, false}) {
    SCOPED_TRACE(mapped ? "mapped" : "read through a callback");
    const absl::StatusOr<Checkpoint> checkpoint = files.Open(mapped);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    ASSERT_EQ(checkpoint->tensors().size(), 1u);
    const TensorInfo& tensor = checkpoint->tensors()[0];
    EXPECT_EQ(tensor.name, absl::StrCat(kName, ".weight"));
    ASSERT_EQ(tensor.shape, (std::vector<int64_t>{layer.rows, layer.columns}));

    const absl::StatusOr<RowReader> reader = RowReader::Open(*checkpoint, tensor);
    ASSERT_TRUE(reader.ok()) << reader.status();
    std::vector<float> rows(static_cast<size_t>(layer.rows * layer.columns));
    RowScratch scratch;
    for (int64_t r = 0; r < layer.rows; r += 5) {
      const int64_t count = std::min<int64_t>(5, layer.rows - r);
      const absl::Status status = reader->Read(r, count, rows.data() + r * layer.columns, layer.columns, &scratch);
      ASSERT_TRUE(status.ok()) << status;
    }
    ExpectSame(layer, rows);

    const std::vector<TensorPart> parts = {TensorPart{tensor.name, 0, layer.rows, 0}};
    const Holding holding = HoldMatrix(*checkpoint, parts, std::nullopt, PackedFormat::kBf16);
    EXPECT_EQ(holding.format, wanted.format);
    EXPECT_EQ(holding.zero, wanted.zero);
    ASSERT_EQ(holding.from_codes, wanted.from_codes);
    if (!holding.from_codes) continue;
    const absl::StatusOr<std::vector<float>> packed = Pack(*checkpoint, SlotOf(layer, holding));
    ASSERT_TRUE(packed.ok()) << packed.status();
    ExpectSame(layer, *packed);
    // The wider format holds them as well.
    const Holding wide = HoldMatrix(*checkpoint, parts, PackedFormat::kQ8, PackedFormat::kBf16);
    ASSERT_TRUE(wide.from_codes);
    const absl::StatusOr<std::vector<float>> bytes = Pack(*checkpoint, SlotOf(layer, wide));
    ASSERT_TRUE(bytes.ok()) << bytes.status();
    ExpectSame(layer, *bytes);
  }
}

constexpr Wanted kQ4Center = {PackedFormat::kQ4, PackedZero::kCenter, true};
constexpr Wanted kQ4Point = {PackedFormat::kQ4, PackedZero::kPoint, true};
constexpr Wanted kQ8Center = {PackedFormat::kQ8, PackedZero::kCenter, true};
constexpr Wanted kQ8Point = {PackedFormat::kQ8, PackedZero::kPoint, true};
constexpr Wanted kRounded = {PackedFormat::kQ8, PackedZero::kCenter, false};

TEST(QuantizedLayers, Awq) {
  for (const int64_t group : {32, 64, 128}) {
    SCOPED_TRACE(group);
    const Layer layer = {40, 256, 4, group, false};
    Check(layer, Awq(layer, static_cast<int>(group)), kQ4Point);
  }
  const Layer whole = {40, 192, 4, 192, false};
  Check(whole, Awq(whole, -1), kQ4Point);
  // Groups that are no multiple of the layout's cannot be held.
  const Layer fine = {40, 64, 4, 16, false};
  Check(fine, Awq(fine, 16), kRounded);
}

TEST(QuantizedLayers, Gptq) {
  for (const int version : {1, 2}) {
    for (const int bits : {4, 8}) {
      for (const int64_t group : {32, 64, 128}) {
        SCOPED_TRACE(absl::StrCat("version ", version, " bits ", bits, " group ", group));
        const Layer even = {40, 256, bits, group, true};
        Check(even, Gptq(even, static_cast<int>(group), version, true), bits == 4 ? kQ4Center : kQ8Center);
        const Layer uneven = {40, 256, bits, group, false};
        Check(uneven, Gptq(uneven, static_cast<int>(group), version, false), bits == 4 ? kQ4Point : kQ8Point);
        const Layer scattered = {40, 256, bits, group, false, true};
        Check(scattered, Gptq(scattered, static_cast<int>(group), version, false), kRounded);
      }
    }
  }
  const Layer whole = {40, 192, 4, 192, true};
  Check(whole, Gptq(whole, -1, 1, true), kQ4Center);
}

TEST(QuantizedLayers, CompressedTensors) {
  for (const int bits : {4, 8}) {
    for (const bool symmetric : {true, false}) {
      SCOPED_TRACE(absl::StrCat("bits ", bits, symmetric ? " symmetric" : ""));
      const Layer grouped = {40, 256, bits, 128, symmetric};
      Check(grouped, CompressedPacked(grouped),
            bits == 4 ? (symmetric ? kQ4Center : kQ4Point) : (symmetric ? kQ8Center : kQ8Point));
      const Layer scattered = {40, 256, bits, 128, symmetric, true};
      Check(scattered, CompressedPacked(scattered), kRounded);
      const Layer whole = {40, 200, bits, 200, symmetric};
      Check(whole, CompressedPacked(whole),
            bits == 4 ? (symmetric ? kQ4Center : kQ4Point) : (symmetric ? kQ8Center : kQ8Point));
    }
  }
  for (const bool symmetric : {true, false}) {
    const Layer rows = {37, 200, 8, 200, symmetric};
    Check(rows, CompressedPlain(rows), symmetric ? kQ8Center : kQ8Point);
    Check(rows, CompressedPlain(rows, absl::StrCat("[", rows.rows, "]")), symmetric ? kQ8Center : kQ8Point);
    const Layer tensor = {1, 200, 8, 200, symmetric};
    Check(tensor, CompressedPlain(tensor, "[1]"), symmetric ? kQ8Center : kQ8Point);
    const Layer grouped = {37, 256, 8, 64, symmetric};
    Check(grouped, CompressedPlain(grouped), symmetric ? kQ8Center : kQ8Point);
  }
}

// 200 inputs in groups of 128 have as many scales as in groups of 100: the config tells which.
TEST(QuantizedLayers, CompressedTensorsWithANarrowLastGroup) {
  const Layer layer = {40, 200, 4, 128, false};
  Check(layer, CompressedPacked(layer), kQ4Point);
  const Layer odd = {40, 200, 4, 96, false};
  Files files = CompressedPacked(odd);
  Check(odd, files, kQ4Point);
  files.config = Config(R"({"quant_method": "compressed-tensors", "format": "pack-quantized"})");
  const absl::Status status = files.Open(true).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::AllOf(HasSubstr("weight_scale"), HasSubstr("200 inputs")));
}

// As most published checkpoints have them: in the type of the model.
TEST(QuantizedLayers, ScalesInOtherTypes) {
  for (const char* type : {"BF16", "F32"}) {
    SCOPED_TRACE(type);
    const Layer packed = {40, 256, 4, 128, true, false, type};
    Check(packed, CompressedPacked(packed), kQ4Center);
    const Layer bytes = {37, 256, 8, 64, false, false, type};
    Check(bytes, CompressedPlain(bytes), kQ8Point);
  }
}

TEST(QuantizedLayers, ChatGlm) {
  const Layer nibbles = {37, 200, 4, 200, true};
  Check(nibbles, ChatGlm(nibbles), kQ4Center);
  const Layer bytes = {37, 200, 8, 200, true};
  Check(bytes, ChatGlm(bytes), kQ8Center);
}

// Zeros of 0 in the v1 form are stored as -1 and come back as 16: such files are read as every other program does.
TEST(QuantizedLayers, ZeroThatIsNotTheMiddleThoughTheConfigSaysSo) {
  const Layer layer = {40, 64, 4, 32, false};
  const Files files = Gptq(layer, 32, 1, /*says_symmetric=*/true);
  const absl::StatusOr<Checkpoint> checkpoint = files.Open(true);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const absl::Status status = Pack(*checkpoint, SlotOf(layer, {PackedFormat::kQ4, PackedZero::kCenter, true})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::AllOf(HasSubstr("o_proj.weight"), HasSubstr("\"sym\": true")));
}

// Damage, each with the part of the message that names it.
TEST(QuantizedLayers, RefusesWhatDoesNotFitTogether) {
  const Layer layer = {40, 64, 4, 32, false};
  const auto expect = [](const Files& files, absl::StatusCode code, const std::string& text) {
    const absl::Status status = files.Open(true).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  };
  const Files good = Gptq(layer, 32, 1, false);
  const auto replace = [](std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  };
  expect({replace(good.config, R"("bits": 4)", R"("bits": 3)"), good.safetensors}, absl::StatusCode::kUnimplemented,
         "3 bits");
  expect({replace(good.config, R"("group_size": 32)", R"("group_size": 64)"), good.safetensors},
         absl::StatusCode::kInvalidArgument, "o_proj.scales");
  expect({replace(good.config, "gptq", "quip"), good.safetensors}, absl::StatusCode::kUnimplemented, "QUIP");
  expect({good.config, replace(good.safetensors, ".qzeros", ".qxxxxx")}, absl::StatusCode::kInvalidArgument,
         "o_proj.qzeros");
  expect({good.config, replace(good.safetensors, ".scales", ".xxxxxx")}, absl::StatusCode::kInvalidArgument,
         "o_proj.scales");
  std::string index = good.safetensors;
  const int32_t far = 2;
  std::memcpy(index.data() + index.size() - 4, &far, 4);
  expect({good.config, index}, absl::StatusCode::kInvalidArgument, "input 63 the group 2 of 2");

  const Files awq = Awq(layer, 32);
  expect({replace(awq.config, "gemm", "gemv"), awq.safetensors}, absl::StatusCode::kUnimplemented, "gemv");
  const Files packed = CompressedPacked(layer);
  expect({replace(packed.config, "pack-quantized", "float-quantized"), packed.safetensors},
         absl::StatusCode::kUnimplemented, "float-quantized");
}

TEST(QuantizedLayers, RefusesScalesThatAreNotFinite) {
  const Layer layer = {40, 64, 4, 32, false};
  Files files = Awq(layer, 32);
  const uint16_t infinite = 0x7c00;
  std::memcpy(files.safetensors.data() + files.safetensors.size() - 2, &infinite, 2);
  const absl::StatusOr<Checkpoint> checkpoint = files.Open(true);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const absl::Status status = Pack(*checkpoint, SlotOf(layer, {PackedFormat::kQ4, PackedZero::kPoint, true})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), ::testing::AllOf(HasSubstr("row 39"), HasSubstr("inf")));
}

}  // namespace
}  // namespace reckon
