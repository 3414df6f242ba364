// For hosts that have a thread pool of their own and want no other.
#ifndef RECKON_EXECUTOR_H_
#define RECKON_EXECUTOR_H_

#include "absl/functional/function_ref.h"

namespace reckon {

// Implemented by the host; given in ModelOptions::executor, which keeps it alive.
class Executor {
 public:
  virtual ~Executor() = default;

  // How many calls are worth making at once; at least 1.
  virtual int concurrency() const = 0;

  // Calls task(0) ... task(count - 1), each exactly once, on any threads and in any order, and returns when all have
  // returned. It may be called from several threads at once. The tasks do not throw and do not wait for each other.
  virtual void Run(int count, absl::FunctionRef<void(int)> task) = 0;
};

}  // namespace reckon

#endif  // RECKON_EXECUTOR_H_
