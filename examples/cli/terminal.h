// What the terminal can do, and a progress bar.
#ifndef RECKON_EXAMPLES_CLI_TERMINAL_H_
#define RECKON_EXAMPLES_CLI_TERMINAL_H_

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace reckon_cli {

// Whether a person reads standard output (input, error).
bool StdoutIsTerminal();
bool StdinIsTerminal();
bool StderrIsTerminal();
// Whether standard output may be styled: a terminal, NO_COLOR (https://no-color.org) unset or empty, TERM not "dumb".
bool StdoutHasColor();

// Writes to standard output at once.
void Print(absl::string_view text);
// Writes to standard error.
void PrintError(absl::string_view text);

// "512 B", "11.6 MiB", "1.03 GiB".
std::string FormatBytes(int64_t bytes);

// A bar on standard error while something long goes on; silent when that is not a terminal, or for the first moments,
// so that quick work shows nothing. It is wiped when done.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Update(int64_t done, int64_t total);
  void Clear();

 private:
  std::string label_;
  bool enabled_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_TERMINAL_H_
