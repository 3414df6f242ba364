// Makes use of the time in which a person types.
#ifndef RECKON_EXAMPLES_CLI_IDLE_PREPARATION_H_
#define RECKON_EXAMPLES_CLI_IDLE_PREPARATION_H_

#include <thread>

#include "reckon/cancel.h"
#include "reckon/chat.h"

namespace reckon_cli {

// Prepares the chat's next turn on a thread of its own, as long as this object lives: nobody else may use the chat
// then.
class IdlePreparation {
 public:
  explicit IdlePreparation(reckon::Chat& chat)
      : thread_([&chat, cancel = cancel_] { static_cast<void>(chat.Prepare(cancel)); }) {}
  ~IdlePreparation() {
    cancel_.Cancel();
    thread_.join();
  }
  IdlePreparation(const IdlePreparation&) = delete;
  IdlePreparation& operator=(const IdlePreparation&) = delete;

 private:
  reckon::CancelToken cancel_;
  std::thread thread_;
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_IDLE_PREPARATION_H_
