#include "base/thread_pool.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "base/cpu_count.h"

#if defined(__unix__) || defined(__APPLE__)
#include <signal.h>
#include <unistd.h>
#define RECKON_HAVE_SIGMASK 1
#endif
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

namespace reckon {
namespace {

constexpr uint64_t kOpen = uint64_t{1} << 16;
constexpr uint64_t kInsideMask = kOpen - 1;
constexpr uint64_t kNextRegion = uint64_t{1} << 17;
constexpr int kMaxThreads = 1024;
constexpr auto kSpin = std::chrono::microseconds(50);
constexpr int kPollsBeforeYield = 1000;  // 27 microseconds on a Zen 3
constexpr auto kIdleLife = std::chrono::seconds(2);

void Pause() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

int64_t ProcessId() {
#if defined(__unix__) || defined(__APPLE__)
  return getpid();
#else
  return 0;
#endif
}

// The host's signals are the host's business: threads started while this is alive receive none.
class BlockSignals {
 public:
#ifdef RECKON_HAVE_SIGMASK
  BlockSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
#else
  BlockSignals() {}
  ~BlockSignals() {}
#endif
};

int Clamp(int threads) { return std::min(threads < 1 ? UsableCpuCount() : threads, kMaxThreads); }

}  // namespace

ThreadPool::ThreadPool(int threads, std::shared_ptr<Executor> executor)
    : executor_(std::move(executor)),
      threads_(executor_ != nullptr ? std::max(1, executor_->concurrency()) : Clamp(threads)),
      owner_pid_(ProcessId()) {}

ThreadPool::~ThreadPool() { JoinAll(); }

void ThreadPool::SetThreads(int threads) {
  if (executor_ == nullptr) threads_.store(Clamp(threads), std::memory_order_relaxed);
}

void ThreadPool::ParallelFor(int64_t count, absl::FunctionRef<void(int64_t)> body) {
  if (count <= 0) return;
  const int threads = this->threads();
  if (count == 1 || threads == 1 || !region_.try_lock()) {
    for (int64_t i = 0; i < count; ++i) body(i);
    return;
  }
  const std::unique_lock<std::mutex> region(region_, std::adopt_lock);
  count_ = count;
  body_ = &body;
  next_.store(0, std::memory_order_relaxed);
  if (executor_ != nullptr) {
    executor_->Run(static_cast<int>(std::min<int64_t>(threads, count)), [this](int) { WorkOn(); });
    RethrowIfThrown();
    return;
  }
  if (alive_.load(std::memory_order_relaxed) < threads - 1) StartMissingWorkers();
  // Sequentially consistent, as parking is: either the worker sees the open region before it sleeps, or this thread
  // sees that it is parked.
  state_.fetch_add(kNextRegion | kOpen);
  if (parked_.load() > 0 && ProcessId() == owner_pid_) {
    const std::lock_guard<std::mutex> lock(parking_->mutex);
    parking_->wake.notify_all();
  }
  WorkOn();
  state_.fetch_and(~kOpen);
  AwaitWorkers();
  RethrowIfThrown();
}

void ThreadPool::AwaitWorkers() {
  for (int polls = 0; (state_.load(std::memory_order_acquire) & kInsideMask) != 0; ++polls) {
    // A worker that takes longer has been stopped by the system, and may be waiting for this very processor.
    if (polls < kPollsBeforeYield) {
      Pause();
    } else {
      std::this_thread::yield();
    }
  }
}

void ThreadPool::RethrowIfThrown() {
  if (!threw_.load()) return;
  threw_.store(false);
  std::rethrow_exception(std::exchange(exception_, nullptr));
}

void ThreadPool::WorkOn() {
  const int64_t count = count_;
  const absl::FunctionRef<void(int64_t)>& body = *body_;
  try {
    for (int64_t i = next_.fetch_add(1, std::memory_order_relaxed); i < count;
         i = next_.fetch_add(1, std::memory_order_relaxed)) {
      body(i);
    }
  } catch (...) {
    next_.store(count, std::memory_order_relaxed);  // nobody begins another one
    if (!threw_.exchange(true)) exception_ = std::current_exception();
  }
}

void ThreadPool::RunWorker(Worker* self, int index) {
  uint64_t last_region = 0;
  auto spin_until = std::chrono::steady_clock::now() + kSpin;
  int polls = 0;
  while (!stopping_.load()) {
    uint64_t state = state_.load();
    const bool wanted = index < threads() - 1;
    if (wanted && (state & kOpen) != 0 && state / kNextRegion != last_region) {
      if (!state_.compare_exchange_strong(state, state + 1)) continue;
      last_region = state / kNextRegion;
      WorkOn();
      state_.fetch_sub(1);
      spin_until = std::chrono::steady_clock::now() + kSpin;
      continue;
    }
    Pause();
    if (++polls % 64 != 0 || std::chrono::steady_clock::now() < spin_until) continue;
    std::unique_lock<std::mutex> lock(parking_->mutex);
    parked_.fetch_add(1);
    const bool woken = parking_->wake.wait_for(lock, kIdleLife, [&] {
      const uint64_t now = state_.load();
      return stopping_.load() || (index < threads() - 1 && (now & kOpen) != 0 && now / kNextRegion != last_region);
    });
    parked_.fetch_sub(1);
    if (!woken) {
      alive_.fetch_sub(1);
      self->ended.store(true);
      return;
    }
    spin_until = std::chrono::steady_clock::now() + kSpin;
  }
}

void ThreadPool::StartMissingWorkers() {
  if (ProcessId() != owner_pid_)
    return;  // a child after fork(): the workers stayed behind, and so does the parallelism
  const std::lock_guard<std::mutex> lock(parking_->mutex);
  const BlockSignals blocked;
  const size_t wanted = static_cast<size_t>(threads() - 1);
  // The system may have no more threads, or no memory for one. The caller then works alone, more slowly, and the next
  // region tries again.
  try {
    if (workers_.size() < wanted) workers_.resize(wanted);
    for (size_t i = 0; i < wanted; ++i) StartWorker(i);
  } catch (const std::system_error&) {
  } catch (const std::bad_alloc&) {
  }
}

void ThreadPool::StartWorker(size_t index) {
  std::unique_ptr<Worker>& slot = workers_[index];
  if (slot != nullptr && !slot->ended.load()) return;
  if (slot != nullptr) slot->thread.join();
  slot = nullptr;
  auto worker = std::make_unique<Worker>();
  Worker* const self = worker.get();
  alive_.fetch_add(1);
  auto not_started = absl::MakeCleanup([this] { alive_.fetch_sub(1); });
  worker->thread = std::thread([this, self, index] { RunWorker(self, static_cast<int>(index)); });
  std::move(not_started).Cancel();
  slot = std::move(worker);
}

void ThreadPool::JoinAll() {
  if (ProcessId() != owner_pid_) {  // a child after fork(): there is nobody to join
    for (const std::unique_ptr<Worker>& worker : workers_) {
      if (worker != nullptr) worker->thread.detach();
    }
    static_cast<void>(parking_.release());
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(parking_->mutex);
    stopping_.store(true);
    parking_->wake.notify_all();
  }
  for (const std::unique_ptr<Worker>& worker : workers_) {
    if (worker != nullptr) worker->thread.join();
  }
}

}  // namespace reckon
