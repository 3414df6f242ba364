#include "base/status_details.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace reckon {
namespace {

std::string TypeUrl(StatusDetail detail) { return absl::StrCat("reckon/detail/", static_cast<int32_t>(detail)); }

}  // namespace

void SetDetail(absl::Status& status, StatusDetail detail, int64_t value) {
  status.SetPayload(TypeUrl(detail), absl::Cord(absl::StrCat(value)));
}

std::optional<int64_t> GetDetail(const absl::Status& status, StatusDetail detail) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl(detail));
  int64_t value = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string(*payload), &value)) return std::nullopt;
  return value;
}

}  // namespace reckon
