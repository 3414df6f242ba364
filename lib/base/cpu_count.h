#ifndef RECKON_LIB_BASE_CPU_COUNT_H_
#define RECKON_LIB_BASE_CPU_COUNT_H_

namespace reckon {

// How many CPUs this process may keep busy: the smaller of its affinity mask and its cgroup's CPU quota (v1 and v2,
// rounded up), at least 1. Reads the system's files each time; call it rarely.
int UsableCpuCount();

}  // namespace reckon

#endif  // RECKON_LIB_BASE_CPU_COUNT_H_
