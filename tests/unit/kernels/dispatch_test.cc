#include "kernels/dispatch.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "base/cpu_features.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

using ::testing::HasSubstr;

// Sets RECKON_ISA for a test's duration.
class Environment {
 public:
  explicit Environment(const char* value) {
    const char* old = std::getenv("RECKON_ISA");
    if (old != nullptr) old_ = old;
    was_set_ = old != nullptr;
    setenv("RECKON_ISA", value, 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    if (was_set_) {
      setenv("RECKON_ISA", old_.c_str(), 1);
    } else {
      unsetenv("RECKON_ISA");
    }
  }

 private:
  std::string old_;
  bool was_set_;
};

TEST(DispatchTest, EveryTableIsCompleteAndGenericIsLast) {
  const std::vector<const KernelTable*> tables = SupportedKernels();
  ASSERT_FALSE(tables.empty());
  EXPECT_STREQ(tables.back()->name, "generic");
  for (const KernelTable* table : tables) {
    for (auto* matmul : table->matmul) EXPECT_NE(matmul, nullptr) << table->name;
    EXPECT_NE(table->quantize_rows, nullptr);
    EXPECT_NE(table->round_rows, nullptr);
    EXPECT_NE(table->rms_norm, nullptr);
    EXPECT_NE(table->rope, nullptr);
    EXPECT_NE(table->store_k, nullptr);
    EXPECT_NE(table->store_v, nullptr);
    EXPECT_NE(table->attention, nullptr);
    EXPECT_NE(table->pack_panel, nullptr);
  }
}

TEST(DispatchTest, TilesAreTakenOnlyByName) {
  for (const KernelTable* table : SupportedKernels()) EXPECT_STRNE(table->name, "avx512_amx");
  const absl::StatusOr<const KernelTable*> table = ChooseKernels("avx512_amx");
  if (GetCpuFeatures().amx && RequestTiles()) {
    ASSERT_TRUE(table.ok()) << table.status();
    EXPECT_STREQ((*table)->name, "avx512_amx");
  } else {
    EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(DispatchTest, TakesTheBestUnlessToldOtherwise) {
  const Environment environment("");
  ASSERT_TRUE(ChooseKernels().ok());
  EXPECT_EQ(*ChooseKernels(), SupportedKernels().front());
}

TEST(DispatchTest, FindsEveryTableByName) {
  for (const KernelTable* table : SupportedKernels()) {
    const auto chosen = ChooseKernels(table->name);
    ASSERT_TRUE(chosen.ok()) << chosen.status();
    EXPECT_EQ(*chosen, table);
  }
}

TEST(DispatchTest, EnvironmentChoosesButAnArgumentWins) {
  const Environment environment("generic");
  ASSERT_TRUE(ChooseKernels().ok());
  EXPECT_STREQ((*ChooseKernels())->name, "generic");
  const char* best = SupportedKernels().front()->name;
  EXPECT_STREQ((*ChooseKernels(best))->name, best);
}

TEST(DispatchTest, UnknownNamesSayWhatThereIs) {
  const auto chosen = ChooseKernels("mmx");
  EXPECT_EQ(chosen.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(chosen.status().message()), HasSubstr("'mmx'"));
  EXPECT_THAT(std::string(chosen.status().message()), HasSubstr("generic"));

  const Environment environment("sse9");
  EXPECT_THAT(std::string(ChooseKernels().status().message()), HasSubstr("RECKON_ISA"));
}

}  // namespace
}  // namespace reckon
