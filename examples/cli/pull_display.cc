#include "cli/pull_display.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/ask.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"

namespace reckon_cli {
namespace {

using nlohmann::ordered_json;
using reckon_hub::PullPlan;
using reckon_hub::PullProgress;
using reckon_hub::PullStage;

constexpr int kBarWidth = 24;
constexpr auto kRedrawTime = std::chrono::milliseconds(100);
constexpr auto kJsonTime = std::chrono::milliseconds(500);
constexpr auto kLineTime = std::chrono::seconds(10);  // where nothing can be wiped

const char* Name(PullStage stage) {
  switch (stage) {
    case PullStage::kChecking:
      return "checking";
    case PullStage::kFetching:
      return "fetching";
    case PullStage::kVerifying:
      return "verifying";
  }
  return "";
}

void PrintJson(const ordered_json& json) {
  Print(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

std::string Describe(const PullPlan& plan) {
  return absl::StrFormat("%s from %s: %d files, %s%s", plan.repo, reckon_hub::HubTitle(plan.hub), plan.files.size(),
                         FormatBytes(plan.total_bytes),
                         plan.missing_bytes == plan.total_bytes
                             ? ""
                             : absl::StrCat(", of which ", FormatBytes(plan.missing_bytes), " are to come"));
}

}  // namespace

reckon_hub::PullEvents PullDisplay::Events() {
  return {[this](const PullPlan& plan) { return Confirm(plan); },
          [this](const PullProgress& progress) { Progress(progress); }, [this](absl::string_view text) { Note(text); },
          [] { return Interrupt::pressed() > 0; }};
}

bool PullDisplay::Confirm(const PullPlan& plan) {
  if (style_ == PullStyle::kJson) {
    PrintJson({{"event", "plan"},
               {"repo", plan.repo},
               {"hub", reckon_hub::HubKey(plan.hub)},
               {"revision", plan.commit},
               {"folder", plan.folder.string()},
               {"files", plan.files.size()},
               {"bytes", plan.total_bytes},
               {"missing_bytes", plan.missing_bytes}});
  } else if (style_ == PullStyle::kPerson) {
    PrintError(absl::StrCat(Describe(plan), "\n"));
  }
  const bool ask =
      ask_ && plan.missing_bytes > 0 && style_ != PullStyle::kJson && StdinIsTerminal() && StderrIsTerminal();
  return !ask || AskYesNo(absl::StrCat("Fetch it to ", plan.folder.string(), "?"), true);
}

void PullDisplay::Progress(const PullProgress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (progress.stage != stage_) {
    stage_ = progress.stage;
    meter_ = reckon_hub::RateMeter();
  }
  meter_.Add(now, progress.done);
  if (now < next_ || progress.total <= 0) return;
  const double eta = meter_.SecondsUntil(progress.total);
  if (style_ == PullStyle::kJson) {
    next_ = now + kJsonTime;
    PrintJson({{"event", "progress"},
               {"stage", Name(progress.stage)},
               {"done", progress.done},
               {"total", progress.total},
               {"bytes_per_second", static_cast<int64_t>(meter_.rate())},
               {"eta_s", eta < 0 ? ordered_json() : ordered_json(eta)}});
    return;
  }
  if (style_ == PullStyle::kQuiet) return;
  const double share = std::clamp(static_cast<double>(progress.done) / static_cast<double>(progress.total), 0.0, 1.0);
  const std::string figures = absl::StrFormat(
      "%3.0f%%  %s of %s  %s/s  %s", share * 100, FormatBytes(progress.done), FormatBytes(progress.total),
      FormatBytes(static_cast<int64_t>(meter_.rate())), reckon_hub::FormatSeconds(eta));
  if (StderrIsTerminal()) {
    next_ = now + kRedrawTime;
    const int filled = static_cast<int>(share * kBarWidth);
    PrintError(absl::StrFormat("\r\033[K%s [%s%s] %s", Name(progress.stage), std::string(filled, '#'),
                               std::string(kBarWidth - filled, '.'), figures));
    drawn_ = true;
  } else if (now - start_ >= kLineTime) {
    next_ = now + kLineTime;
    PrintError(absl::StrCat(Name(progress.stage), ": ", figures, "\n"));
  }
}

void PullDisplay::Note(absl::string_view text) {
  if (style_ == PullStyle::kJson) {
    PrintJson({{"event", "note"}, {"text", std::string(text)}});
    return;
  }
  Clear();
  PrintError(absl::StrCat("reckon: ", text, "\n"));
}

void PullDisplay::Done(const reckon_hub::PullResult& result) {
  Clear();
  if (style_ == PullStyle::kJson) {
    PrintJson({{"event", "done"},
               {"path", result.path.string()},
               {"folder", result.plan.folder.string()},
               {"files", result.plan.files.size()},
               {"bytes", result.plan.total_bytes},
               {"fetched_bytes", result.fetched_bytes},
               {"reused_bytes", result.reused_bytes},
               {"repaired_parts", result.repaired_parts}});
    return;
  }
  if (style_ == PullStyle::kPerson) {
    PrintError(absl::StrCat("[", FormatBytes(result.fetched_bytes), " fetched and verified, ",
                            FormatBytes(result.reused_bytes), " were there]\n"));
  }
}

void PullDisplay::Clear() {
  if (drawn_) PrintError("\r\033[K");
  drawn_ = false;
}

}  // namespace reckon_cli
