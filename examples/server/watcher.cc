#include "server/watcher.h"

#include <poll.h>

#include <vector>

namespace reckon_server {
namespace {

// A client that has gone is noticed within this time.
constexpr std::chrono::milliseconds kInterval{15};

#ifdef POLLRDHUP
constexpr short kGone = POLLRDHUP | POLLERR | POLLHUP | POLLNVAL;
constexpr short kAsked = POLLRDHUP;
#else
constexpr short kGone = POLLERR | POLLHUP | POLLNVAL;
constexpr short kAsked = 0;
#endif

}  // namespace

Watcher::~Watcher() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Watcher::Watch::Watch(Watcher& watcher, int descriptor, Clock::time_point deadline)
    : watcher_(watcher), descriptor_(descriptor), deadline_(deadline) {
  {
    const std::lock_guard<std::mutex> lock(watcher_.mutex_);
    place_ = watcher_.watches_.insert(watcher_.watches_.end(), this);
    if (watcher_.cancel_all_) End(*this, Ended::kShutdown);
  }
  watcher_.changed_.notify_all();
}

Watcher::Watch::~Watch() {
  const std::lock_guard<std::mutex> lock(watcher_.mutex_);
  watcher_.watches_.erase(place_);
}

Ended Watcher::Watch::ended() const {
  const std::lock_guard<std::mutex> lock(watcher_.mutex_);
  return ended_;
}

void Watcher::End(Watch& watch, Ended why) {
  if (watch.ended_ != Ended::kNot) return;
  watch.ended_ = why;
  watch.cancel_.Cancel();
}

void Watcher::CancelAll() {
  const std::lock_guard<std::mutex> lock(mutex_);
  cancel_all_ = true;
  for (Watch* watch : watches_) End(*watch, Ended::kShutdown);
}

void Watcher::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_) {
    if (watches_.empty()) {
      changed_.wait(lock);
    } else {
      Look();
      changed_.wait_for(lock, kInterval);
    }
  }
}

void Watcher::Look() {
  std::vector<pollfd> polled;
  for (const Watch* watch : watches_) polled.push_back({watch->descriptor_, kAsked, 0});
  const bool any = poll(polled.data(), polled.size(), 0) > 0;
  const Clock::time_point now = Clock::now();
  size_t i = 0;
  for (Watch* watch : watches_) {
    if (any && (polled[i].revents & kGone) != 0) End(*watch, Ended::kClientGone);
    if (now >= watch->deadline_) End(*watch, Ended::kTimeout);
    ++i;
  }
}

}  // namespace reckon_server
