// Shows an answer as it comes: reasoning dimmed or folded, the answer plain.
#ifndef RECKON_EXAMPLES_CLI_ANSWER_PRINTER_H_
#define RECKON_EXAMPLES_CLI_ANSWER_PRINTER_H_

#include <chrono>
#include <cstdint>

#include "reckon/chat.h"

namespace reckon_cli {

// On a terminal reasoning is dimmed (plain between marks if there are no colors) or, folded, one line that counts. In a
// pipe it stands between <think> and </think>, or, folded, is left out.
class AnswerPrinter {
 public:
  explicit AnswerPrinter(bool fold);

  // Pieces of reasoning and answer are shown, other events are not.
  void Show(const reckon::ChatEvent& event);
  // Ends the last line.
  void Finish();

 private:
  void BeginReasoning();
  void EndReasoning();
  void ShowFolded(const char* what);

  const bool fold_;
  const bool terminal_;
  const bool color_;
  bool in_reasoning_ = false;
  bool printed_ = false;
  int64_t reasoning_tokens_ = 0;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point next_count_;
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_ANSWER_PRINTER_H_
