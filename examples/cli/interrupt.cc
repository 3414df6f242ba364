#include "cli/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

namespace reckon_cli {
namespace {

std::atomic<int> g_pressed{0};
std::atomic<int> g_cancel_at{1};

// Made on the heap and never destroyed: the handler may run while the program is ending.
const reckon::CancelToken& Token() {
  static const reckon::CancelToken* const token = new reckon::CancelToken();
  return *token;
}
std::atomic<const reckon::CancelToken*> g_token{nullptr};

std::array<int, 2> g_pipe = {-1, -1};  // what descriptor() reads from, what the handler writes to

extern "C" void HandleInterrupt(int) {
  const int saved_errno = errno;
  const int pressed = g_pressed.fetch_add(1) + 1;
  const reckon::CancelToken* token = g_token.load();
  if (token != nullptr && pressed >= g_cancel_at.load()) token->Cancel();
  if (g_pipe[1] >= 0 && write(g_pipe[1], "", 1) < 0) {
    // The pipe is full: it is readable anyway.
  }
  errno = saved_errno;
}

void Handle(int signal_number) {
  struct sigaction action = {};
  action.sa_handler = HandleInterrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // no SA_RESTART: waiting for a line must end
  sigaction(signal_number, &action, nullptr);
}

}  // namespace

void Interrupt::Install() {
  g_token.store(&Token());
  if (pipe(g_pipe.data()) == 0) {
    for (const int end : g_pipe) {
      fcntl(end, F_SETFL, O_NONBLOCK);
      fcntl(end, F_SETFD, FD_CLOEXEC);
    }
  }
  Handle(SIGINT);
}

void Interrupt::InstallTermination() { Handle(SIGTERM); }

void Interrupt::SetMode(InterruptMode mode) {
  g_cancel_at.store(mode == InterruptMode::kCancel ? 1 : 2);
  if (g_pressed.load() >= g_cancel_at.load()) Token().Cancel();
}

void Interrupt::Reset(InterruptMode mode) {
  g_cancel_at.store(mode == InterruptMode::kCancel ? 1 : 2);
  std::array<char, 64> old;
  while (g_pipe[0] >= 0 && read(g_pipe[0], old.data(), old.size()) > 0) {
  }
  g_pressed.store(0);
  Token().Reset();
}

int Interrupt::pressed() { return g_pressed.load(); }

const reckon::CancelToken& Interrupt::token() { return Token(); }

int Interrupt::descriptor() { return g_pipe[0]; }

}  // namespace reckon_cli
