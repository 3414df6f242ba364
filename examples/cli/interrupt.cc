#include "cli/interrupt.h"

#include <signal.h>

#include <atomic>

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

extern "C" void HandleInterrupt(int) {
  const int pressed = g_pressed.fetch_add(1) + 1;
  const reckon::CancelToken* token = g_token.load();
  if (token != nullptr && pressed >= g_cancel_at.load()) token->Cancel();
}

}  // namespace

void Interrupt::Install() {
  g_token.store(&Token());
  struct sigaction action = {};
  action.sa_handler = HandleInterrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // no SA_RESTART: waiting for a line must end
  sigaction(SIGINT, &action, nullptr);
}

void Interrupt::Reset(InterruptMode mode) {
  g_cancel_at.store(mode == InterruptMode::kCancel ? 1 : 2);
  g_pressed.store(0);
  Token().Reset();
}

int Interrupt::pressed() { return g_pressed.load(); }

const reckon::CancelToken& Interrupt::token() { return Token(); }

}  // namespace reckon_cli
