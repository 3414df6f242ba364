// Several requests over one model: a bounded number at once, each making its steps in turn, each with a session that
// may know the beginning of its prompt already.
#ifndef RECKON_EXAMPLES_SERVER_SLOTS_H_
#define RECKON_EXAMPLES_SERVER_SLOTS_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chat/token_stream.h"
#include "reckon/cancel.h"
#include "reckon/model.h"
#include "reckon/session.h"

namespace reckon_server {

// A session that nobody uses at the moment, as the choice among them sees it.
struct IdleSession {
  size_t client = 0;  // whose words it holds: nobody else may learn from its speed what they were
  absl::Span<const reckon::TokenId> tokens;
};

// Which session serves a prompt: the one of the same client with the longest common beginning; if they have little in
// common and there may be one more session, a new one (nothing). An empty one goes before one that has to forget, and
// serves whoever has no prompt. `idle` is in the order of last use, oldest first.
std::optional<size_t> PickSession(absl::Span<const IdleSession> idle, size_t client,
                                  absl::Span<const reckon::TokenId> prompt, bool may_create);

// Gives the model to one thread after the other, in the order in which they asked. Threads: all members are safe.
class Turns {
 public:
  // Waits for the turn; false if `cancel` was triggered before. Every true is followed by End().
  bool Begin(const reckon::CancelToken& cancel);
  void End();
  // Whether others wait for their turn: then long work is cut into smaller pieces.
  bool contended() const { return waiting() > 0; }
  size_t waiting() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<const void*> waiting_;
  bool taken_ = false;
};

// What slots hold at a moment.
struct SlotFigures {
  size_t active = 0;           // requests that generate
  size_t waiting = 0;          // requests that wait for a slot
  int64_t context_tokens = 0;  // in all sessions, idle ones included
  int64_t memory_bytes = 0;    // of all sessions: caches and scratch
};

// Threads: all members are safe.
class Slots {
 public:
  Slots(reckon::Model model, reckon::SessionOptions session, size_t slots, size_t queue)
      : model_(std::move(model)), session_options_(session), slots_(slots), queue_(queue) {}

  // A place among those that generate. It and the session go back when it is destroyed.
  class Lease {
   public:
    Lease(Slots* slots, reckon::Session session, size_t client);
    Lease(Lease&&) = delete;
    ~Lease();
    reckon::TokenStream& stream() { return *stream_; }
    reckon::Session& session() { return *stream_->session(); }
    // Publishes how large the session is now, for Slots::figures().
    void Note();

   private:
    friend class Slots;
    Slots* slots_;
    const std::unique_ptr<reckon::TokenStream> stream_;
    const size_t client_;
    std::atomic<int64_t> tokens_{0};
    std::atomic<int64_t> bytes_{0};
  };

  // Waits for a place. The session may hold any tokens, and none if there is no prompt. Errors: UNAVAILABLE (the queue
  // is full), CANCELLED, and Session::Create's.
  absl::StatusOr<std::unique_ptr<Lease>> Acquire(size_t client, absl::Span<const reckon::TokenId> prompt,
                                                 const reckon::CancelToken& cancel);
  Turns& turns() { return turns_; }
  size_t total() const { return slots_; }
  SlotFigures figures() const;

 private:
  struct Kept {
    reckon::Session session;
    size_t client;
  };
  struct Waiter {
    size_t client;
  };
  // Whether this waiter is next: those whose client has the fewest places go first, then those who came first.
  bool IsNext(const Waiter* waiter) const;
  size_t ActiveOf(size_t client) const;
  absl::StatusOr<reckon::Session> TakeSession(size_t client, absl::Span<const reckon::TokenId> prompt);
  void Return(Lease& lease);

  const reckon::Model model_;
  const reckon::SessionOptions session_options_;
  const size_t slots_;
  const size_t queue_;
  Turns turns_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Waiter*> waiting_;
  std::vector<const Lease*> active_;  // the places in use
  std::vector<Kept> kept_;            // oldest first
};

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_SLOTS_H_
