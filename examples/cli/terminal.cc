#include "cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace reckon_cli {
namespace {

constexpr auto kQuietTime = std::chrono::milliseconds(300);
constexpr auto kRedrawTime = std::chrono::milliseconds(60);
constexpr int kBarWidth = 32;

}  // namespace

bool StdoutIsTerminal() { return isatty(STDOUT_FILENO) == 1; }
bool StdinIsTerminal() { return isatty(STDIN_FILENO) == 1; }
bool StderrIsTerminal() { return isatty(STDERR_FILENO) == 1; }

bool StdoutHasColor() {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && no_color[0] != '\0') return false;
  const char* term = std::getenv("TERM");
  if (term != nullptr && std::strcmp(term, "dumb") == 0) return false;
  return StdoutIsTerminal();
}

void Print(absl::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

void PrintError(absl::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

std::string FormatBytes(int64_t bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  if (unit == 0) return absl::StrCat(bytes, " B");
  return absl::StrFormat("%.*f %s", value < 10 ? 2 : (value < 100 ? 1 : 0), value, kUnits[unit]);
}

ProgressBar::ProgressBar(std::string label)
    : label_(std::move(label)), enabled_(StderrIsTerminal()), next_(std::chrono::steady_clock::now() + kQuietTime) {}

ProgressBar::~ProgressBar() { Clear(); }

void ProgressBar::Update(int64_t done, int64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!enabled_ || total <= 0 || now < next_) return;
  next_ = now + kRedrawTime;
  const double share = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  const int filled = static_cast<int>(share * kBarWidth);
  PrintError(absl::StrFormat("\r\033[K%s [%s%s] %3.0f%%", label_, std::string(filled, '#'),
                             std::string(kBarWidth - filled, '.'), share * 100));
  drawn_ = true;
}

void ProgressBar::Clear() {
  if (drawn_) PrintError("\r\033[K");
  drawn_ = false;
}

}  // namespace reckon_cli
