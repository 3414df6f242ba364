// Stopping work from another thread.
#ifndef RECKON_CANCEL_H_
#define RECKON_CANCEL_H_

#include <atomic>
#include <cstddef>
#include <memory>

namespace reckon {

// A flag shared by all copies of the token. Whoever works looks at it often: loading and prefill after each matrix
// product (tens of milliseconds at most for a 1.5B model), generation before each token as well.
// Threads: every member may be called concurrently, from any thread and at any time; copies may outlive the work.
// Cancel() only stores to an atomic, so it may be called from a signal handler.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  // A token that is never cancelled and costs no allocation: what functions take by default. Cancel() has no effect on
  // it.
  [[nodiscard]] static CancelToken Never() { return CancelToken(nullptr); }

  void Cancel() const {
    if (flag_ != nullptr) flag_->store(true, std::memory_order_relaxed);
  }
  // Makes the token fit for the next piece of work.
  void Reset() const {
    if (flag_ != nullptr) flag_->store(false, std::memory_order_relaxed);
  }
  [[nodiscard]] bool cancelled() const { return flag_ != nullptr && flag_->load(std::memory_order_relaxed); }

 private:
  explicit CancelToken(std::nullptr_t) {}

  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace reckon

#endif  // RECKON_CANCEL_H_
