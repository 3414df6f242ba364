// The threads that compute. One pool serves a model and all its sessions.
#ifndef RECKON_LIB_BASE_THREAD_POOL_H_
#define RECKON_LIB_BASE_THREAD_POOL_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "reckon/executor.h"

namespace reckon {

// Made for the rhythm of decoding: a few hundred parallel regions of tens of microseconds for each token, then silence.
// The caller takes part in its own region. A worker that finds nothing to do spins for about 50 microseconds (the gap
// between two regions), then sleeps; after two seconds of sleep it ends, so an idle program has none of our threads.
//
// A region never waits for a worker that has not begun it: on a busy machine, or in a child process after fork() where
// the workers do not exist, the caller simply does all the work itself.
//
// Threads: ParallelFor may be called concurrently; while one caller's region is running, another caller's runs on its
// own thread alone.
class ThreadPool {
 public:
  // threads < 1: UsableCpuCount(). With an executor the pool has no threads of its own.
  explicit ThreadPool(int threads, std::shared_ptr<Executor> executor = nullptr);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Calls body(i) for each 0 <= i < count, each once, and returns when all have returned. Which thread gets which index
  // is not determined, so results must not depend on it. If bodies throw (only allocation does, here), the first
  // exception is rethrown on the calling thread once all have ended.
  void ParallelFor(int64_t count, absl::FunctionRef<void(int64_t)> body);

  // Threads that may take part in a region, the caller's included.
  int threads() const { return threads_.load(std::memory_order_relaxed); }
  void SetThreads(int threads);

 private:
  struct Worker {
    std::thread thread;
    std::atomic<bool> ended{false};
  };

  void RunWorker(Worker* self, int index);
  void WorkOn();
  void AwaitWorkers();
  void RethrowIfThrown();
  void StartMissingWorkers();
  void StartWorker(size_t index);
  void JoinAll();

  std::shared_ptr<Executor> executor_;
  std::atomic<int> threads_;

  // The current region. state_ holds the region's number (bits 17..), whether workers may enter (bit 16), and how many
  // are inside (bits 0..15); the rest is written only while nobody is inside and nobody may enter.
  std::atomic<uint64_t> state_{0};
  std::atomic<int64_t> next_{0};
  int64_t count_ = 0;
  const absl::FunctionRef<void(int64_t)>* body_ = nullptr;
  std::atomic<bool> threw_{false};
  std::exception_ptr exception_;  // of the first body that threw; written by whoever set threw_

  std::mutex region_;  // held by the caller whose region is running

  // Apart, because it is left behind in a child after fork(): a condition variable with waiters that do not exist there
  // cannot be destroyed, and its mutex may be held by one of them.
  struct Parking {
    std::mutex mutex;  // guards workers_ and parking
    std::condition_variable wake;
  };
  std::unique_ptr<Parking> parking_ = std::make_unique<Parking>();
  std::atomic<int> parked_{0};
  std::atomic<int> alive_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Worker>> workers_;
  int64_t owner_pid_;
};

}  // namespace reckon

#endif  // RECKON_LIB_BASE_THREAD_POOL_H_
