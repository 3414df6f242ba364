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

using Clock = std::chrono::steady_clock;

// How long a client that was refused may go on sending before it is cut off.
constexpr std::chrono::milliseconds kLinger{500};
constexpr size_t kLingerBytes = size_t{8} << 20;

#ifdef MSG_NOSIGNAL
constexpr int kSendFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
#else
constexpr int kSendFlags = MSG_DONTWAIT;
#endif

// True if the event came in time.
bool Poll(socket_t descriptor, short event, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd polled = {descriptor, event, 0};
    const int ready = poll(&polled, 1, static_cast<int>(std::min<int64_t>(left, 60000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

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

ReadResult WaitForData(socket_t descriptor, std::chrono::milliseconds timeout, const std::atomic<bool>& stopping) {
  constexpr std::chrono::milliseconds kLook{100};
  const Clock::time_point deadline = Clock::now() + timeout;
  while (!stopping) {
    if (Poll(descriptor, POLLIN, std::min(deadline, Clock::now() + kLook))) return ReadResult::kOk;
    if (Clock::now() >= deadline) return ReadResult::kTimeout;
  }
  return ReadResult::kClosed;
}

ReadResult ReadSome(socket_t descriptor, Clock::time_point deadline, size_t most, std::string& buffer) {
  std::array<char, 16384> part;
  for (;;) {
    if (!Poll(descriptor, POLLIN, deadline)) return ReadResult::kTimeout;
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
    const bool broken = sent < 0 && errno != EINTR && errno != EAGAIN;
    if (broken || !Poll(descriptor, POLLOUT, Clock::now() + timeout)) return false;
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
  const Clock::time_point deadline = Clock::now() + kLinger;
  std::string ignored;
  for (size_t total = 0; total < kLingerBytes; total += ignored.size()) {
    ignored.clear();
    if (ReadSome(descriptor, deadline, kLingerBytes, ignored) != ReadResult::kOk) return;
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
