// Out of memory as a status. Containers throw when an allocation fails; at the library's border that becomes an error.
#ifndef RECKON_LIB_BASE_CATCH_BAD_ALLOC_H_
#define RECKON_LIB_BASE_CATCH_BAD_ALLOC_H_

#include <new>
#include <stdexcept>

#include "absl/status/status.h"

namespace reckon {

// Runs f, which returns absl::Status or a StatusOr, and turns a failed allocation into RESOURCE_EXHAUSTED.
template <typename F>
auto CatchBadAlloc(F f) -> decltype(f()) {
  try {
    return f();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::length_error&) {
    return absl::ResourceExhaustedError("out of memory: a container cannot be that long");
  }
}

}  // namespace reckon

#endif  // RECKON_LIB_BASE_CATCH_BAD_ALLOC_H_
