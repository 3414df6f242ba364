// Watches the heap of a test program: linking allocation_watch.cc replaces operator new and delete.
#ifndef RECKON_TESTS_SUPPORT_ALLOCATION_WATCH_H_
#define RECKON_TESTS_SUPPORT_ALLOCATION_WATCH_H_

#include <cstddef>
#include <cstdint>

namespace reckon::testing {

// What operator new was asked for since the watch was made, on all threads. One watch at a time.
class AllocationWatch {
 public:
  AllocationWatch();

  size_t largest() const;  // bytes of the largest single request
  int64_t count() const;   // requests
  int64_t peak() const;    // most bytes alive at once, beyond those alive at the beginning
};

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_ALLOCATION_WATCH_H_
