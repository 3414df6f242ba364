#include "hub/http.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "reckon/version.h"

namespace reckon_hub {
namespace {

constexpr long kMaxRedirects = 10;
constexpr long kSlowestBytesPerSecond = 256;
constexpr auto kLongestWait = std::chrono::seconds(120);
constexpr auto kLongestDelay = std::chrono::seconds(30);

// Once in the process, before any handle; curl_global_cleanup is left to the process's end.
bool InitCurl() {
  static const bool good = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return good;
}

// "Retry-After: 120" or "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT" (RFC 9110, 10.2.3).
std::optional<std::chrono::seconds> RetryAfter(absl::string_view value) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(value, &seconds)) {
    const time_t when = curl_getdate(std::string(value).c_str(), nullptr);
    if (when < 0) return std::nullopt;
    seconds = static_cast<int64_t>(when) - static_cast<int64_t>(std::time(nullptr));
  }
  return std::chrono::seconds(std::clamp<int64_t>(seconds, 0, 1 << 30));
}

int64_t Number(absl::string_view text) {
  int64_t number = -1;
  return absl::SimpleAtoi(text, &number) && number >= 0 ? number : -1;
}

// Failures that the same request will meet again.
bool IsFinal(CURLcode code, long status) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
      return status != 0;  // a redirect; without a status it is an answer that is not HTTP
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_LOGIN_DENIED:
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
      return true;
    default:
      return false;
  }
}

}  // namespace

HttpRequest::HttpRequest(const std::string& url, const std::string& auth_header, const NetworkOptions& network)
    : handle_(InitCurl() ? curl_easy_init() : nullptr), shown_url_(url.substr(0, url.find('?'))) {
  CURL* const curl = handle_.get();
  if (curl == nullptr) return;
  const bool tls = absl::StartsWithIgnoreCase(url, "https://");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kMaxRedirects);
  curl_easy_setopt(curl, CURLOPT_UNRESTRICTED_AUTH, 0L);
  // With HTTP/2, curl would send all requests through one connection.
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "reckon/" RECKON_VERSION_STRING);
  const long seconds = std::max<long>(1, std::lround(static_cast<double>(network.stall_timeout.count()) / 1000));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, seconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, kSlowestBytesPerSecond);
  for (const char* variable : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* bundle = std::getenv(variable);
    if (bundle == nullptr || bundle[0] == '\0') continue;
    curl_easy_setopt(curl, CURLOPT_CAINFO, bundle);
    break;
  }
  Add("Accept-Encoding: identity");
  if (!auth_header.empty()) Add(auth_header);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, this);
}

HttpRequest::~HttpRequest() = default;

void HttpRequest::Add(const std::string& header) {
  curl_slist* const longer = curl_slist_append(headers_.get(), header.c_str());
  if (longer == nullptr) return;
  static_cast<void>(headers_.release());  // it is part of the longer list
  headers_.reset(longer);
}

void HttpRequest::AskForRange(int64_t first, int64_t last) {
  curl_easy_setopt(handle(), CURLOPT_RANGE, absl::StrCat(first, "-", last).c_str());
}

void HttpRequest::SetCallbacks(OnHead on_head, OnBody on_body) {
  on_head_ = std::move(on_head);
  on_body_ = std::move(on_body);
}

void HttpRequest::SetCancelled(std::function<bool()> cancelled) {
  cancelled_ = std::move(cancelled);
  curl_easy_setopt(handle(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle(), CURLOPT_XFERINFOFUNCTION, TakeProgress);
  curl_easy_setopt(handle(), CURLOPT_XFERINFODATA, this);
}

int HttpRequest::TakeProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<HttpRequest*>(self)->cancelled_() ? 1 : 0;
}

size_t HttpRequest::TakeHeader(char* data, size_t size, size_t count, void* self) {
  static_cast<HttpRequest*>(self)->ReadHeader(absl::StripAsciiWhitespace(absl::string_view(data, size * count)));
  return size * count;
}

void HttpRequest::ReadHeader(absl::string_view line) {
  if (absl::StartsWith(line, "HTTP/")) {  // the next answer, after a redirect
    head_ = Head();
    return;
  }
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(':', 1));
  const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
  if (absl::EqualsIgnoreCase(parts.first, "content-length")) {
    head_.content_length = Number(value);
  } else if (absl::EqualsIgnoreCase(parts.first, "content-encoding")) {
    head_.encoded = !absl::EqualsIgnoreCase(value, "identity") && !value.empty();
  } else if (absl::EqualsIgnoreCase(parts.first, "retry-after")) {
    head_.retry_after = RetryAfter(value);
  } else if (absl::EqualsIgnoreCase(parts.first, "content-range") && absl::StartsWithIgnoreCase(value, "bytes ")) {
    const std::vector<absl::string_view> numbers = absl::StrSplit(value.substr(6), absl::ByAnyChar("-/"));
    if (numbers.size() != 3) return;
    head_.range_first = Number(numbers[0]);
    head_.range_last = Number(numbers[1]);
    head_.range_total = Number(numbers[2]);
  }
}

bool HttpRequest::Begin() {
  if (begun_) return true;
  begun_ = true;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &head_.status);
  return (head_.status == 200 || head_.status == 206) && (!on_head_ || on_head_(head_));
}

size_t HttpRequest::TakeBody(char* data, size_t size, size_t count, void* self) {
  auto* const request = static_cast<HttpRequest*>(self);
  const absl::string_view bytes(data, size * count);
  // Anything but the whole length ends the request; so does that for an empty piece, which curl does not pass.
  return request->Begin() && request->on_body_(bytes) ? bytes.size() : bytes.size() + 1;
}

Ending HttpRequest::Perform() {
  if (handle() == nullptr) return {absl::InternalError("libcurl cannot be initialized"), false, std::nullopt};
  const CURLcode code = curl_easy_perform(handle());
  if (cancelled_ && cancelled_()) return {absl::CancelledError(""), false, std::nullopt};
  return End(code);
}

Ending HttpRequest::OfStatus() const {
  const long status = head_.status;
  const std::string text = absl::StrCat(shown_url_, " answers ", status);
  if (status == 401 || status == 403) {
    return {
        absl::PermissionDeniedError(absl::StrCat(
            text,
            ": there is no such model, or it needs a token (HF_TOKEN, MODELSCOPE_API_TOKEN) whose owner may read it")),
        false, std::nullopt};
  }
  if (status == 404 || status == 410) {
    return {absl::NotFoundError(absl::StrCat(text, ": no such model, revision or file")), false, std::nullopt};
  }
  const bool again = status == 408 || status == 416 || status == 425 || status == 429 || status >= 500;
  return {absl::UnavailableError(text), again, head_.retry_after};
}

Ending HttpRequest::End(CURLcode code) const {
  Ending ending;
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  const bool answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && begun_);
  if (answered && status != 200 && status != 206) return OfStatus();
  if (code == CURLE_OK) return ending;
  ending.worth_retrying = !IsFinal(code, status);
  ending.status = absl::UnavailableError(absl::StrCat(shown_url_, ": ", curl_easy_strerror(code)));
  return ending;
}

std::optional<std::chrono::milliseconds> Backoff::AfterFailure(const Ending& ending) {
  ++failures_;
  if (!ending.worth_retrying || failures_ > network_.retries) return std::nullopt;
  if (ending.retry_after.value_or(std::chrono::seconds(0)) > kLongestWait) return std::nullopt;
  // Many clients that were cut off together must not come back together.
  const double jitter = std::uniform_real_distribution<double>(0.75, 1.25)(random_);
  const double delay =
      std::min(static_cast<double>(network_.retry_delay.count()) * std::exp2(std::min(failures_ - 1, 20)),
               std::chrono::duration<double, std::milli>(kLongestDelay).count());
  const auto wait = std::chrono::milliseconds(static_cast<int64_t>(delay * jitter));
  return std::max<std::chrono::milliseconds>(wait, ending.retry_after.value_or(std::chrono::seconds(0)));
}

std::string RetryNote(const Ending& ending, std::chrono::milliseconds wait) {
  return absl::StrFormat("%s; trying again in %.1f s", std::string(ending.status.message()),
                         static_cast<double>(wait.count()) / 1000);
}

absl::StatusOr<std::string> FetchText(const std::string& url, const std::string& auth_header, int64_t limit,
                                      const NetworkOptions& network, const std::function<bool()>& cancelled,
                                      const std::function<void(absl::string_view)>& note,
                                      const std::function<absl::Status(const std::string&)>& check) {
  Backoff backoff(network);
  for (;;) {
    std::string body;
    bool too_long = false;
    HttpRequest request(url, auth_header, network);
    request.SetCallbacks(nullptr, [&](absl::string_view bytes) {
      too_long = static_cast<int64_t>(body.size() + bytes.size()) > limit;
      if (!too_long) body.append(bytes.data(), bytes.size());
      return !too_long;
    });
    if (request.handle() != nullptr) request.SetCancelled(cancelled);
    Ending ending = request.Perform();
    if (too_long) {
      return absl::ResourceExhaustedError(absl::StrCat("the hub's answer is longer than ", limit, " bytes"));
    }
    if (ending.status.ok()) ending = {check(body), true, std::nullopt};
    if (ending.status.ok()) return body;
    if (!absl::IsUnavailable(ending.status)) return ending.status;
    const std::optional<std::chrono::milliseconds> wait = backoff.AfterFailure(ending);
    if (!wait.has_value()) return ending.status;
    note(RetryNote(ending, *wait));
    const auto until = std::chrono::steady_clock::now() + *wait;
    while (std::chrono::steady_clock::now() < until) {
      if (cancelled()) return absl::CancelledError("");
      std::this_thread::sleep_for(std::min(std::chrono::milliseconds(50), *wait));
    }
  }
}

}  // namespace reckon_hub
