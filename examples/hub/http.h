// Requests by libcurl: only GET, only over http and https, with limits on everything that a server could stretch.
#ifndef RECKON_EXAMPLES_HUB_HTTP_H_
#define RECKON_EXAMPLES_HUB_HTTP_H_

#include <curl/curl.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon_hub {

struct NetworkOptions {
  int connections = 4;  // at once, for all files together
  int retries = 8;      // failures in a row, nothing new coming in between, after which a file is given up
  std::chrono::milliseconds retry_delay{500};      // after the first failure; doubled after each further one
  std::chrono::milliseconds stall_timeout{30000};  // for a connection, and in which something must come; whole seconds
};

// What the head of an answer says, of the last one if there were redirects.
struct Head {
  long status = 0;
  int64_t content_length = -1;
  int64_t range_first = -1;  // "Content-Range: bytes FIRST-LAST/TOTAL"; -1: not said
  int64_t range_last = -1;
  int64_t range_total = -1;
  bool encoded = false;  // compressed, although it was not asked for
  std::optional<std::chrono::seconds> retry_after;
};

// How a request ended. `status` is OK for 200 and 206 with a body that came to its end.
struct Ending {
  absl::Status status;
  bool worth_retrying = false;
  std::optional<std::chrono::seconds> retry_after;
};

// One request. Redirects are followed, at most ten and never from https to http; the header line with the token is not
// sent on to another host, port or scheme. Proxies are those of the environment (http_proxy, https_proxy, all_proxy,
// no_proxy).
class HttpRequest {
 public:
  // The first is called once, before the body; the second with each piece of the body of an answer 200 or 206. False
  // ends the request.
  using OnHead = std::function<bool(const Head&)>;
  using OnBody = std::function<bool(absl::string_view)>;

  HttpRequest(const std::string& url, const std::string& auth_header, const NetworkOptions& network);
  ~HttpRequest();
  HttpRequest(const HttpRequest&) = delete;
  HttpRequest& operator=(const HttpRequest&) = delete;

  void AskForRange(int64_t first, int64_t last);
  void SetCallbacks(OnHead on_head, OnBody on_body);
  // Polled about once a second by Perform().
  void SetCancelled(std::function<bool()> cancelled);

  CURL* handle() const { return handle_.get(); }
  const Head& head() const { return head_; }
  // Without a curl_multi around it.
  Ending Perform();
  // With one: what its CURLcode means.
  Ending End(CURLcode code) const;

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  static size_t TakeHeader(char* data, size_t size, size_t count, void* self);
  static size_t TakeBody(char* data, size_t size, size_t count, void* self);
  static int TakeProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  void ReadHeader(absl::string_view line);
  bool Begin();
  void Add(const std::string& header);
  Ending OfStatus() const;

  std::unique_ptr<CURL, FreeHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::string shown_url_;  // without query: that may hold a signature
  Head head_;
  bool begun_ = false;
  OnHead on_head_;
  OnBody on_body_;
  std::function<bool()> cancelled_;
};

// When to try again after failures in a row.
class Backoff {
 public:
  explicit Backoff(const NetworkOptions& network) : network_(network) {}

  // The time to wait after this failure; nothing if it is not worth it, was one too many, or if the server asks for
  // more than two minutes.
  std::optional<std::chrono::milliseconds> AfterFailure(const Ending& ending);
  void Succeeded() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  NetworkOptions network_;
  int failures_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

// The body of a small answer, with retries. RESOURCE_EXHAUSTED beyond `limit` bytes. `check` sees each body that came,
// and may say UNAVAILABLE to have it fetched again. `note` hears of failures that are tried again.
absl::StatusOr<std::string> FetchText(const std::string& url, const std::string& auth_header, int64_t limit,
                                      const NetworkOptions& network, const std::function<bool()>& cancelled,
                                      const std::function<void(absl::string_view)>& note,
                                      const std::function<absl::Status(const std::string&)>& check);

// "REASON; trying again in 1.5 s".
std::string RetryNote(const Ending& ending, std::chrono::milliseconds wait);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_HTTP_H_
