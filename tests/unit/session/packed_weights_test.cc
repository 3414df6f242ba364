#include "reckon/packed_weights.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/session/tiny_r1.h"

namespace reckon {
namespace {

using ::reckon::testing::CopyLogits;
using ::reckon::testing::NewSession;
using ::reckon::testing::PuzzlePrompt;
using ::reckon::testing::TinyR1;
using ::testing::HasSubstr;

// A host's copy of what the model holds.
PackedWeights Keep(absl::Span<const uint8_t> bytes) {
  auto buffer =
      std::make_shared<AlignedBuffer>(*AlignedBuffer::Allocate(static_cast<int64_t>(bytes.size()), "a test's copy"));
  std::memcpy(buffer->data(), bytes.data(), bytes.size());
  PackedWeights packed;
  packed.bytes = {buffer->data(), bytes.size()};
  packed.owner = std::move(buffer);
  return packed;
}

absl::StatusOr<Model> OpenTinyR1(WeightFormat weights, PackedWeights packed, const std::string& isa = "") {
  ModelOptions options;
  options.weights = weights;
  options.threads = 2;
  options.isa = isa;
  options.packed_weights = std::move(packed);
  return Model::Open(ModelSource::Path(RECKON_TINY_R1), options);
}

std::vector<float> LogitsOf(const Model& model) {
  Session session = NewSession(model);
  EXPECT_TRUE(session.Append(PuzzlePrompt()).ok());
  return CopyLogits(session);
}

void ExpectRefused(const absl::StatusOr<Model>& model, const std::string& why) {
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(model.status().message()), HasSubstr(why));
}

TEST(PackedWeightsTest, GiveTheSameBitsWithoutPacking) {
  for (const WeightFormat format : {WeightFormat::kF32, WeightFormat::kBf16, WeightFormat::kQ8, WeightFormat::kQ4}) {
    const Model& packing = TinyR1(format);
    EXPECT_EQ(static_cast<int64_t>(packing.packed_weights().size()), packing.info().weight_bytes);
    const PackedWeights kept = Keep(packing.packed_weights());
    const absl::StatusOr<Model> model = OpenTinyR1(format, kept);
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_EQ(model->packed_weights().data(), kept.bytes.data()) << "used in place";
    EXPECT_EQ(LogitsOf(*model), LogitsOf(packing));
  }
}

TEST(PackedWeightsTest, AreTheSameForEveryInstructionSet) {
  const absl::StatusOr<Model> generic = OpenTinyR1(WeightFormat::kQ8, {}, "generic");
  ASSERT_TRUE(generic.ok()) << generic.status();
  const absl::StatusOr<Model> best = OpenTinyR1(WeightFormat::kQ8, Keep(generic->packed_weights()));
  ASSERT_TRUE(best.ok()) << best.status();
  EXPECT_EQ(LogitsOf(*best), LogitsOf(TinyR1(WeightFormat::kQ8)));
}

TEST(PackedWeightsTest, AreTheHostsMemory) {
  PackedWeights kept = Keep(TinyR1().packed_weights());
  const std::weak_ptr<const void> watched = kept.owner;
  ModelOptions options;
  options.weights = WeightFormat::kQ8;
  options.packed_weights = kept;
  const absl::StatusOr<Model::Inspection> inspection = Model::Inspect(ModelSource::Path(RECKON_TINY_R1), options, 1000);
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  const MemoryPlan packing = TinyR1().Plan(1000);
  EXPECT_EQ(inspection->plan.weight_bytes, 0);
  EXPECT_EQ(inspection->plan.total_bytes, packing.total_bytes - packing.weight_bytes);
  options.memory_limit_bytes = inspection->plan.total_bytes;  // too little for weights
  absl::StatusOr<Model> model = Model::Open(ModelSource::Path(RECKON_TINY_R1), options);
  ASSERT_TRUE(model.ok()) << model.status();

  auto session = std::make_unique<Session>(NewSession(*model, {.max_context = 100}));
  options = {};
  kept = {};
  model = absl::UnknownError("closed");
  EXPECT_FALSE(watched.expired()) << "the session still reads them";
  EXPECT_TRUE(session->Append(PuzzlePrompt()).ok());
  session.reset();
  EXPECT_TRUE(watched.expired());
}

TEST(PackedWeightsTest, OfAnythingElseAreRefused) {
  const absl::Span<const uint8_t> good = TinyR1(WeightFormat::kQ8).packed_weights();
  PackedWeights packed = Keep(good);
  ExpectRefused(OpenTinyR1(WeightFormat::kQ4, packed), "bytes, where this checkpoint takes");
  packed.bytes.remove_suffix(1);
  ExpectRefused(OpenTinyR1(WeightFormat::kQ8, packed), std::to_string(good.size()));

  // As long as the right ones, but shifted by a byte.
  const auto longer = std::make_shared<AlignedBuffer>(*AlignedBuffer::Allocate(good.size() + 1, "a test's copy"));
  ExpectRefused(OpenTinyR1(WeightFormat::kQ8, {{longer->data() + 1, good.size()}, longer}), "multiple of 64");
  ExpectRefused(OpenTinyR1(WeightFormat::kQ8, {{longer->data(), good.size()}, longer}), "not packed weights");

  // Every byte of the seal counts.
  for (size_t i = 0; i < 40; ++i) {
    packed = Keep(good);
    const_cast<uint8_t*>(packed.bytes.data())[good.size() - 64 + i] ^= 1;
    EXPECT_EQ(OpenTinyR1(WeightFormat::kQ8, packed).status().code(), absl::StatusCode::kInvalidArgument) << i;
  }
}

TEST(PackedWeightsTest, OfAFineTunedModelAreRefused) {
  std::vector<std::string> contents;
  std::vector<ModelFile> files;
  for (const char* const name : {"config.json", "model.safetensors"}) {
    std::ifstream in(std::string(RECKON_TINY_R1) + "/" + name, std::ios::binary);
    contents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  for (char& byte : absl::MakeSpan(contents[1]).last(contents[1].size() / 2)) byte = static_cast<char>(byte ^ 1);
  for (size_t i = 0; i < contents.size(); ++i) {
    ModelFile file;
    file.name = i == 0 ? "config.json" : "model.safetensors";
    file.bytes = {reinterpret_cast<const uint8_t*>(contents[i].data()), contents[i].size()};
    files.push_back(file);
  }
  ModelOptions options;
  options.weights = WeightFormat::kQ8;
  options.packed_weights = Keep(TinyR1(WeightFormat::kQ8).packed_weights());
  ExpectRefused(Model::Open(ModelSource::Files(files), options), "packed from another checkpoint");
}

}  // namespace
}  // namespace reckon
