#include "hub/rate_meter.h"

#include <gtest/gtest.h>

namespace reckon_hub {
namespace {

using std::chrono::milliseconds;

TEST(RateMeterTest, FollowsTheLastSeconds) {
  RateMeter meter;
  RateMeter::Time now{};
  EXPECT_EQ(meter.rate(), 0);
  EXPECT_EQ(meter.SecondsUntil(100), -1);
  int64_t done = 0;
  for (int i = 0; i < 200; ++i, now += milliseconds(100)) meter.Add(now, done += 100);  // 1000 a second for 20 s
  EXPECT_NEAR(meter.rate(), 1000, 1);
  EXPECT_NEAR(meter.SecondsUntil(done + 5000), 5, 0.1);
  for (int i = 0; i < 110; ++i, now += milliseconds(100)) meter.Add(now, done += 10);  // 100 a second for 11 s
  EXPECT_NEAR(meter.rate(), 100, 20);
  for (int i = 0; i < 110; ++i, now += milliseconds(100)) meter.Add(now, done);
  EXPECT_NEAR(meter.rate(), 0, 1);
}

TEST(RateMeterTest, ManySamplesAtOnceAreFew) {
  RateMeter meter;
  RateMeter::Time now{};
  for (int i = 0; i <= 100000; ++i, now += std::chrono::microseconds(10)) meter.Add(now, i);
  EXPECT_NEAR(meter.rate(), 100000, 100);
}

TEST(RateMeterTest, Times) {
  EXPECT_EQ(FormatSeconds(0), "0:00");
  EXPECT_EQ(FormatSeconds(6.2), "0:07");
  EXPECT_EQ(FormatSeconds(754), "12:34");
  EXPECT_EQ(FormatSeconds(3723), "1:02:03");
  EXPECT_EQ(FormatSeconds(-1), "--:--");
  EXPECT_EQ(FormatSeconds(1e300), "--:--");
}

}  // namespace
}  // namespace reckon_hub
