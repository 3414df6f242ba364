// What every function of the C ABI is wrapped in: no exception leaves, every NULL is answered, errors become objects.
#ifndef RECKON_CAPI_CALL_H_
#define RECKON_CAPI_CALL_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <stdexcept>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "capi/error.h"
#include "capi/reckon_c.h"

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#define RECKON_HAVE_PTHREAD_CANCEL 1
#endif

namespace reckon::capi {

// pthread_cancel unwinds through frames like an exception that nobody may catch for good, and the library catches what
// there is to catch. So it waits until the call is over.
class DeferThreadCancellation {
 public:
#ifdef RECKON_HAVE_PTHREAD_CANCEL
  DeferThreadCancellation() { pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before_); }
  ~DeferThreadCancellation() { pthread_setcancelstate(before_, nullptr); }
#else
  DeferThreadCancellation() {}
  ~DeferThreadCancellation() {}
#endif
  DeferThreadCancellation(const DeferThreadCancellation&) = delete;
  DeferThreadCancellation& operator=(const DeferThreadCancellation&) = delete;

 private:
#ifdef RECKON_HAVE_PTHREAD_CANCEL
  int before_ = 0;
#endif
};

// A parameter that must not be NULL. Arrays and strings of no elements may be.
struct Parameter {
  Parameter(const char* parameter_name, const void* parameter_value) : name(parameter_name), value(parameter_value) {}
  Parameter(const char* parameter_name, const void* parameter_value, size_t count)
      : name(parameter_name), value(count == 0 ? "" : parameter_value) {}
  const char* name;
  const void* value;
};

// Runs f, which returns an absl::Status, as the body of the C function `name`. The constructors of its arguments and f
// itself may throw; this does not.
template <typename F>
reckon_status Call(const char* name, reckon_error** error, std::initializer_list<Parameter> required, F f) noexcept {
  if (error != nullptr) *error = nullptr;
  const DeferThreadCancellation deferred;
  try {
    for (const Parameter& parameter : required) {
      if (parameter.value == nullptr) return Report(NullParameter(name, parameter.name), error);
    }
    return Report(f(), error);
  } catch (const std::bad_alloc&) {
    return ReportOutOfMemory(error);
  } catch (const std::length_error&) {
    return ReportOutOfMemory(error);
  } catch (const std::exception& exception) {
    return ReportException(name, exception.what(), error);
  } catch (...) {
    return ReportException(name, "something that is not a std::exception", error);
  }
}

// Pointer results are NULL unless the call succeeds.
template <typename T>
void Clear(T** out) {
  if (out != nullptr) *out = nullptr;
}

// A string parameter.
inline absl::string_view View(const char* text, size_t size) {
  if (size == RECKON_NUL_TERMINATED) return text;
  return size == 0 ? absl::string_view() : absl::string_view(text, size);
}

// A string or an array into the caller's buffer, by the rules at the top of reckon_c.h.
absl::Status CopyOut(absl::string_view text, char* buffer, size_t capacity, size_t* out_size);
absl::Status CopyOut(absl::Span<const int32_t> tokens, reckon_token* buffer, size_t capacity, size_t* out_size);

// INVALID_ARGUMENT for a structure whose struct_size was not set.
template <typename T>
absl::Status CheckSize(const T* structure) {
  if (structure->struct_size >= sizeof(uint32_t)) return absl::OkStatus();
  return absl::InvalidArgumentError("struct_size is not set; set it to sizeof the structure before the call");
}

// A structure into the caller's, which may be of an older or a newer version.
template <typename T>
absl::Status FillOut(T value, T* out) {
  absl::Status status = CheckSize(out);
  if (!status.ok()) return status;
  const uint32_t size = out->struct_size;
  value.struct_size = size;
  std::memcpy(static_cast<void*>(out), &value, size < sizeof(T) ? size : sizeof(T));
  return absl::OkStatus();
}

// A structure of the caller's, which may be of an older or a newer version, as this version's.
template <typename T>
absl::Status TakeIn(const T* in, T* value) {
  absl::Status status = CheckSize(in);
  if (!status.ok()) return status;
  std::memset(static_cast<void*>(value), 0, sizeof(T));
  std::memcpy(static_cast<void*>(value), in, in->struct_size < sizeof(T) ? in->struct_size : sizeof(T));
  return absl::OkStatus();
}

}  // namespace reckon::capi

#endif  // RECKON_CAPI_CALL_H_
