#include "decoder/kv_cache.h"

#include <cstring>

#include "gtest/gtest.h"

namespace reckon {
namespace {

KvGeometry Geometry() {
  Architecture architecture;
  architecture.num_hidden_layers = 3;
  architecture.num_key_value_heads = 2;
  architecture.head_dim = 8;
  return KvGeometry(architecture, KvFormat::kBf16);
}

TEST(KvGeometryTest, CountsBytes) {
  EXPECT_EQ(Geometry().half_bytes(), kKvBlock * 8 * 2);
  EXPECT_EQ(Geometry().block_bytes(), 3 * 2 * 2 * kKvBlock * 8 * 2);
  EXPECT_EQ(Geometry().bytes_per_token(), 3 * 2 * 2 * 8 * 2);
  EXPECT_EQ(Geometry().BytesFor(0), 0);
  EXPECT_EQ(Geometry().BytesFor(1), Geometry().block_bytes());
  EXPECT_EQ(Geometry().BytesFor(kKvBlock + 1), 2 * Geometry().block_bytes());
}

TEST(KvGeometryTest, ScalesStandBehindQuantizedElements) {
  Architecture architecture;
  architecture.num_hidden_layers = 1;
  architecture.num_key_value_heads = 1;
  architecture.head_dim = 80;
  const KvGeometry geometry(architecture, KvFormat::kQ8);
  EXPECT_EQ(geometry.half_bytes(), kKvBlock * (80 + 3 * 4)) << "two whole groups and half of one";
}

TEST(KvCacheTest, GrowsInBlocksAndGivesThemBack) {
  KvCache cache(Geometry());
  EXPECT_EQ(cache.bytes(), 0);
  ASSERT_TRUE(cache.PrepareWrite(0, 1).ok());
  EXPECT_EQ(cache.blocks(), 1);
  ASSERT_TRUE(cache.PrepareWrite(1, kKvBlock).ok());
  EXPECT_EQ(cache.blocks(), 1);
  ASSERT_TRUE(cache.PrepareWrite(kKvBlock, 3 * kKvBlock + 1).ok());
  EXPECT_EQ(cache.blocks(), 4);
  cache.Truncate(kKvBlock + 1);
  EXPECT_EQ(cache.blocks(), 2);
  cache.Truncate(0);
  EXPECT_EQ(cache.blocks(), 0);
}

TEST(KvCacheTest, PartsDoNotOverlap) {
  KvCache cache(Geometry());
  ASSERT_TRUE(cache.PrepareWrite(0, 1).ok());
  const size_t bytes = static_cast<size_t>(Geometry().half_bytes());
  for (int pass = 0; pass < 2; ++pass) {
    uint8_t mark = 1;
    for (int64_t layer = 0; layer < 3; ++layer) {
      for (int64_t head = 0; head < 2; ++head) {
        for (void* part : {cache.KeyBlock(layer, head, 0), cache.ValueBlock(layer, head, 0)}) {
          if (pass == 0) std::memset(part, mark, bytes);
          const uint8_t* const data = static_cast<const uint8_t*>(part);
          EXPECT_EQ(data[0], mark);
          EXPECT_EQ(data[bytes - 1], mark);
          ++mark;
        }
      }
    }
  }
}

TEST(KvCacheTest, CopiesShareUntilOneWrites) {
  KvCache first(Geometry());
  ASSERT_TRUE(first.PrepareWrite(0, 2 * kKvBlock).ok());
  std::memset(first.KeyBlock(0, 0, 1), 7, 16);
  KvCache second = first;
  EXPECT_EQ(second.KeyBlock(0, 0, 1), first.KeyBlock(0, 0, 1));
  ASSERT_TRUE(second.PrepareWrite(kKvBlock + 5, kKvBlock + 6).ok());
  EXPECT_EQ(second.KeyBlock(0, 0, 0), first.KeyBlock(0, 0, 0)) << "not written, still shared";
  EXPECT_NE(second.KeyBlock(0, 0, 1), first.KeyBlock(0, 0, 1));
  EXPECT_EQ(static_cast<uint8_t*>(second.KeyBlock(0, 0, 1))[15], 7);
  void* const own = first.KeyBlock(0, 0, 1);
  ASSERT_TRUE(first.PrepareWrite(kKvBlock, kKvBlock + 1).ok());
  EXPECT_EQ(first.KeyBlock(0, 0, 1), own) << "nobody shares it any more";
}

}  // namespace
}  // namespace reckon
