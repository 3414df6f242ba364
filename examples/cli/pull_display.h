// Shows a download to whoever waits for it.
#ifndef RECKON_EXAMPLES_CLI_PULL_DISPLAY_H_
#define RECKON_EXAMPLES_CLI_PULL_DISPLAY_H_

#include <chrono>

#include "absl/strings/string_view.h"
#include "hub/pull.h"
#include "hub/rate_meter.h"

namespace reckon_cli {

enum class PullStyle {
  kPerson,  // on standard error: a bar with rate and remaining time on a terminal, else a line now and then
  kJson,    // on standard output: one JSON object a line, at most two a second
  kQuiet,   // failures that are tried again only
};

class PullDisplay {
 public:
  // With `ask`, a person is asked before anything is fetched, if there is one.
  PullDisplay(PullStyle style, bool ask) : style_(style), ask_(ask) {}

  // For Pull(); this object must outlive it.
  reckon_hub::PullEvents Events();
  // The last words.
  void Done(const reckon_hub::PullResult& result);
  // Wipes the bar.
  void Clear();

 private:
  bool Confirm(const reckon_hub::PullPlan& plan);
  void Progress(const reckon_hub::PullProgress& progress);
  void Note(absl::string_view text);

  const PullStyle style_;
  const bool ask_;
  bool drawn_ = false;
  reckon_hub::PullStage stage_ = reckon_hub::PullStage::kFetching;
  reckon_hub::RateMeter meter_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point next_ = start_ + std::chrono::milliseconds(300);
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_PULL_DISPLAY_H_
