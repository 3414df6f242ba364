#include "base/thread_pool.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#ifdef __linux__
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace reckon {
namespace {

void ExpectEachIndexOnce(ThreadPool& pool, int64_t count) {
  std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
  pool.ParallelFor(count, [&](int64_t i) { seen[static_cast<size_t>(i)].fetch_add(1); });
  for (int64_t i = 0; i < count; ++i) ASSERT_EQ(seen[static_cast<size_t>(i)].load(), 1) << i;
}

TEST(ThreadPoolTest, RunsEachIndexOnceForAnyNumberOfThreads) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (const int64_t count : {0, 1, 2, 7, 1000}) ExpectEachIndexOnce(pool, count);
    for (int region = 0; region < 500; ++region) ExpectEachIndexOnce(pool, 5);
  }
}

TEST(ThreadPoolTest, DefaultIsAtLeastOneThread) { EXPECT_GE(ThreadPool(0).threads(), 1); }

TEST(ThreadPoolTest, ThreadsMayChangeBetweenRegions) {
  ThreadPool pool(2);
  for (const int threads : {4, 1, 3, 2}) {
    pool.SetThreads(threads);
    EXPECT_EQ(pool.threads(), threads);
    for (int region = 0; region < 50; ++region) ExpectEachIndexOnce(pool, 20);
  }
}

TEST(ThreadPoolTest, SeveralCallersAtOnce) {
  ThreadPool pool(3);
  std::vector<std::thread> callers;
  callers.reserve(4);
  std::atomic<int64_t> sum{0};
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int region = 0; region < 200; ++region) pool.ParallelFor(10, [&](int64_t i) { sum.fetch_add(i); });
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum.load(), 4 * 200 * 45);
}

TEST(ThreadPoolTest, AnExceptionReachesTheCaller) {
  ThreadPool pool(3);
  for (int region = 0; region < 20; ++region) {
    EXPECT_THROW(pool.ParallelFor(100,
                                  [](int64_t i) {
                                    if (i == 50) throw std::bad_alloc();
                                  }),
                 std::bad_alloc);
    ExpectEachIndexOnce(pool, 100);
  }
}

class CountingExecutor : public Executor {
 public:
  int concurrency() const override { return 3; }
  void Run(int count, absl::FunctionRef<void(int)> task) override {
    runs_ += 1;
    for (int i = count - 1; i >= 0; --i) task(i);
  }
  int runs_ = 0;
};

TEST(ThreadPoolTest, UsesTheHostsExecutor) {
  auto executor = std::make_shared<CountingExecutor>();
  ThreadPool pool(7, executor);
  EXPECT_EQ(pool.threads(), 3);
  pool.SetThreads(5);
  EXPECT_EQ(pool.threads(), 3);
  ExpectEachIndexOnce(pool, 100);
  EXPECT_EQ(executor->runs_, 1);
}

#ifdef __linux__
int64_t LiveThreads() {
  int64_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) ++count;
  return count;
}

// The kernel counts a joined thread until it has put it away, a little after the join; those of the test before, too.
// So this waits until the number has stayed the same for 50 ms.
int64_t SettledThreads() {
  int64_t count = LiveThreads();
  for (int same = 0; same < 10;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const int64_t now = LiveThreads();
    same = now == count ? same + 1 : 0;
    count = now;
  }
  return count;
}

TEST(ThreadPoolTest, IdleThreadsEndAndComeBack) {
  const int64_t before = SettledThreads();
  ThreadPool pool(4);
  EXPECT_EQ(LiveThreads(), before) << "no threads before the first region";
  ExpectEachIndexOnce(pool, 100);
  EXPECT_GT(LiveThreads(), before);
  for (int waited = 0; waited < 100 && LiveThreads() > before; ++waited) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_EQ(LiveThreads(), before);
  ExpectEachIndexOnce(pool, 100);
}

TEST(ThreadPoolTest, DestructionLeavesNoThreads) {
  const int64_t before = SettledThreads();
  { ExpectEachIndexOnce(*std::make_unique<ThreadPool>(4), 100); }
  EXPECT_EQ(SettledThreads(), before);
}

TEST(ThreadPoolTest, WorkersReceiveNoSignals) {
  ThreadPool pool(2);
  std::atomic<bool> blocked{false};
  const std::thread::id caller = std::this_thread::get_id();
  // Regions until the worker took part in one.
  for (int region = 0; region < 1000 && !blocked.load(); ++region) {
    pool.ParallelFor(2, [&](int64_t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (std::this_thread::get_id() == caller) return;
      sigset_t mask;
      pthread_sigmask(SIG_BLOCK, nullptr, &mask);
      blocked.store(sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1);
    });
  }
  EXPECT_TRUE(blocked.load());
}

#if !defined(__SANITIZE_THREAD__)  // TSan does not follow a fork() of a program with threads
TEST(ThreadPoolTest, AForkedChildComputesAlone) {
  ThreadPool pool(3);
  ExpectEachIndexOnce(pool, 100);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::atomic<int64_t> sum{0};
    pool.ParallelFor(100, [&](int64_t i) { sum.fetch_add(i); });
    _exit(sum.load() == 4950 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
#endif
#endif

}  // namespace
}  // namespace reckon
