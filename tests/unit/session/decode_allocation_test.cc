// After the prompt, decoding allocates blocks of the cache as the context grows, and nothing else.
#include "gtest/gtest.h"
#include "support/allocation_watch.h"
#include "unit/session/tiny_r1.h"

namespace reckon {
namespace {

TEST(DecodeAllocationTest, OnlyTheCacheGrows) {
  Session session = reckon::testing::NewSession(reckon::testing::TinyR1(), {.max_context = 512});
  ASSERT_TRUE(session.Append(reckon::testing::PuzzlePrompt()).ok());
  Sampler sampler = *Sampler::Create({.temperature = 0.6f, .top_p = 0.95f});
  // The first tokens may still grow vectors to their size; positions 20..63 stay inside the first block.
  while (session.length() < 20) ASSERT_TRUE(session.Next(sampler).ok());
  const testing::AllocationWatch watch;
  while (session.length() < 62) ASSERT_TRUE(session.Next(sampler).ok());
  EXPECT_LE(watch.count(), 2) << "the list of tokens (and the sampler's) may double once";
}

}  // namespace
}  // namespace reckon
