#include "cli/answer_printer.h"

#include "absl/strings/str_format.h"
#include "cli/terminal.h"

namespace reckon_cli {
namespace {

constexpr char kDim[] = "\033[2m";
constexpr char kPlain[] = "\033[0m";
constexpr char kWipeLine[] = "\r\033[K";
constexpr auto kCountTime = std::chrono::milliseconds(100);

}  // namespace

AnswerPrinter::AnswerPrinter(bool fold)
    : fold_(fold), terminal_(StdoutIsTerminal()), color_(StdoutHasColor()), start_(std::chrono::steady_clock::now()) {}

void AnswerPrinter::Show(const reckon::ChatEvent& event) {
  if (event.kind == reckon::ChatEventKind::kReasoning) {
    if (!in_reasoning_) BeginReasoning();
    reasoning_tokens_ = event.done;
    if (!fold_) {
      Print(event.text);
    } else if (std::chrono::steady_clock::now() >= next_count_) {
      ShowFolded("thinking…");
    }
    return;
  }
  if (event.kind != reckon::ChatEventKind::kAnswer && event.kind != reckon::ChatEventKind::kToolCall) return;
  if (in_reasoning_) EndReasoning();
  Print(event.text);
  printed_ = true;
}

void AnswerPrinter::Finish() {
  if (in_reasoning_) EndReasoning();
  if (printed_) Print("\n");
  printed_ = false;
}

void AnswerPrinter::BeginReasoning() {
  in_reasoning_ = true;
  if (!fold_) Print(color_ ? kDim : "<think>\n");
}

void AnswerPrinter::EndReasoning() {
  in_reasoning_ = false;
  if (fold_) {
    ShowFolded("thought:");
    if (terminal_) Print("\n");
  } else if (color_) {
    Print(kPlain);
    Print("\n\n");
  } else {
    Print("\n</think>\n\n");
  }
}

void AnswerPrinter::ShowFolded(const char* what) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  next_count_ = now + kCountTime;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  Print(absl::StrFormat("%s%s%s %d tokens, %.1f s%s", kWipeLine, color_ ? kDim : "", what, reasoning_tokens_, seconds,
                        color_ ? kPlain : ""));
}

}  // namespace reckon_cli
