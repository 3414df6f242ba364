// Facts about a failure for programs, beside the message for people. They travel as payloads of absl::Status.
#ifndef RECKON_LIB_BASE_STATUS_DETAILS_H_
#define RECKON_LIB_BASE_STATUS_DETAILS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"

namespace reckon {

// The numbers are those of RECKON_DETAIL_* in the C ABI.
enum class StatusDetail : int32_t {
  kNeededBytes = 1,
  kLimitBytes = 2,
  kMaxContextThatFits = 3,
  kTokenIndex = 4,
};
inline constexpr int32_t kStatusDetails = 4;  // they are 1 ... kStatusDetails

// Adds a fact to a status that is not OK.
void SetDetail(absl::Status& status, StatusDetail detail, int64_t value);
// The fact, if the status has it.
std::optional<int64_t> GetDetail(const absl::Status& status, StatusDetail detail);

}  // namespace reckon

#endif  // RECKON_LIB_BASE_STATUS_DETAILS_H_
