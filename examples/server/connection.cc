#include "server/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace reckon_server {
namespace {

// How long one look at a socket lasts, and the most that it takes from a client's time.
constexpr std::chrono::milliseconds kLook{100};

// How long a client that was refused may go on sending before it is cut off.
constexpr std::chrono::milliseconds kLinger{500};
constexpr size_t kLingerBytes = size_t{8} << 20;

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
#else
constexpr int kSendFlags = MSG_DONTWAIT;
#endif

const char* Phrase(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 408:
      return "Request Timeout";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return "Service Unavailable";
  }
}

}  // namespace

bool Patience::Look(socket_t descriptor, short event) {
  pollfd polled = {descriptor, event, 0};
  const auto time = std::chrono::ceil<std::chrono::milliseconds>(std::min<Clock::duration>(left_, kLook));
  const int ready = poll(&polled, 1, std::max(static_cast<int>(time.count()), 0));
  if (ready < 0 && errno != EINTR) left_ = Clock::duration::zero();
  const Clock::time_point now = Clock::now();
  left_ -= std::min<Clock::duration>(now - last_, kLook);
  last_ = now;
  return ready > 0;
}

ReadResult WaitForData(socket_t descriptor, std::chrono::milliseconds timeout, const std::atomic<bool>& stopping) {
  Patience patience(timeout);
  while (!stopping) {
    if (patience.Look(descriptor, POLLIN)) return ReadResult::kOk;
    if (patience.ended()) return ReadResult::kTimeout;
  }
  return ReadResult::kClosed;
}

ReadResult ReadSome(socket_t descriptor, Patience& patience, size_t most, std::string& buffer) {
  std::array<char, 16384> part;
  for (;;) {
    if (!patience.Look(descriptor, POLLIN)) {
      if (patience.ended()) return ReadResult::kTimeout;
      continue;
    }
    const ssize_t got = recv(descriptor, part.data(), std::min(most, part.size()), MSG_DONTWAIT);
    if (got > 0) {
      buffer.append(part.data(), static_cast<size_t>(got));
      return ReadResult::kOk;
    }
    if (got == 0 || (errno != EINTR && errno != EAGAIN)) return ReadResult::kClosed;
  }
}

bool WriteAll(socket_t descriptor, absl::string_view data, std::chrono::milliseconds timeout) {
  while (!data.empty()) {
    const ssize_t sent = send(descriptor, data.data(), data.size(), kSendFlags);
    if (sent > 0) {
      data.remove_prefix(static_cast<size_t>(sent));
      continue;
    }
    if (sent < 0 && errno != EINTR && errno != EAGAIN) return false;
    Patience patience(timeout);
    while (!patience.Look(descriptor, POLLOUT)) {
      if (patience.ended()) return false;
    }
  }
  return true;
}

void Reject(socket_t descriptor, const ApiError& error, std::chrono::milliseconds timeout) {
  const std::string body = ErrorBody(error);
  const bool later = error.status == 503;
  const std::string text = absl::StrCat("HTTP/1.1 ", error.status, " ", Phrase(error.status),
                                        "\r\nContent-Type: application/json\r\nContent-Length: ", body.size(),
                                        "\r\nConnection: close\r\n", later ? "Retry-After: 1\r\n" : "",
                                        error.status == 401 ? "WWW-Authenticate: Bearer\r\n" : "", "\r\n", body);
  if (!WriteAll(descriptor, text, timeout)) return;
  ::shutdown(descriptor, SHUT_WR);
  // Closing with unread bytes would reset the connection, and the client might lose the answer.
  Patience patience(kLinger);
  std::string ignored;
  for (size_t total = 0; total < kLingerBytes; total += ignored.size()) {
    ignored.clear();
    if (ReadSome(descriptor, patience, kLingerBytes, ignored) != ReadResult::kOk) return;
  }
}

ssize_t AnswerStream::read(char* data, size_t size) {
  const size_t count = std::min(size, request_.size() - taken_);
  std::memcpy(data, request_.data() + taken_, count);
  taken_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t AnswerStream::write(const char* data, size_t size) {
  return WriteAll(descriptor_, {data, size}, timeout_) ? static_cast<ssize_t>(size) : -1;
}

}  // namespace reckon_server
