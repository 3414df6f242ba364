// The library itself.
#include "absl/strings/str_cat.h"
#include "base/cpu_count.h"
#include "base/status.h"
#include "capi/call.h"
#include "kernels/dispatch.h"
#include "reckon/version.h"

using reckon::capi::Call;

extern "C" {

uint32_t reckon_abi_version(void) { return RECKON_ABI_VERSION; }

const char* reckon_version_string(void) { return RECKON_VERSION_STRING; }

reckon_status reckon_cpu_describe(char* buffer, size_t capacity, size_t* out_size, reckon_error** error) {
  return Call(__func__, error, {{"out_size", out_size}}, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(const reckon::KernelTable* const kernels, reckon::ChooseKernels());
    const int threads = reckon::UsableCpuCount();
    return reckon::capi::CopyOut(absl::StrCat(kernels->name, ", ", threads, threads == 1 ? " thread" : " threads"),
                                 buffer, capacity, out_size);
  });
}

}  // extern "C"
