#include "server/metrics.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace reckon_server {
namespace {

void Add(std::string& text, absl::string_view name, absl::string_view type, absl::string_view help) {
  absl::StrAppend(&text, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n");
}

template <typename T>
void AddOne(std::string& text, absl::string_view name, absl::string_view type, absl::string_view help, T value) {
  Add(text, name, type, help);
  absl::StrAppend(&text, name, " ", value, "\n");
}

}  // namespace

void Metrics::Count(int status, const RequestCost& cost, double seconds) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++by_status_[status];
  total_.prompt_tokens += cost.prompt_tokens;
  total_.cached_tokens += cost.cached_tokens;
  total_.completion_tokens += cost.completion_tokens;
  total_.reasoning_tokens += cost.reasoning_tokens;
  seconds_ += seconds;
}

void Metrics::CountDisconnect() {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++disconnects_;
}

std::string Metrics::Text(const SlotFigures& slots) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::string text;
  Add(text, "reckon_requests_total", "counter", "Requests answered, by HTTP status.");
  for (const auto& [status, count] : by_status_) {
    absl::StrAppend(&text, "reckon_requests_total{status=\"", status, "\"} ", count, "\n");
  }
  AddOne(text, "reckon_request_seconds_total", "counter", "Time from a request's first byte to its answer's last.",
         seconds_);
  AddOne(text, "reckon_prompt_tokens_total", "counter", "Tokens of prompts.", total_.prompt_tokens);
  AddOne(text, "reckon_cached_tokens_total", "counter", "Tokens of prompts that were in the cache.",
         total_.cached_tokens);
  AddOne(text, "reckon_completion_tokens_total", "counter", "Tokens generated.", total_.completion_tokens);
  AddOne(text, "reckon_reasoning_tokens_total", "counter", "Tokens generated as reasoning.", total_.reasoning_tokens);
  AddOne(text, "reckon_disconnects_total", "counter", "Requests cancelled because their client had gone.",
         disconnects_);
  AddOne(text, "reckon_slots_active", "gauge", "Requests that generate now.", slots.active);
  AddOne(text, "reckon_queue_length", "gauge", "Requests that wait for a slot now.", slots.waiting);
  AddOne(text, "reckon_context_tokens", "gauge", "Tokens that sessions hold now, idle ones included.",
         slots.context_tokens);
  AddOne(text, "reckon_session_bytes", "gauge", "Memory that sessions hold now.", slots.memory_bytes);
  return text;
}

}  // namespace reckon_server
