// Connections: cpp-httplib accepts them and writes answers; reading is done here, where size and time are bounded.
#ifndef RECKON_EXAMPLES_SERVER_HTTP_SERVER_H_
#define RECKON_EXAMPLES_SERVER_HTTP_SERVER_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "httplib.h"
#include "server/metrics.h"
#include "server/options.h"
#include "server/page_file.h"
#include "server/request_head.h"
#include "server/watcher.h"

namespace reckon_server {

// A request that was read whole, and what is known about it.
struct Call {
  RequestHead head;
  std::string body;
  size_t client = 0;  // which API key it came with
  const Watcher::Watch* watch = nullptr;
  int status = 0;  // of the answer, for the log
  RequestCost cost{};
};

// Answers a call; may throw, which becomes an error 500.
using CallHandler = std::function<void(Call&, httplib::Response&)>;

class HttpServer : public httplib::Server {
 public:
  // All must outlive the server. With options.page, the chat page comes before the handler, and needs no API key.
  HttpServer(const ServerOptions& options, Watcher& watcher, Metrics& metrics, CallHandler handler);

  // Listens at host and port, 0 for any. Returns the port, or -1.
  int Bind(const std::string& host, int port);

  // Lets go of connections between two requests; those with a request end after it.
  void BeginShutdown() { stopping_ = true; }

 private:
  bool process_and_close_socket(socket_t descriptor) override;
  void Converse(socket_t descriptor);
  // Reads and answers one request; false: the connection is over.
  bool Serve(socket_t descriptor, std::string& buffer);
  bool Answer(socket_t descriptor, Call& call);
  const PageFile* FindPage(const RequestHead& head) const;
  void Log(const Call& call, double seconds) const;

  const ServerOptions& options_;
  Watcher& watcher_;
  Metrics& metrics_;
  const CallHandler handler_;
  std::atomic<bool> stopping_{false};
  std::atomic<size_t> open_{0};
};

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_HTTP_SERVER_H_
