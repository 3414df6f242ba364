#include "text/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "text/bpe_model.h"

namespace reckon {
namespace {

TEST(VocabularyTest, KnowsASpellingByItsParts) {
  Vocabulary vocabulary;
  vocabulary.Reserve(4);
  ASSERT_TRUE(vocabulary.Add(0, "ab").ok());
  ASSERT_TRUE(vocabulary.Add(1, "abc").ok());
  ASSERT_TRUE(vocabulary.Add(3, "").ok());
  EXPECT_TRUE(vocabulary.IsSpelled(1, "ab", "c"));
  EXPECT_TRUE(vocabulary.IsSpelled(1, "", "abc"));
  EXPECT_TRUE(vocabulary.IsSpelled(3, "", ""));
  EXPECT_FALSE(vocabulary.IsSpelled(1, "ab", "d"));
  EXPECT_FALSE(vocabulary.IsSpelled(1, "ac", "c"));
  EXPECT_FALSE(vocabulary.IsSpelled(1, "abc", "c"));
  EXPECT_FALSE(vocabulary.IsSpelled(1, "ab", ""));
  EXPECT_FALSE(vocabulary.IsSpelled(2, "", "")) << "a gap";
  EXPECT_FALSE(vocabulary.IsSpelled(4, "", ""));
  EXPECT_FALSE(vocabulary.IsSpelled(-1, "", ""));
}

// Find() gives the first of two ids, so the second must not pass for it.
TEST(VocabularyTest, DoesNotGuessWhereASpellingHasTwoIds) {
  Vocabulary vocabulary;
  vocabulary.Reserve(2);
  ASSERT_TRUE(vocabulary.Add(0, "ab").ok());
  ASSERT_TRUE(vocabulary.Add(1, "ab").ok());
  EXPECT_EQ(vocabulary.Find("ab"), TokenId{0});
  EXPECT_FALSE(vocabulary.IsSpelled(1, "a", "b"));
}

// Results of merges whose ids are in order of rank, out of order, and given by two merges.
TEST(VocabularyTest, MergesFindTheirResultsInAnyOrder) {
  Vocabulary vocabulary;
  vocabulary.Reserve(7);
  const char* const spellings[] = {"a", "b", "c", "ab", "abc", "bc", "ca"};
  for (int64_t id = 0; id < 7; ++id) ASSERT_TRUE(vocabulary.Add(id, spellings[id]).ok());
  BpeModel::Options options;
  options.bytes = false;
  BpeModel model(&vocabulary, options);
  const BpeModel::MergeText merges[] = {{"c", "a"}, {"b", "c"}, {"a", "b"}, {"ab", "c"}, {"a", "bc"}};
  ASSERT_TRUE(model.AddMerges(merges).ok());
  BpeWorkspace workspace;
  std::vector<TokenId> ids;
  ASSERT_TRUE(model.Encode("abca", &workspace, &ids).ok());
  EXPECT_EQ(ids, (std::vector<TokenId>{3, 6}));
  ids.clear();
  ASSERT_TRUE(model.Encode("abc", &workspace, &ids).ok());
  EXPECT_EQ(ids, (std::vector<TokenId>{4}));
}

// More merges than are looked up together; the wrong one is neither the first of its lot nor the last.
TEST(VocabularyTest, MergesSayHowFarTheyCame) {
  constexpr size_t kLetters = 20;
  constexpr size_t kWrong = BpeModel::kMergesTogether + 2;
  Vocabulary vocabulary;
  vocabulary.Reserve(2 * kLetters);
  const std::string letters = "abcdefghijklmnopqrst";
  for (size_t i = 0; i < kLetters; ++i) {
    ASSERT_TRUE(vocabulary.Add(static_cast<int64_t>(i), letters.substr(i, 1)).ok());
    if (i > 0) {
      ASSERT_TRUE(vocabulary.Add(static_cast<int64_t>(kLetters + i), letters.substr(0, i + 1)).ok());
    }
  }
  std::vector<BpeModel::MergeText> merges;
  for (size_t i = 1; i < kLetters; ++i) {
    merges.push_back({absl::string_view(letters).substr(0, i), absl::string_view(letters).substr(i, 1)});
  }
  merges[kWrong].right = "?";
  BpeModel::Options options;
  options.bytes = false;
  BpeModel model(&vocabulary, options);
  const absl::Status status = model.AddMerges(merges);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("needs the token \"?\""));
  EXPECT_EQ(model.merges(), kWrong);
  // Those before it are there.
  BpeWorkspace workspace;
  std::vector<TokenId> ids;
  ASSERT_TRUE(model.Encode(letters, &workspace, &ids).ok());
  ASSERT_FALSE(ids.empty());
  EXPECT_EQ(vocabulary.Spelling(ids[0]), letters.substr(0, kWrong + 1));
}

}  // namespace
}  // namespace reckon
