// Replaces the program's allocation functions, and mmap, for everything in the process: the k-th request fails.
#ifndef RECKON_TESTS_CAPI_FAILING_ALLOCATOR_H_
#define RECKON_TESTS_CAPI_FAILING_ALLOCATOR_H_

#include <cstdint>

namespace reckon_test {

// Lets request number `k` from now on (0: the next one) fail, and with `and_all_after` every one after it, on all
// threads.
void FailAllocation(int64_t k, bool and_all_after);
// No more failures. Returns how many requests there were since FailAllocation.
int64_t StopFailing();
// Blocks from operator new and malloc that were not given back.
int64_t BlocksAlive();

}  // namespace reckon_test

#endif  // RECKON_TESTS_CAPI_FAILING_ALLOCATOR_H_
