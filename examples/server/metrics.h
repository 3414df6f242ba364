// What the server counts, in the text format of Prometheus.
#ifndef RECKON_EXAMPLES_SERVER_METRICS_H_
#define RECKON_EXAMPLES_SERVER_METRICS_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "server/slots.h"

namespace reckon_server {

// What one request cost.
struct RequestCost {
  int64_t prompt_tokens = 0;
  int64_t cached_tokens = 0;  // of these, whose keys and values were there already
  int64_t completion_tokens = 0;
  int64_t reasoning_tokens = 0;  // of these
};

// Threads: all members are safe.
class Metrics {
 public:
  void Count(int status, const RequestCost& cost, double seconds);
  void CountDisconnect();
  std::string Text(const SlotFigures& slots) const;

 private:
  mutable std::mutex mutex_;
  std::map<int, int64_t> by_status_;
  RequestCost total_;
  double seconds_ = 0;
  int64_t disconnects_ = 0;
};

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_METRICS_H_
