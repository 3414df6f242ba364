// Reference counts and the marks of objects at work, for the objects behind the C ABI's handles.
#ifndef RECKON_CAPI_HANDLE_H_
#define RECKON_CAPI_HANDLE_H_

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"

namespace reckon::capi {

// T derives from Counted<T> and is made with new; Release() of the last reference deletes it.
template <typename T>
class Counted {
 public:
  T* Retain() const {
    references_.fetch_add(1, std::memory_order_relaxed);
    return const_cast<T*>(static_cast<const T*>(this));
  }
  void Release() const {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete static_cast<const T*>(this);
  }

 protected:
  Counted() = default;
  ~Counted() = default;

 private:
  mutable std::atomic<int64_t> references_{1};
};

// An object that one call at a time may change, or several may read.
class InUse {
 public:
  bool BeginChange() {
    int32_t nobody = 0;
    return state_.compare_exchange_strong(nobody, kChanging, std::memory_order_acquire);
  }
  void EndChange() { state_.store(0, std::memory_order_release); }
  bool BeginRead() {
    int32_t readers = state_.load(std::memory_order_relaxed);
    while (readers != kChanging) {
      if (state_.compare_exchange_weak(readers, readers + 1, std::memory_order_acquire)) return true;
    }
    return false;
  }
  void EndRead() { state_.fetch_sub(1, std::memory_order_release); }

 private:
  static constexpr int32_t kChanging = -1;
  std::atomic<int32_t> state_{0};
};

// Marks an object that has an InUse `in_use` as being changed, while this lives, and keeps it alive: an object may be
// given back in a callback of its own call.
template <typename T>
class Changing {
 public:
  explicit Changing(const T* object) : object_(object->Retain()), entered_(object->in_use.BeginChange()) {}
  ~Changing() {
    if (entered_) object_->in_use.EndChange();
    object_->Release();
  }
  Changing(const Changing&) = delete;
  Changing& operator=(const Changing&) = delete;

  absl::Status status(const char* what) const { return entered_ ? absl::OkStatus() : Busy(what); }
  static absl::Status Busy(const char* what);

 private:
  T* const object_;
  const bool entered_;
};

// The same for reading.
template <typename T>
class Reading {
 public:
  explicit Reading(const T* object) : object_(object->Retain()), entered_(object->in_use.BeginRead()) {}
  ~Reading() {
    if (entered_) object_->in_use.EndRead();
    object_->Release();
  }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  absl::Status status(const char* what) const { return entered_ ? absl::OkStatus() : Changing<T>::Busy(what); }

 private:
  T* const object_;
  const bool entered_;
};

template <typename T>
absl::Status Changing<T>::Busy(const char* what) {
  return absl::FailedPreconditionError(what);
}

inline constexpr char kSessionBusy[] =
    "the session is in use by another call, on another thread or around this callback; wait for it, or fork the "
    "session";
inline constexpr char kSamplerBusy[] =
    "the sampler is in use by another call, on another thread or around this callback; wait for it, or clone the "
    "sampler";
inline constexpr char kChatBusy[] =
    "the chat is in use by another call, on another thread or around this callback; wait for it, or fork the chat";
inline constexpr char kStreamBusy[] = "the stream is in use by another call on another thread; wait for it";

}  // namespace reckon::capi

#endif  // RECKON_CAPI_HANDLE_H_
