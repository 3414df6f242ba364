// Helpers for absl::Status. The library reports every failure as a Status that says what failed, where, and what to do;
// it never aborts, prints or throws.
#ifndef RECKON_LIB_BASE_STATUS_H_
#define RECKON_LIB_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#define RECKON_STATUS_CONCAT_INNER(a, b) a##b
#define RECKON_STATUS_CONCAT(a, b) RECKON_STATUS_CONCAT_INNER(a, b)

// Returns from the enclosing function if `expr` is not OK.
#define RECKON_RETURN_IF_ERROR(expr)                 \
  do {                                               \
    absl::Status reckon_status_ = (expr);            \
    if (!reckon_status_.ok()) return reckon_status_; \
  } while (false)

// RECKON_ASSIGN_OR_RETURN(auto x, F()): assigns the value of a StatusOr, or returns its status.
#define RECKON_ASSIGN_OR_RETURN(lhs, expr) \
  RECKON_ASSIGN_OR_RETURN_IMPL(RECKON_STATUS_CONCAT(reckon_statusor_, __LINE__), lhs, expr)
// NOLINTBEGIN(bugprone-macro-parentheses): lhs may be a declaration.
#define RECKON_ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr) \
  auto tmp = (expr);                                 \
  if (!tmp.ok()) return std::move(tmp).status();     \
  lhs = *std::move(tmp)
// NOLINTEND(bugprone-macro-parentheses)

namespace reckon {

// Puts "context: " in front of the message and keeps the code and its details, so that a reader learns where a failure
// happened.
inline absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload(
      [&annotated](absl::string_view url, const absl::Cord& payload) { annotated.SetPayload(url, payload); });
  return annotated;
}

}  // namespace reckon

#endif  // RECKON_LIB_BASE_STATUS_H_
