#include "text/vocabulary.h"

#include <gtest/gtest.h>

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
  ASSERT_TRUE(model.AddMerge("c", "a").ok());
  ASSERT_TRUE(model.AddMerge("b", "c").ok());
  ASSERT_TRUE(model.AddMerge("a", "b").ok());
  ASSERT_TRUE(model.AddMerge("ab", "c").ok());
  ASSERT_TRUE(model.AddMerge("a", "bc").ok());
  BpeWorkspace workspace;
  std::vector<TokenId> ids;
  ASSERT_TRUE(model.Encode("abca", &workspace, &ids).ok());
  EXPECT_EQ(ids, (std::vector<TokenId>{3, 6}));
  ids.clear();
  ASSERT_TRUE(model.Encode("abc", &workspace, &ids).ok());
  EXPECT_EQ(ids, (std::vector<TokenId>{4}));
}

}  // namespace
}  // namespace reckon
