#include "text/unicode.h"

#include <gtest/gtest.h>

#include <string>

#include "text/bpe_merge.h"
#include "text/nfc.h"
#include "text/split_pattern.h"

namespace reckon {
namespace {

TEST(Utf8, RoundTripOfEveryCodePoint) {
  for (uint32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::string text;
    AppendUtf8(c, &text);
    const CodePoint decoded = DecodeUtf8(text, 0);
    ASSERT_TRUE(decoded.valid && decoded.value == c && decoded.length == text.size()) << c;
    for (size_t size = 1; size < text.size(); ++size) {
      const CodePoint cut = DecodeUtf8(absl::string_view(text).substr(0, size), 0);
      ASSERT_TRUE(!cut.valid && cut.truncated && cut.length == size) << c;
    }
  }
}

// Unicode 15, table 3-8 and its neighbours.
TEST(Utf8, MaximalSubparts) {
  EXPECT_EQ(ReplaceInvalidUtf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82"
                               "A"),
            "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdA");
  EXPECT_EQ(ReplaceInvalidUtf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf"
                               "A"),
            "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdA");
  EXPECT_EQ(ReplaceInvalidUtf8("\xf4\x91\x92\x93\xff"
                               "A\x80\xbf"
                               "B"),
            "\ufffd\ufffd\ufffd\ufffd\ufffdA\ufffd\ufffdB");
  EXPECT_EQ(ReplaceInvalidUtf8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf"
                               "A"),
            "\ufffd\ufffd\ufffd\ufffdA");
}

TEST(CharClass, FollowsTheReference) {
  EXPECT_EQ(ClassOf('a'), CharClass::kLetter);
  EXPECT_EQ(ClassOf(0x4f60), CharClass::kLetter);
  EXPECT_EQ(ClassOf(0x00bd), CharClass::kNumber);  // one half
  EXPECT_EQ(ClassOf(0x2167), CharClass::kNumber);  // Roman eight
  EXPECT_EQ(ClassOf(0x3000), CharClass::kSpace);
  EXPECT_EQ(ClassOf(0x0085), CharClass::kSpace);
  EXPECT_EQ(ClassOf(0x200b), CharClass::kOther);  // zero width space is not White_Space
  EXPECT_EQ(ClassOf(0x001c), CharClass::kOther);
  EXPECT_EQ(ClassOf(0x0301), CharClass::kOther);
  // Assigned after Unicode 14.
  EXPECT_EQ(ClassOf(0x1c89), CharClass::kLetter);
  EXPECT_EQ(ClassOf(0x2ebf0), CharClass::kLetter);
  EXPECT_EQ(ClassOf(0x10d40), CharClass::kNumber);
  EXPECT_EQ(ClassOf(0x0378), CharClass::kOther);  // not assigned
  EXPECT_TRUE(IsNumeric(0x11de0));
}

TEST(SplitPattern, UnknownExpression) {
  EXPECT_EQ(SplitPattern::FromRegex("\\w+").status().code(), absl::StatusCode::kUnimplemented);
}

// Composition must not be quadratic in a run of marks; 2 MB of them out of order take well under a second.
TEST(Nfc, LongRunsOfMarks) {
  std::string text = "e";
  for (int i = 0; i < 500'000; ++i) text += i % 2 == 0 ? "\u0301" : "\u0327";
  const std::string result = NormalizeNfc(text);
  EXPECT_EQ(result.substr(0, 6), "\u0229\u0327\u0327");  // e with cedilla, then the other cedillas
  EXPECT_EQ(result.size(), text.size() - 1);
}

// The heap and the scan over short words must agree; the rule merges digits by an arbitrary table.
struct TableRule {
  bool Find(const BpeSymbol& left, const BpeSymbol& right, uint32_t* rank, uint32_t* merged) const {
    const uint32_t key = (left.id * 31 + right.id * 17) % 23;
    if (key > 14 || left.id > 40 || right.id > 40) return false;
    *rank = key / 2;
    *merged = (left.id + right.id + key) % 50;
    return true;
  }
};

TEST(BpeMerge, HeapEqualsPlainLoop) {
  uint32_t state = 1;
  for (int round = 0; round < 500; ++round) {
    BpeWorkspace workspace;
    const uint32_t n = 2 + static_cast<uint32_t>(round) % 90;
    for (uint32_t i = 0; i < n; ++i) {
      state = state * 1664525u + 1013904223u;
      workspace.symbols.push_back({(state >> 16) % 10, i, i + 1});
    }
    std::vector<BpeSymbol> plain = workspace.symbols;
    while (true) {
      size_t best = plain.size();
      uint32_t best_rank = UINT32_MAX;
      uint32_t best_id = 0;
      for (size_t i = 0; i + 1 < plain.size(); ++i) {
        uint32_t rank = 0;
        uint32_t merged = 0;
        if (!TableRule().Find(plain[i], plain[i + 1], &rank, &merged) || rank >= best_rank) continue;
        best = i;
        best_rank = rank;
        best_id = merged;
      }
      if (best == plain.size()) break;
      plain[best] = {best_id, plain[best].begin, plain[best + 1].end};
      plain.erase(plain.begin() + static_cast<ptrdiff_t>(best) + 1);
    }
    MergeSymbols(TableRule(), &workspace);
    ASSERT_EQ(workspace.symbols.size(), plain.size());
    for (size_t i = 0; i < plain.size(); ++i) {
      EXPECT_EQ(workspace.symbols[i].id, plain[i].id);
      EXPECT_EQ(workspace.symbols[i].begin, plain[i].begin);
      EXPECT_EQ(workspace.symbols[i].end, plain[i].end);
    }
  }
}

}  // namespace
}  // namespace reckon
