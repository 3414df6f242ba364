// Logits and greedy tokens of every tiny checkpoint against an independent implementation, for each weight format and
// each instruction set that this CPU has. Prints a table of the divergences.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <tuple>
#include <vector>

#include "absl/types/span.h"
#include "checkpoint/checkpoint.h"
#include "golden/divergence.h"
#include "golden/golden_model.h"
#include "reckon/model.h"
#include "reckon/session.h"
#include "support/hf_to_gguf.h"
#include "support/repack.h"

namespace reckon::testing {
namespace {

// Targets. Q4 has none: what it loses is the user's choice, and printed.
constexpr double kF32Relative = 1e-4;
constexpr double kBf16Divergence = 1e-4;
// For checkpoints whose own weights are not bf16: rounding them loses bits before anything is computed. (With inputs
// kept at 16 bits of mantissa throughout, 1.3e-4 to 1.5e-4 remained for the F32 and F16 folders.)
constexpr double kBf16OfWiderWeights = 5e-4;
constexpr double kQ8Divergence = 2e-3;
// The cache in 8 bits alone, under f32 weights: 1.3e-4 to 6e-4 on 24 of the 26 checkpoints, 1.0e-3 and 2.0e-3 on
// gguf/qwen2-q5_k and gguf/qwen2-q4_k_m.
constexpr double kQ8CacheDivergence = 4e-3;

// Whether every matrix of the checkpoint is stored as bf16, so that the format bf16 holds it exactly.
bool IsStoredAsBf16(const GoldenModel& golden) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(ModelSource::Path(golden.path));
  if (!checkpoint.ok()) return false;
  for (const TensorInfo& tensor : checkpoint->tensors()) {
    if (tensor.shape.size() == 2 && tensor.dtype != DType::kBF16) return false;
  }
  return true;
}

Divergence Measure(const Model& model, const GoldenModel& golden) {
  Divergence divergence;
  for (const ReferenceSequence& sequence : golden.sequences) {
    absl::StatusOr<Session> session = Session::Create(model);
    if (!session.ok()) {
      ADD_FAILURE() << session.status();
      continue;
    }
    const absl::StatusOr<std::vector<float>> logits = session->AllLogits(sequence.ids);
    if (!logits.ok() || logits->size() != sequence.logits.size()) {
      ADD_FAILURE() << logits.status() << ", size " << (logits.ok() ? logits->size() : 0) << " instead of "
                    << sequence.logits.size();
      continue;
    }
    EXPECT_EQ(session->length(), 0);
    divergence.Add(sequence.logits, *logits, model.info().vocab_size);
  }
  return divergence;
}

// The tokens must be the reference's up to the first step where its lead is too small for the error measured in logits:
// two logits that are each off by `error` may change places if they are less than twice that apart.
void ExpectSameTokens(const Model& model, const GoldenModel& golden, double error) {
  for (const ReferenceAnswer& answer : golden.answers) {
    const absl::StatusOr<std::vector<TokenId>> ids = GreedyTokens(model, answer.prompt, answer.ids.size());
    ASSERT_TRUE(ids.ok()) << ids.status();
    for (size_t i = 0; i < answer.ids.size() && answer.margins[i] > 2 * error; ++i) {
      ASSERT_EQ((*ids)[i], answer.ids[i]) << "at step " << i << " of a prompt of " << answer.prompt.size();
    }
  }
}

void Print(const std::string& name, const Model& model, const Divergence& d) {
  const std::string format(WeightFormatName(model.info().weights));
  std::printf("%-32s %-5s %-12s %10.2e %10.2e %10.2e %4d/%4d\n", name.c_str(), format.c_str(), model.info().isa.c_str(),
              d.relative(), d.kl_mean(), d.kl_max(), static_cast<int>(d.same_argmax()),
              static_cast<int>(d.positions()));
}

class LogitsTest : public ::testing::TestWithParam<std::tuple<std::string, WeightFormat>> {
 protected:
  static void SetUpTestSuite() {
    std::printf("%-32s %-5s %-12s %10s %10s %10s %9s\n", "checkpoint", "held", "kernels", "max error", "KL mean",
                "KL max", "argmax");
  }
};

TEST_P(LogitsTest, AgreeWithReference) {
  const auto& [name, format] = GetParam();
  const absl::StatusOr<GoldenModel> golden = ReadGoldenModel(name);
  ASSERT_TRUE(golden.ok()) << golden.status();
  for (const std::string& isa : SupportedIsas()) {
    SCOPED_TRACE(isa);
    const absl::StatusOr<Model> model =
        Model::Open(ModelSource::Path(golden->path), {.weights = format, .threads = 1, .isa = isa});
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_EQ(model->info().isa, isa);
    EXPECT_EQ(model->info().weights, format);
    const Divergence divergence = Measure(*model, *golden);
    ASSERT_GT(divergence.positions(), 0);
    Print(name, *model, divergence);
    switch (format) {
      case WeightFormat::kF32:
        EXPECT_LT(divergence.relative(), kF32Relative);
        break;
      case WeightFormat::kBf16:
        EXPECT_LT(divergence.kl_mean(), IsStoredAsBf16(*golden) ? kBf16Divergence : kBf16OfWiderWeights);
        break;
      case WeightFormat::kQ8:
        EXPECT_LT(divergence.kl_mean(), kQ8Divergence);
        break;
      default:
        break;
    }
    if (format != WeightFormat::kQ4) ExpectSameTokens(*model, *golden, divergence.max_difference());
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, LogitsTest,
                         ::testing::Combine(::testing::ValuesIn(GoldenModelNames()),
                                            ::testing::Values(WeightFormat::kF32, WeightFormat::kBf16,
                                                              WeightFormat::kQ8, WeightFormat::kQ4)),
                         [](const auto& test) {
                           return TestCaseName(std::get<0>(test.param)) + "_" +
                                  std::string(WeightFormatName(std::get<1>(test.param)));
                         });

// The cache in 8 bits under weights that are exact: what it alone costs.
class QuantizedCacheTest : public ::testing::TestWithParam<std::string> {};

TEST_P(QuantizedCacheTest, StaysClose) {
  const absl::StatusOr<GoldenModel> golden = ReadGoldenModel(GetParam());
  ASSERT_TRUE(golden.ok()) << golden.status();
  for (const std::string& isa : SupportedIsas()) {
    SCOPED_TRACE(isa);
    const ModelOptions options = {
        .weights = WeightFormat::kF32, .kv_cache = KvCacheFormat::kQ8, .threads = 1, .isa = isa};
    const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(golden->path), options);
    ASSERT_TRUE(model.ok()) << model.status();
    EXPECT_EQ(model->info().kv_cache, KvCacheFormat::kQ8);
    const Divergence divergence = Measure(*model, *golden);
    ASSERT_GT(divergence.positions(), 0);
    Print(GetParam() + ", q8 cache", *model, divergence);
    EXPECT_LT(divergence.kl_mean(), kQ8CacheDivergence);
    EXPECT_GT(divergence.relative(), kF32Relative) << "the cache was not rounded";
    ExpectSameTokens(*model, *golden, divergence.max_difference());
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, QuantizedCacheTest, ::testing::ValuesIn(GoldenModelNames()),
                         [](const auto& test) { return TestCaseName(test.param); });

// Families whose GGUF files have fused tensors and keys of their own: the same checkpoint as such a file.
class AsGgufTest : public ::testing::TestWithParam<std::string> {};

TEST_P(AsGgufTest, AgreesWithReference) {
  const absl::StatusOr<GoldenModel> golden = ReadGoldenModel(GetParam());
  ASSERT_TRUE(golden.ok()) << golden.status();
  const std::string bytes = GgufOfFolder(golden->path);
  ModelFile file;
  file.name = "model.gguf";
  file.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  const ModelOptions options = {.weights = WeightFormat::kF32, .threads = 1};
  const absl::StatusOr<Model> model = Model::Open(ModelSource::Files({file}), options);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->info().format, "GGUF v3");
  const Divergence divergence = Measure(*model, *golden);
  ASSERT_GT(divergence.positions(), 0);
  Print(GetParam() + ", GGUF", *model, divergence);
  EXPECT_LT(divergence.relative(), kF32Relative);
  ExpectSameTokens(*model, *golden, divergence.max_difference());
  const absl::StatusOr<Model> folder = Model::Open(ModelSource::Path(golden->path), options);
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_NEAR(divergence.relative(), Measure(*folder, *golden).relative(), kF32Relative / 100);
}

INSTANTIATE_TEST_SUITE_P(Golden, AsGgufTest,
                         ::testing::Values("models/phi3-bf16", "models/phi3-longrope", "models/chatglm3-f16"),
                         [](const auto& test) { return TestCaseName(test.param); });

// What comes quantized is held as it is, in 4 bits too: then only the inputs are rounded, as with q8, and q8's target
// holds.
class QuantizedTest : public ::testing::TestWithParam<std::string> {};

TEST_P(QuantizedTest, HeldAsItIsAgreesLikeQ8) {
  const absl::StatusOr<GoldenModel> golden = ReadGoldenModel(GetParam());
  ASSERT_TRUE(golden.ok()) << golden.status();
  for (const std::string& isa : SupportedIsas()) {
    SCOPED_TRACE(isa);
    const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(golden->path), {.threads = 1, .isa = isa});
    ASSERT_TRUE(model.ok()) << model.status();
    const Divergence divergence = Measure(*model, *golden);
    ASSERT_GT(divergence.positions(), 0);
    Print(GetParam(), *model, divergence);
    EXPECT_LT(divergence.kl_mean(), kQ8Divergence);
    ExpectSameTokens(*model, *golden, divergence.max_difference());
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, QuantizedTest,
                         ::testing::Values("models/awq-g32", "models/gptq-g32", "models/gptq-g32-descact",
                                           "gguf/qwen2-q4_0", "gguf/qwen2-q4_1", "gguf/llama-tied-q4_1",
                                           "gguf/qwen2-q8_0", "gguf/llama-q8_0", "gguf/qwen2-q5_1"),
                         [](const auto& test) { return TestCaseName(test.param); });

absl::StatusOr<Model> OpenFiles(const HfFiles& files, WeightFormat format) {
  std::vector<ModelFile> list(2);
  list[0].name = "config.json";
  list[0].bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(files.config.data()), files.config.size());
  list[1].name = "model.safetensors";
  list[1].bytes =
      absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(files.safetensors.data()), files.safetensors.size());
  return Model::Open(ModelSource::Files(list), {.weights = format, .threads = 1});
}

// The weights of the AWQ and GPTQ checkpoints in other packings: their references hold for these too.
class CompressedTensorsTest : public ::testing::TestWithParam<std::tuple<std::string, CompressedFormat>> {};

TEST_P(CompressedTensorsTest, AgreesWithReference) {
  const auto& [name, format] = GetParam();
  const absl::StatusOr<GoldenModel> golden = ReadGoldenModel(name);
  ASSERT_TRUE(golden.ok()) << golden.status();
  const HfFiles files = AsCompressedTensors(golden->path, format);
  const absl::StatusOr<Model> exact = OpenFiles(files, WeightFormat::kF32);
  ASSERT_TRUE(exact.ok()) << exact.status();
  const Divergence divergence = Measure(*exact, *golden);
  ASSERT_GT(divergence.positions(), 0);
  Print(name + ", repacked", *exact, divergence);
  EXPECT_LT(divergence.relative(), kF32Relative);
  ExpectSameTokens(*exact, *golden, divergence.max_difference());

  const absl::StatusOr<Model> held = OpenFiles(files, WeightFormat::kAuto);
  ASSERT_TRUE(held.ok()) << held.status();
  const Divergence rounded = Measure(*held, *golden);
  Print(name + ", repacked", *held, rounded);
  EXPECT_LT(rounded.kl_mean(), kQ8Divergence);
  ExpectSameTokens(*held, *golden, rounded.max_difference());
}

INSTANTIATE_TEST_SUITE_P(Golden, CompressedTensorsTest,
                         ::testing::Combine(::testing::Values("models/awq-g32", "models/gptq-g32"),
                                            ::testing::Values(CompressedFormat::kPackQuantized,
                                                              CompressedFormat::kIntQuantized)),
                         [](const auto& test) {
                           return TestCaseName(std::get<0>(test.param)) +
                                  (std::get<1>(test.param) == CompressedFormat::kPackQuantized ? "_packed" : "_bytes");
                         });

}  // namespace
}  // namespace reckon::testing
