#include "base/flat_map.h"

#include <cstdint>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

TEST(FlatMap, AgreesWithTheStandardLibrary) {
  std::mt19937_64 random(1);
  FlatMap<uint64_t, uint32_t> map;
  std::unordered_map<uint64_t, uint32_t> reference;
  EXPECT_EQ(map.Find(0), nullptr);
  for (uint32_t i = 0; i < 50000; ++i) {
    if (i == 20000) map.Reserve(100000);
    const uint64_t key = random() % 30000;
    const auto [value, is_new] = map.Insert(key, i);
    const auto [expected, expected_new] = reference.try_emplace(key, i);
    ASSERT_EQ(is_new, expected_new);
    ASSERT_EQ(*value, expected->second);
  }
  for (uint64_t key = 0; key < 31000; ++key) {
    const uint32_t* const value = map.Find(key);
    const auto expected = reference.find(key);
    ASSERT_EQ(value != nullptr, expected != reference.end()) << key;
    if (value != nullptr) {
      ASSERT_EQ(*value, expected->second);
    }
  }
}

TEST(FlatMap, ValuesCanBeChangedInPlace) {
  FlatMap<absl::string_view, int> map;
  *map.Insert("a", 1).first = 2;
  EXPECT_EQ(*map.Find("a"), 2);
  EXPECT_EQ(*map.Find(std::string("a")), 2);
  EXPECT_EQ(map.Find(""), nullptr);
  EXPECT_TRUE(map.Insert("", 3).second);
  EXPECT_EQ(*map.Find(""), 3);
}

}  // namespace
}  // namespace reckon
