#include "server/slots.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace reckon_server {
namespace {

// How long a waiting thread sleeps before it looks at its cancel token.
constexpr std::chrono::milliseconds kLook{10};
// A common beginning shorter than this is no reason to give up what another conversation has in its session.
constexpr size_t kWorthKeeping = 32;

size_t CommonPrefix(absl::Span<const reckon::TokenId> a, absl::Span<const reckon::TokenId> b) {
  return static_cast<size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

}  // namespace

std::optional<size_t> PickSession(absl::Span<const IdleSession> idle, size_t client,
                                  absl::Span<const reckon::TokenId> prompt, bool may_create) {
  std::optional<size_t> best;
  size_t best_prefix = 0;
  for (size_t i = 0; i < idle.size(); ++i) {
    const size_t prefix = idle[i].client == client ? CommonPrefix(idle[i].tokens, prompt) : 0;
    if (prefix > best_prefix) {
      best = i;
      best_prefix = prefix;
    }
  }
  const bool worth = best_prefix >= std::min(kWorthKeeping, prompt.size() / 2 + 1);
  if (best.has_value() && (worth || !may_create)) return best;
  if (!may_create || prompt.empty()) {
    for (size_t i = 0; i < idle.size(); ++i) {
      if (idle[i].tokens.empty()) return i;
    }
  }
  if (may_create || idle.empty()) return std::nullopt;
  return 0;  // the one that was used longest ago
}

bool Turns::Begin(const reckon::CancelToken& cancel) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto place = waiting_.insert(waiting_.end(), &lock);
  while (taken_ || waiting_.front() != &lock) {
    if (cancel.cancelled()) {
      waiting_.erase(place);
      changed_.notify_all();
      return false;
    }
    changed_.wait_for(lock, kLook);
  }
  waiting_.erase(place);
  taken_ = true;
  return true;
}

void Turns::End() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    taken_ = false;
  }
  changed_.notify_all();
}

size_t Turns::waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return waiting_.size();
}

Slots::Lease::Lease(Slots* slots, reckon::Session session, size_t client)
    : slots_(slots), stream_(reckon::MakeSessionStream(std::move(session))), client_(client) {
  Note();
}

Slots::Lease::~Lease() { slots_->Return(*this); }

void Slots::Lease::Note() {
  tokens_ = stream_->length();
  bytes_ = stream_->memory_bytes();
}

size_t Slots::ActiveOf(size_t client) const {
  return static_cast<size_t>(
      std::count_if(active_.begin(), active_.end(), [client](const Lease* lease) { return lease->client_ == client; }));
}

bool Slots::IsNext(const Waiter* waiter) const {
  const Waiter* next = *std::min_element(waiting_.begin(), waiting_.end(), [this](const Waiter* a, const Waiter* b) {
    return ActiveOf(a->client) < ActiveOf(b->client);
  });
  return next == waiter;
}

absl::StatusOr<std::unique_ptr<Slots::Lease>> Slots::Acquire(size_t client, absl::Span<const reckon::TokenId> prompt,
                                                             const reckon::CancelToken& cancel) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (active_.size() >= slots_ && waiting_.size() >= queue_) {
    return absl::UnavailableError(
        absl::StrCat("all ", slots_, " slots are busy and ", queue_, " requests wait already; try again later"));
  }
  Waiter waiter{client};
  const auto place = waiting_.insert(waiting_.end(), &waiter);
  while (active_.size() >= slots_ || !IsNext(&waiter)) {
    if (cancel.cancelled()) {
      waiting_.erase(place);
      changed_.notify_all();
      return absl::CancelledError("cancelled while waiting for a slot");
    }
    changed_.wait_for(lock, kLook);
  }
  waiting_.erase(place);
  active_.reserve(slots_);  // so that nothing fails once there is a lease
  absl::StatusOr<reckon::Session> session = TakeSession(client, prompt);
  changed_.notify_all();
  if (!session.ok()) return session.status();
  auto lease = std::make_unique<Lease>(this, *std::move(session), client);
  active_.push_back(lease.get());
  return lease;
}

absl::StatusOr<reckon::Session> Slots::TakeSession(size_t client, absl::Span<const reckon::TokenId> prompt) {
  std::vector<IdleSession> idle;
  for (const Kept& kept : kept_) idle.push_back({kept.client, kept.session.tokens()});
  const bool may_create = kept_.size() + active_.size() < slots_;
  const std::optional<size_t> picked = PickSession(idle, client, prompt, may_create);
  if (!picked.has_value()) {
    absl::StatusOr<reckon::Session> session = reckon::Session::Create(model_, session_options_);
    if (session.ok() || kept_.empty()) return session;
    kept_.erase(kept_.begin());  // memory is short: make room
    return reckon::Session::Create(model_, session_options_);
  }
  Kept kept = std::move(kept_[*picked]);
  kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(*picked));
  if (kept.client != client || prompt.empty()) {
    const absl::Status forgotten = kept.session.Truncate(0);
    if (!forgotten.ok()) return forgotten;
  }
  return std::move(kept.session);
}

void Slots::Return(Lease& lease) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    kept_.push_back({std::move(lease.session()), lease.client_});
    active_.erase(std::find(active_.begin(), active_.end(), &lease));
  }
  changed_.notify_all();
}

SlotFigures Slots::figures() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  SlotFigures figures = {.active = active_.size(), .waiting = waiting_.size()};
  for (const Lease* lease : active_) {
    figures.context_tokens += lease->tokens_;
    figures.memory_bytes += lease->bytes_;
  }
  for (const Kept& kept : kept_) {
    figures.context_tokens += kept.session.length();
    figures.memory_bytes += kept.session.memory_bytes();
  }
  return figures;
}

}  // namespace reckon_server
