#include "server/api_error.h"

#include "nlohmann/json.hpp"

namespace reckon_server {
namespace {

struct Kind {
  int status;
  const char* type;
  const char* code;
};

constexpr Kind kKinds[] = {
    {400, "invalid_request_error", "invalid_request"},
    {401, "authentication_error", "invalid_api_key"},
    {403, "permission_error", "forbidden"},
    {404, "invalid_request_error", "not_found"},
    {405, "invalid_request_error", "method_not_allowed"},
    {408, "invalid_request_error", "request_timeout"},
    {411, "invalid_request_error", "length_required"},
    {413, "invalid_request_error", "body_too_large"},
    {415, "invalid_request_error", "unsupported_media_type"},
    {429, "rate_limit_error", "queue_full"},
    {431, "invalid_request_error", "head_too_large"},
    {501, "server_error", "not_implemented"},
    {503, "server_error", "unavailable"},
    {504, "server_error", "timeout"},
    {500, "server_error", "internal_error"},
};

const Kind& KindOf(int status) {
  for (const Kind& kind : kKinds) {
    if (kind.status == status) return kind;
  }
  return kKinds[status >= 400 && status < 500 ? 0 : sizeof kKinds / sizeof *kKinds - 1];
}

}  // namespace

std::string ErrorBody(const ApiError& error) {
  const Kind& kind = KindOf(error.status);
  nlohmann::ordered_json inner;
  inner["message"] = error.message;
  inner["type"] = kind.type;
  inner["param"] = error.param.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(error.param);
  inner["code"] = error.code.empty() ? kind.code : error.code.c_str();
  nlohmann::ordered_json body;
  body["error"] = inner;
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ApiError FromStatus(const absl::Status& status) {
  const std::string message(status.message());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return {.status = 400, .message = message};
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return {.status = 503, .message = message};
    case absl::StatusCode::kDeadlineExceeded:
      return {.status = 504, .message = message};
    case absl::StatusCode::kUnimplemented:
      return {.status = 501, .message = message};
    default:
      return {.status = 500, .message = message};
  }
}

}  // namespace reckon_server
