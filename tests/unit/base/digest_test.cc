#include "base/digest.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace reckon {
namespace {

// The two values are Python's zlib.crc32(b"Wikipedia") and zlib.adler32(b"Wikipedia").
constexpr uint64_t kWikipedia = 0xadaac02e11e60398;

TEST(DigestTest, IsCrcThenAdler) {
  Digest digest;
  digest.Add("Wikipedia");
  EXPECT_EQ(digest.value(), kWikipedia);
}

TEST(DigestTest, DoesNotDependOnThePieces) {
  const std::vector<uint8_t> end = {'p', 'e', 'd', 'i', 'a'};
  Digest digest;
  digest.Add("Wi");
  digest.Add("");
  digest.Add("ki");
  digest.Add(end);
  EXPECT_EQ(digest.value(), kWikipedia);
}

TEST(DigestTest, SeesTheOrder) {
  Digest digest;
  digest.Add("pedia");
  digest.Add("Wiki");
  EXPECT_NE(digest.value(), kWikipedia);
}

}  // namespace
}  // namespace reckon
