#include "server/slots.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace reckon_server {
namespace {

using Tokens = std::vector<reckon::TokenId>;

Tokens Count(int from, int to) {
  Tokens tokens;
  for (int i = from; i < to; ++i) tokens.push_back(i);
  return tokens;
}

TEST(SlotsTest, PicksTheLongestCommonBeginningOfTheSameClient) {
  const Tokens a = Count(0, 50);
  const Tokens b = Count(0, 80);
  const Tokens c = Count(200, 300);
  const std::vector<IdleSession> idle = {{1, a}, {1, b}, {2, c}};
  EXPECT_EQ(PickSession(idle, 1, Count(0, 100), true), 1u);
  EXPECT_EQ(PickSession(idle, 1, Count(0, 60), true), 1u);
  EXPECT_EQ(PickSession(idle, 2, Count(0, 100), true), std::nullopt);
  EXPECT_EQ(PickSession(idle, 2, Count(0, 100), false), 0u);  // no more may be made: the oldest
}

TEST(SlotsTest, LittleInCommonIsNoReasonToForget) {
  const Tokens held = Count(0, 500);
  Tokens other = Count(0, 5);
  for (const reckon::TokenId token : Count(1000, 1100)) other.push_back(token);
  const std::vector<IdleSession> idle = {{0, held}};
  EXPECT_EQ(PickSession(idle, 0, other, true), std::nullopt);
  EXPECT_EQ(PickSession(idle, 0, other, false), 0u);
  EXPECT_EQ(PickSession({}, 0, other, false), std::nullopt);
}

TEST(SlotsTest, AnEmptySessionGoesFirst) {
  const Tokens held = Count(0, 100);
  const std::vector<IdleSession> idle = {{0, held}, {1, {}}, {0, {}}};
  EXPECT_EQ(PickSession(idle, 0, Count(500, 600), false), 1u);  // rather than to forget what is held
  EXPECT_EQ(PickSession(idle, 0, {}, true), 1u);                // rather than to make one more
  EXPECT_EQ(PickSession(idle, 0, Count(0, 110), false), 0u);
  EXPECT_EQ(PickSession({{0, held}}, 0, {}, true), std::nullopt);
  EXPECT_EQ(PickSession({{0, held}}, 0, {}, false), 0u);
}

TEST(SlotsTest, TurnsGoRound) {
  Turns turns;
  std::mutex mutex;
  std::vector<int> order;
  ASSERT_TRUE(turns.Begin(reckon::CancelToken::Never()));  // both threads wait behind this
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  threads.reserve(2);
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      ++ready;
      for (int step = 0; step < 50; ++step) {
        if (!turns.Begin(reckon::CancelToken::Never())) return;
        // The other one asks for its next turn while this one has its own, so the two alternate.
        while (step < 49 && !turns.contended()) std::this_thread::yield();
        {
          const std::lock_guard<std::mutex> lock(mutex);
          order.push_back(i);
        }
        turns.End();
      }
    });
  }
  while (ready < 2 || !turns.contended()) std::this_thread::yield();
  turns.End();
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(order.size(), 100u);
  for (size_t i = 1; i < 98; ++i) EXPECT_NE(order[i], order[i - 1]) << i;
}

TEST(SlotsTest, WhoIsCancelledLeavesTheLine) {
  Turns turns;
  ASSERT_TRUE(turns.Begin(reckon::CancelToken::Never()));
  const reckon::CancelToken cancel;
  std::thread waiting([&] { EXPECT_FALSE(turns.Begin(cancel)); });
  while (!turns.contended()) std::this_thread::yield();
  cancel.Cancel();
  waiting.join();
  EXPECT_FALSE(turns.contended());
  turns.End();
}

}  // namespace
}  // namespace reckon_server
