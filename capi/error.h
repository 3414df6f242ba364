// absl::Status to reckon_status and reckon_error.
#ifndef RECKON_CAPI_ERROR_H_
#define RECKON_CAPI_ERROR_H_

#include "absl/status/status.h"
#include "capi/reckon_c.h"

namespace reckon::capi {

// The code of the status; unless it is OK and if the caller wants one, *error gets an object. Without memory for that
// object, *error gets a static one, and the code is its code, RECKON_RESOURCE_EXHAUSTED.
reckon_status Report(const absl::Status& status, reckon_error** error) noexcept;
reckon_status ReportOutOfMemory(reckon_error** error) noexcept;
// For what should not have been thrown.
reckon_status ReportException(const char* function, const char* what, reckon_error** error) noexcept;

absl::Status NullParameter(const char* function, const char* parameter);

}  // namespace reckon::capi

#endif  // RECKON_CAPI_ERROR_H_
