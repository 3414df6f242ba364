// Runs the server.
#ifndef RECKON_EXAMPLES_SERVER_SERVE_H_
#define RECKON_EXAMPLES_SERVER_SERVE_H_

#include <chrono>
#include <functional>

#include "absl/status/status.h"
#include "reckon/model.h"
#include "server/options.h"

namespace reckon_server {

// Serves until `wait` returns, then lets running requests end: for at most `grace`, or until `hurry` is true. `wait` is
// told the port. The caller's thread is used for waiting only. Errors: UNAVAILABLE (the port cannot be had).
absl::Status Serve(const ServerOptions& options, const reckon::Model& model, const std::function<void(int port)>& wait,
                   const std::function<bool()>& hurry, std::chrono::milliseconds grace);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_SERVE_H_
