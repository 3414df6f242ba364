// Failures as clients of the OpenAI API expect them.
#ifndef RECKON_EXAMPLES_SERVER_API_ERROR_H_
#define RECKON_EXAMPLES_SERVER_API_ERROR_H_

#include <string>

#include "absl/status/status.h"

namespace reckon_server {

// What other servers, too, log for a request whose client went away.
inline constexpr int kStatusClientGone = 499;

struct ApiError {
  int status = 500;  // of HTTP
  std::string message;
  std::string param{};  // the member of the request that is wrong; empty: none
  std::string code{};   // for programs; empty: that of the status
};

// {"error": {"message", "type", "param", "code"}}
std::string ErrorBody(const ApiError& error);

// What a failed call of the library means to a client.
ApiError FromStatus(const absl::Status& status);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_API_ERROR_H_
