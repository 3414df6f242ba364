// Out of memory as a status. Containers throw when an allocation fails; at the library's border that becomes an error.
#ifndef RECKON_LIB_BASE_CATCH_BAD_ALLOC_H_
#define RECKON_LIB_BASE_CATCH_BAD_ALLOC_H_

#include <new>
#include <stdexcept>

#include "absl/status/status.h"

namespace reckon {

// Without a text if there is no memory for one.
inline absl::Status OutOfMemoryError() noexcept {
  try {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::bad_alloc&) {
    return absl::Status(absl::StatusCode::kResourceExhausted, "");
  }
}

// Runs f, which returns absl::Status or a StatusOr, and turns a failed allocation into RESOURCE_EXHAUSTED.
template <typename F>
auto CatchBadAlloc(F f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return OutOfMemoryError();
  } catch (const std::length_error&) {
    return OutOfMemoryError();
  }
}

}  // namespace reckon

#endif  // RECKON_LIB_BASE_CATCH_BAD_ALLOC_H_
