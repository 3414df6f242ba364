// How fast something goes, and when it will be done.
#ifndef RECKON_EXAMPLES_HUB_RATE_METER_H_
#define RECKON_EXAMPLES_HUB_RATE_METER_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

namespace reckon_hub {

// Over the last ten seconds.
class RateMeter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `done` in all, at a time not before the last one.
  void Add(Time now, int64_t done);
  // A second; 0 while nothing is known.
  double rate() const;
  // Seconds until `total`; -1 while nothing is known.
  double SecondsUntil(int64_t total) const;

 private:
  std::deque<std::pair<Time, int64_t>> samples_;
};

// "0:07", "12:34", "1:02:03"; "--:--" below 0 and from 100 hours on.
std::string FormatSeconds(double seconds);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_RATE_METER_H_
