#include "server/serve.h"

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "server/api.h"
#include "server/http_server.h"
#include "server/metrics.h"
#include "server/watcher.h"

namespace reckon_server {

absl::Status Serve(const ServerOptions& options, const reckon::Model& model, const std::function<void(int port)>& wait,
                   const std::function<bool()>& hurry, std::chrono::milliseconds grace) {
  constexpr std::chrono::milliseconds kLook{20};
  Metrics metrics;
  Watcher watcher;
  Api api(options, model, metrics);
  HttpServer server(options, watcher, metrics,
                    [&api](Call& call, httplib::Response& response) { api.Handle(call, response); });
  const int port = server.Bind(options.host, options.port);
  if (port <= 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen at ", options.host, " port ", options.port,
                                               ": it is in use, or not allowed; --port names another one"));
  }
  std::atomic<bool> ended{false};
  std::thread thread([&server, &ended] {
    server.listen_after_bind();
    ended = true;
  });
  while (!server.is_running() && !ended) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  wait(port);
  server.BeginShutdown();
  server.stop();
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (!ended && !hurry() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(kLook);
  watcher.CancelAll();
  thread.join();
  return absl::OkStatus();
}

}  // namespace reckon_server
