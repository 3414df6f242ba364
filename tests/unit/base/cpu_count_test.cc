#include "base/cpu_count.h"

#include <thread>

#include "gtest/gtest.h"

#ifdef __linux__
#include <sched.h>
#endif

namespace reckon {
namespace {

TEST(CpuCountTest, IsAtLeastOneAndAtMostTheMachine) {
  EXPECT_GE(UsableCpuCount(), 1);
  EXPECT_LE(UsableCpuCount(), static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

#ifdef __linux__
TEST(CpuCountTest, FollowsTheAffinityMask) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(UsableCpuCount(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
}
#endif

}  // namespace
}  // namespace reckon
