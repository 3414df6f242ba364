#include "hub/rate_meter.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace reckon_hub {
namespace {

constexpr auto kWindow = std::chrono::seconds(10);
constexpr auto kStep = std::chrono::milliseconds(100);  // closer samples are one

double Seconds(RateMeter::Time::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

void RateMeter::Add(Time now, int64_t done) {
  if (samples_.size() > 1 && now - samples_[samples_.size() - 2].first < kStep) samples_.pop_back();
  samples_.emplace_back(now, done);
  while (samples_.size() > 2 && now - samples_[1].first > kWindow) samples_.pop_front();
}

double RateMeter::rate() const {
  if (samples_.size() < 2) return 0;
  const double seconds = Seconds(samples_.back().first - samples_.front().first);
  const auto bytes = static_cast<double>(samples_.back().second - samples_.front().second);
  return seconds > 0 ? std::max(0.0, bytes / seconds) : 0;
}

double RateMeter::SecondsUntil(int64_t total) const {
  const double speed = rate();
  return speed > 0 ? static_cast<double>(std::max<int64_t>(0, total - samples_.back().second)) / speed : -1;
}

std::string FormatSeconds(double seconds) {
  constexpr double kMost = 100.0 * 3600;
  if (!(seconds >= 0) || seconds >= kMost) return "--:--";
  const long whole = std::lround(std::ceil(seconds));
  if (whole < 3600) return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
  return absl::StrFormat("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace reckon_hub
