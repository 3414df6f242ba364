#include "server/http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "server/access.h"
#include "server/connection.h"
#include "server/page_reply.h"

namespace reckon_server {
namespace {

using Clock = std::chrono::steady_clock;

// The call that this thread answers: cpp-httplib's handlers are not told.
thread_local Call* current_call = nullptr;

ApiError Crowded(size_t connections) {
  return {.status = 503, .message = absl::StrCat("all ", connections, " connections are in use; try again later")};
}

}  // namespace

HttpServer::HttpServer(const ServerOptions& options, Watcher& watcher, Metrics& metrics, CallHandler handler)
    : options_(options), watcher_(watcher), metrics_(metrics), handler_(std::move(handler)) {
  // A few threads more than connections, to tell those that are too many.
  new_task_queue = [this] { return new httplib::ThreadPool(options_.connections + 2); };
  set_socket_options([](socket_t descriptor) {
    // Not SO_REUSEPORT, cpp-httplib's choice: two servers would share a port without knowing.
    const int on = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  });
  set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(options_.idle_timeout).count());
  set_pre_routing_handler([this](const httplib::Request&, httplib::Response& response) {
    Call& call = *current_call;
    try {
      const PageFile* page = FindPage(call.head);
      page != nullptr ? ReplyWithPageFile(*page, call.head, response) : handler_(call, response);
    } catch (const std::exception& error) {
      response.status = 500;
      response.set_content(ErrorBody({.status = 500, .message = absl::StrCat("the server failed: ", error.what())}),
                           "application/json");
    }
    if (response.status == -1) response.status = 200;
    call.status = response.status;
    const std::string origin = AllowedOrigin(options_, call.head);
    if (!origin.empty()) {
      response.set_header("Access-Control-Allow-Origin", origin);
      response.set_header("Vary", "Origin");
    }
    response.set_header("X-Content-Type-Options", "nosniff");
    if (!response.has_header("Cache-Control")) response.set_header("Cache-Control", "no-store");
    return HandlerResponse::Handled;
  });
}

int HttpServer::Bind(const std::string& host, int port) {
  // cpp-httplib has the system hold 5 connections that it has not accepted yet. A few clients at a time are more, and
  // those hang until their own system tries again, a second later.
  constexpr int kBacklog = 128;
  const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
  if (bound > 0) ::listen(svr_sock_, kBacklog);
  return bound;
}

bool HttpServer::process_and_close_socket(socket_t descriptor) {
  if (++open_ > options_.connections) {
    Reject(descriptor, Crowded(options_.connections), options_.write_timeout);
  } else {
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Converse(descriptor);
  }
  --open_;
  ::shutdown(descriptor, SHUT_RDWR);
  ::close(descriptor);
  return true;
}

void HttpServer::Converse(socket_t descriptor) {
  std::string buffer;
  do {
    if (buffer.empty() && WaitForData(descriptor, options_.idle_timeout, stopping_) != ReadResult::kOk) return;
  } while (Serve(descriptor, buffer));
}

bool HttpServer::Serve(socket_t descriptor, std::string& buffer) {
  const Clock::time_point start = Clock::now();
  Call call;
  const auto reject = [&](const ApiError& error) {
    Reject(descriptor, error, options_.write_timeout);
    call.status = error.status;
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    metrics_.Count(call.status, {}, seconds);
    Log(call, seconds);
    return false;
  };
  const auto read = [&](auto enough) {
    Patience patience(options_.read_timeout);
    ReadResult result = ReadResult::kOk;
    while (result == ReadResult::kOk && !enough()) {
      result =
          ReadSome(descriptor, patience, options_.max_body_bytes + options_.max_head_bytes - buffer.size(), buffer);
    }
    return result;
  };
  const ApiError slow = {.status = 408, .message = "the request did not come in time"};
  size_t end = std::string::npos;
  ReadResult result = read([&] {
    end = buffer.find("\r\n\r\n");
    return end != std::string::npos || buffer.size() > options_.max_head_bytes;
  });
  if (result == ReadResult::kTimeout) return reject(slow);
  if (result == ReadResult::kClosed) return false;
  if (end == std::string::npos || end > options_.max_head_bytes) {
    return reject(
        {.status = 431, .message = absl::StrCat("the head is longer than ", options_.max_head_bytes, " bytes")});
  }
  const std::string head = buffer.substr(0, end + 4);
  buffer.erase(0, end + 4);
  if (std::optional<ApiError> error = ParseHead(head, options_.max_body_bytes, call.head)) return reject(*error);
  if (std::optional<ApiError> error = CheckHostAndOrigin(options_, call.head)) return reject(*error);
  const bool open = call.head.path == "/health" || call.head.method == "OPTIONS" || FindPage(call.head) != nullptr;
  const std::optional<size_t> key = FindKey(options_, call.head.Get("authorization"));
  if (!key.has_value() && !open) {
    return reject({.status = 401, .message = "an API key is needed: Authorization: Bearer KEY"});
  }
  call.client = key.value_or(0);
  const size_t length = call.head.content_length;
  if (call.head.expects_continue && buffer.size() < length &&
      !WriteAll(descriptor, "HTTP/1.1 100 Continue\r\n\r\n", options_.write_timeout)) {
    return false;
  }
  result = read([&] { return buffer.size() >= length; });
  if (result == ReadResult::kTimeout) return reject(slow);
  if (result == ReadResult::kClosed) return false;
  call.body = buffer.substr(0, length);
  buffer.erase(0, length);

  const bool go_on = Answer(descriptor, call);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  metrics_.Count(call.status, call.cost, seconds);
  Log(call, seconds);
  return go_on;
}

const PageFile* HttpServer::FindPage(const RequestHead& head) const {
  return options_.page ? FindPageFile(EmbeddedPage(), head) : nullptr;
}

bool HttpServer::Answer(socket_t descriptor, Call& call) {
  const Watcher::Watch watch(watcher_, descriptor, Clock::now() + options_.request_timeout);
  call.watch = &watch;
  current_call = &call;
  const bool close = !call.head.keep_alive || stopping_;
  // cpp-httplib sees none of what the client wrote: the handler above has it.
  AnswerStream stream(descriptor, call.head.method == "HEAD" ? "HEAD / HTTP/1.1\r\n\r\n" : "GET / HTTP/1.1\r\n\r\n",
                      options_.write_timeout);
  bool closed = false;
  const bool answered = process_request(stream, close, closed, nullptr);
  current_call = nullptr;
  call.watch = nullptr;
  if (call.status == kStatusClientGone) metrics_.CountDisconnect();
  return answered && !close && !closed && watch.ended() == Ended::kNot;
}

void HttpServer::Log(const Call& call, double seconds) const {
  if (!options_.log) return;
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
  std::string line;
  if (options_.log_json) {
    nlohmann::ordered_json json;
    json["time"] = time;
    json["method"] = call.head.method;
    json["path"] = call.head.path;
    json["status"] = call.status;
    json["seconds"] = seconds;
    json["prompt_tokens"] = call.cost.prompt_tokens;
    json["cached_tokens"] = call.cost.cached_tokens;
    json["completion_tokens"] = call.cost.completion_tokens;
    line = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  } else {
    std::string path = call.head.path.substr(0, 200);
    std::replace_if(
        path.begin(), path.end(), [](unsigned char c) { return c >= 0x80; }, '?');
    line = absl::StrFormat("%s %s %s %d %.3fs prompt=%d cached=%d completion=%d", time,
                           call.head.method.empty() ? "-" : call.head.method.substr(0, 20), path.empty() ? "-" : path,
                           call.status, seconds, call.cost.prompt_tokens, call.cost.cached_tokens,
                           call.cost.completion_tokens);
  }
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace reckon_server
