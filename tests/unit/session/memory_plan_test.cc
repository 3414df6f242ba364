#include "reckon/memory_plan.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/session/tiny_r1.h"

namespace reckon {
namespace {

using ::reckon::testing::NewSession;
using ::reckon::testing::TinyR1;

TEST(MemoryPlanTest, InspectKnowsWhatOpeningWillTake) {
  for (const WeightFormat weights : {WeightFormat::kF32, WeightFormat::kBf16, WeightFormat::kQ8, WeightFormat::kQ4}) {
    const absl::StatusOr<Model::Inspection> inspection =
        Model::Inspect(ModelSource::Path(RECKON_TINY_R1), {.weights = weights}, 1000);
    ASSERT_TRUE(inspection.ok()) << inspection.status();
    const Model& model = TinyR1(weights);
    EXPECT_EQ(inspection->plan.weight_bytes, model.info().weight_bytes);
    EXPECT_EQ(inspection->plan.total_bytes, model.Plan(1000).total_bytes);
    EXPECT_EQ(inspection->info.weights, weights);
    EXPECT_EQ(inspection->info.parameters, 5773568) << "the model card's figure";
  }
}

TEST(MemoryPlanTest, ASessionTakesWhatThePlanSays) {
  Session session = NewSession(TinyR1(), {.max_context = 1000});
  ASSERT_TRUE(session.Append(std::vector<TokenId>(1000, 5)).ok());
  const MemoryPlan plan = TinyR1().Plan(1000);
  EXPECT_EQ(session.memory_bytes(), plan.kv_bytes + plan.scratch_bytes);
  EXPECT_EQ(plan.kv_bytes_per_token, 6 * 2 * 2 * 64 * 2) << "layers x (k, v) x heads x head size x bf16";
}

TEST(MemoryPlanTest, CacheFormatsTakeWhatTheirElementsDo) {
  const int64_t elements = 6 * 2 * 2 * 64;  // layers x (k, v) x heads x head size
  const struct {
    KvCacheFormat asked;
    KvCacheFormat held;
    int64_t bytes;
  } kCases[] = {{KvCacheFormat::kAuto, KvCacheFormat::kBf16, elements * 2},
                {KvCacheFormat::kF32, KvCacheFormat::kF32, elements * 4},
                {KvCacheFormat::kBf16, KvCacheFormat::kBf16, elements * 2},
                {KvCacheFormat::kQ8, KvCacheFormat::kQ8, elements + elements / 32 * 4}};
  for (const auto& test : kCases) {
    const absl::StatusOr<Model::Inspection> inspection =
        Model::Inspect(ModelSource::Path(RECKON_TINY_R1), {.weights = WeightFormat::kQ8, .kv_cache = test.asked}, 1000);
    ASSERT_TRUE(inspection.ok()) << inspection.status();
    EXPECT_EQ(inspection->info.kv_cache, test.held);
    EXPECT_EQ(inspection->plan.kv_bytes_per_token, test.bytes) << KvCacheFormatName(test.asked);
  }
  EXPECT_EQ(ParseKvCacheFormat("q8").value_or(KvCacheFormat::kAuto), KvCacheFormat::kQ8);
  EXPECT_THAT(std::string(ParseKvCacheFormat("q4").status().message()), ::testing::HasSubstr("auto, f32, bf16, q8"));
}

TEST(MemoryPlanTest, TheLimitRefusesBeforeAllocating) {
  const MemoryPlan plan = TinyR1().Plan(1000);
  ModelOptions options;
  options.weights = WeightFormat::kQ8;
  options.memory_limit_bytes = plan.weight_bytes / 2;
  const absl::Status too_small = Model::Open(ModelSource::Path(RECKON_TINY_R1), options).status();
  EXPECT_EQ(too_small.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(too_small.message()), ::testing::HasSubstr("not even a context of one token"));

  options.memory_limit_bytes = plan.total_bytes;
  const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(RECKON_TINY_R1), options);
  ASSERT_TRUE(model.ok()) << model.status();
  const int64_t fits = model->Plan(4096).max_context_that_fits;
  EXPECT_GE(fits, 1000);
  EXPECT_LT(fits, 1000 + 64);
  const absl::Status refused = Session::Create(*model, {.max_context = 4096}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr(std::to_string(fits)));
  EXPECT_TRUE(Session::Create(*model, {.max_context = fits}).ok());
  EXPECT_EQ(NewSession(*model).max_context(), fits) << "the default is what fits";
}

}  // namespace
}  // namespace reckon
