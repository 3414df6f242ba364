// ChatGLM's published int4 and int8 forms as a whole model: the tiny checkpoint's layers in that form, and the same
// numbers written out as F32, must give the same logits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/half.h"
#include "golden/divergence.h"
#include "golden/golden_model.h"
#include "nlohmann/json.hpp"
#include "reckon/model.h"
#include "reckon/session.h"
#include "support/safetensors_writer.h"
#include "support/temp_folder.h"

namespace reckon::testing {
namespace {

constexpr char kFolder[] = RECKON_TEST_DATA "/models/chatglm3-f16";
constexpr double kQ8Divergence = 2e-3;

// A folder in memory. ModelSource does not own the bytes.
struct Folder {
  std::string config;
  std::string safetensors;

  absl::StatusOr<Model> Open(WeightFormat format) const {
    const auto file = [](const std::string& name, const std::string& contents) {
      ModelFile result;
      result.name = name;
      result.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(contents.data()), contents.size());
      return result;
    };
    return Model::Open(ModelSource::Files({file("config.json", config), file("model.safetensors", safetensors)}),
                       {.weights = format, .threads = 1});
  }
};

struct Both {
  Folder quantized;
  Folder plain;
};

// One matrix [rows, columns] of F16 into both files. Of two inputs in a byte the first is the upper half.
void AddMatrix(const std::string& name, const std::vector<uint16_t>& halves, int64_t rows, int64_t columns, int bits,
               SafetensorsWriter* quantized, SafetensorsWriter* plain) {
  std::string codes;
  std::string scales;
  std::vector<float> values(halves.size());
  for (int64_t row = 0; row < rows; ++row) {
    const uint16_t* in = halves.data() + row * columns;
    float largest = 1e-3F;
    for (int64_t i = 0; i < columns; ++i) largest = std::max(largest, std::abs(HalfToFloat(in[i])));
    const uint16_t scale_bits = FloatToHalf(largest / static_cast<float>((1 << (bits - 1)) - 1));
    const float scale = HalfToFloat(scale_bits);
    scales.append(reinterpret_cast<const char*>(&scale_bits), sizeof(scale_bits));
    uint8_t byte = 0;
    for (int64_t i = 0; i < columns; ++i) {
      const int limit = 1 << (bits - 1);
      const int code = std::clamp(static_cast<int>(std::lround(HalfToFloat(in[i]) / scale)), -limit, limit - 1);
      values[static_cast<size_t>(row * columns + i)] = static_cast<float>(code) * scale;
      byte = static_cast<uint8_t>(bits == 8 ? code : byte << 4 | (code & 15));
      if (bits == 8 || i % 2 == 1) codes += static_cast<char>(byte);
    }
  }
  const auto shape = [](int64_t a, int64_t b) { return "[" + std::to_string(a) + "," + std::to_string(b) + "]"; };
  quantized->Tensor(name, "I8", shape(rows, columns * bits / 8), codes);
  quantized->Tensor(name + "_scale", "F16", "[" + std::to_string(rows) + "]", scales);
  plain->Tensor(name, "F32", shape(rows, columns),
                std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
}

// Quantizes what the published files do: the linear layers of the encoder. Throws if the checkpoint is not as expected.
Both Quantize(int bits) {
  const std::string file = ReadFile(std::string(kFolder) + "/model.safetensors");
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof(length));
  SafetensorsWriter quantized;
  SafetensorsWriter plain;
  const nlohmann::json header = nlohmann::json::parse(file.substr(8, length));
  for (const auto& [name, tensor] : header.items()) {
    if (name == "__metadata__") continue;
    const nlohmann::json& shape = tensor.at("shape");
    const uint64_t begin = tensor.at("data_offsets").at(0);
    const uint64_t end = tensor.at("data_offsets").at(1);
    const std::string data = file.substr(8 + length + begin, end - begin);
    if (shape.size() != 2 || name.find(".encoder.layers.") == std::string::npos) {
      for (SafetensorsWriter* writer : {&quantized, &plain}) {
        writer->Tensor(name, tensor.at("dtype"), shape.dump(), data);
      }
      continue;
    }
    std::vector<uint16_t> halves(data.size() / sizeof(uint16_t));
    std::memcpy(halves.data(), data.data(), data.size());
    AddMatrix(name, halves, shape.at(0), shape.at(1), bits, &quantized, &plain);
  }
  nlohmann::json config = nlohmann::json::parse(ReadFile(std::string(kFolder) + "/config.json"));
  Both both;
  both.plain = {config.dump(), plain.Bytes()};
  config["quantization_bit"] = bits;
  both.quantized = {config.dump(), quantized.Bytes()};
  return both;
}

std::vector<float> Logits(const Model& model, const ReferenceSequence& sequence) {
  absl::StatusOr<Session> session = Session::Create(model);
  if (!session.ok()) return {};
  return session->AllLogits(sequence.ids).value_or(std::vector<float>());
}

class ChatGlmQuantizedTest : public ::testing::TestWithParam<int> {};

TEST_P(ChatGlmQuantizedTest, GivesTheLogitsOfItsNumbers) {
  const Both both = Quantize(GetParam());
  const absl::StatusOr<GoldenModel> golden = ReadGoldenModel("models/chatglm3-f16");
  ASSERT_TRUE(golden.ok()) << golden.status();
  const absl::StatusOr<Model> plain = both.plain.Open(WeightFormat::kF32);
  ASSERT_TRUE(plain.ok()) << plain.status();
  const absl::StatusOr<Model> wide = both.quantized.Open(WeightFormat::kF32);
  ASSERT_TRUE(wide.ok()) << wide.status();
  const absl::StatusOr<Model> own = both.quantized.Open(WeightFormat::kAuto);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->info().weights, GetParam() == 4 ? WeightFormat::kQ4 : WeightFormat::kQ8);
  Divergence divergence;
  for (const ReferenceSequence& sequence : golden->sequences) {
    const std::vector<float> expected = Logits(*plain, sequence);
    ASSERT_EQ(expected.size(), sequence.logits.size());
    EXPECT_EQ(Logits(*wide, sequence), expected);
    const std::vector<float> held = Logits(*own, sequence);
    ASSERT_EQ(held.size(), expected.size());
    divergence.Add(expected, held, plain->info().vocab_size);
  }
  std::printf("ChatGLM int%d as it is: KL mean %.2e nats\n", GetParam(), divergence.kl_mean());
  EXPECT_LT(divergence.kl_mean(), kQ8Divergence);
}

INSTANTIATE_TEST_SUITE_P(Golden, ChatGlmQuantizedTest, ::testing::Values(4, 8),
                         [](const auto& test) { return "int" + std::to_string(test.param); });

}  // namespace
}  // namespace reckon::testing
