// Looks after running requests: cancels those whose client has gone or whose time is over.
#ifndef RECKON_EXAMPLES_SERVER_WATCHER_H_
#define RECKON_EXAMPLES_SERVER_WATCHER_H_

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "reckon/cancel.h"

namespace reckon_server {

enum class Ended { kNot, kClientGone, kTimeout, kShutdown };

// Threads: all members are safe.
class Watcher {
 public:
  using Clock = std::chrono::steady_clock;

  Watcher() : thread_([this] { Run(); }) {}
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // A request from the end of its body to the end of its answer.
  class Watch {
   public:
    Watch(Watcher& watcher, int descriptor, Clock::time_point deadline);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    const reckon::CancelToken& cancel() const { return cancel_; }
    // Why `cancel` was triggered.
    Ended ended() const;

   private:
    friend class Watcher;
    Watcher& watcher_;
    const int descriptor_;
    const Clock::time_point deadline_;
    reckon::CancelToken cancel_;
    Ended ended_ = Ended::kNot;
    std::list<Watch*>::iterator place_;
  };

  // Cancels everything that runs and all that begins from here on.
  void CancelAll();

 private:
  void Run();
  void Look();
  static void End(Watch& watch, Ended why);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Watch*> watches_;
  bool cancel_all_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_WATCHER_H_
