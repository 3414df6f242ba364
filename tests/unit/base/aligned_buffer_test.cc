#include "base/aligned_buffer.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

TEST(AlignedBufferTest, IsZeroedAndAligned) {
  for (const int64_t bytes : {int64_t{1}, int64_t{63}, int64_t{4096}, int64_t{3} << 20}) {
    absl::StatusOr<AlignedBuffer> buffer = AlignedBuffer::Allocate(bytes, "a test");
    ASSERT_TRUE(buffer.ok()) << buffer.status();
    EXPECT_EQ(buffer->size(), bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % 64, 0u);
    EXPECT_EQ(std::count(buffer->data(), buffer->data() + bytes, 0), bytes);
    std::fill(buffer->data(), buffer->data() + bytes, uint8_t{255});
  }
}

TEST(AlignedBufferTest, ImpossibleSizesAreErrorsThatNameTheUse) {
  for (const int64_t bytes : {int64_t{-1}, int64_t{1} << 60, int64_t{1} << 45}) {
    const absl::StatusOr<AlignedBuffer> buffer = AlignedBuffer::Allocate(bytes, "the moon");
    if (buffer.ok()) continue;  // a system that overcommits may grant 32 TiB of address space
    EXPECT_EQ(buffer.status().code(), absl::StatusCode::kResourceExhausted);
    EXPECT_THAT(std::string(buffer.status().message()), testing::HasSubstr("the moon"));
  }
  EXPECT_FALSE(AlignedBuffer::Allocate(int64_t{1} << 60, "the moon").ok());
}

TEST(AlignedBufferTest, MovingLeavesAnEmptyOne) {
  AlignedBuffer first = *AlignedBuffer::Allocate(100, "a test");
  const uint8_t* const data = first.data();
  AlignedBuffer second = std::move(first);
  EXPECT_EQ(second.data(), data);
  EXPECT_EQ(AlignedBuffer::Allocate(0, "nothing")->size(), 0);
}

}  // namespace
}  // namespace reckon
