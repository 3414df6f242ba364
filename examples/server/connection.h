// Reading and writing a socket with limits of time.
#ifndef RECKON_EXAMPLES_SERVER_CONNECTION_H_
#define RECKON_EXAMPLES_SERVER_CONNECTION_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "httplib.h"
#include "server/api_error.h"

namespace reckon_server {

enum class ReadResult { kOk, kClosed, kTimeout };

// The time that a client is given. It runs only while this process does: a process that was stopped, or whose machine
// stood still, would find every client late, those too whose data came in time or could not come.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Patience(std::chrono::milliseconds time) : left_(time), last_(Clock::now()) {}

  // Waits for an event of poll(2) for at most a tenth of a second. True if there is one.
  bool Look(socket_t descriptor, short event);

  bool ended() const { return left_ <= Clock::duration::zero(); }

 private:
  Clock::duration left_;
  Clock::time_point last_;
};

// Waits until there is something to read; kClosed as soon as `stopping` is true.
ReadResult WaitForData(socket_t descriptor, std::chrono::milliseconds timeout, const std::atomic<bool>& stopping);

// Appends what has come, at most `most` bytes.
ReadResult ReadSome(socket_t descriptor, Patience& patience, size_t most, std::string& buffer);

// Writes everything; false if the client has gone, or takes nothing for `timeout`.
bool WriteAll(socket_t descriptor, absl::string_view data, std::chrono::milliseconds timeout);

// Answers with an error and lets the client read it, although it may be sending still.
void Reject(socket_t descriptor, const ApiError& error, std::chrono::milliseconds timeout);

// What cpp-httplib reads a plain request line from and writes the answer to.
class AnswerStream final : public httplib::Stream {
 public:
  AnswerStream(socket_t descriptor, std::string request, std::chrono::milliseconds timeout)
      : descriptor_(descriptor), request_(std::move(request)), timeout_(timeout) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* data, size_t size) override;
  ssize_t write(const char* data, size_t size) override;
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return descriptor_; }

 private:
  const socket_t descriptor_;
  std::string request_;
  size_t taken_ = 0;
  const std::chrono::milliseconds timeout_;
};

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_CONNECTION_H_
