// Ctrl-C, turned into something that the work in hand can react to.
#ifndef RECKON_EXAMPLES_CLI_INTERRUPT_H_
#define RECKON_EXAMPLES_CLI_INTERRUPT_H_

#include "reckon/cancel.h"

namespace reckon_cli {

// How soon the token of Interrupt is triggered.
enum class InterruptMode {
  kCancel,  // at the first Ctrl-C: for loading and reading a prompt, where there is nothing to keep
  kStop,    // at the second one: the first only shows in pressed(), so that the words made so far can be kept
};

// The process's SIGINT handler. All functions are for the main thread.
class Interrupt {
 public:
  static void Install();
  // SIGTERM as well from here on: for programs that end in an orderly way by themselves.
  static void InstallTermination();
  // Forgets earlier presses and makes the token fit for the next work: where a person has seen what they led to.
  static void Reset(InterruptMode mode);
  // Goes on in another mode without forgetting: a press between two parts of one work counts for the second.
  static void SetMode(InterruptMode mode);
  // How often Ctrl-C was pressed since Reset().
  static int pressed();
  static const reckon::CancelToken& token();
  // A file descriptor that is readable while pressed() is not 0, for poll(): a signal alone may come just before the
  // wait begins, or to another thread. -1 before Install().
  static int descriptor();
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_INTERRUPT_H_
