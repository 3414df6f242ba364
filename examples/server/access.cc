#include "server/access.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace reckon_server {
namespace {

// "localhost:7860" to "localhost", "[::1]:7860" to "[::1]", in lower case.
std::string WithoutPort(absl::string_view host) {
  const size_t from = absl::StartsWith(host, "[") ? std::min(host.find(']'), host.size()) : 0;
  return absl::AsciiStrToLower(host.substr(0, host.find(':', from)));
}

bool IsAllowedHost(const ServerOptions& options, absl::string_view host) {
  const std::string name = WithoutPort(host);
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]") return true;
  return std::any_of(options.host_names.begin(), options.host_names.end(),
                     [&name](const std::string& allowed) { return absl::AsciiStrToLower(allowed) == name; });
}

bool IsNamedOrigin(const ServerOptions& options, absl::string_view origin) {
  return std::find(options.origins.begin(), options.origins.end(), origin) != options.origins.end();
}

}  // namespace

bool SecretsEqual(absl::string_view given, absl::string_view secret) {
  size_t difference = given.size() ^ secret.size();
  for (size_t i = 0; i < given.size(); ++i) {
    const char other = secret.empty() ? '\0' : secret[i % secret.size()];
    difference |= static_cast<size_t>(static_cast<unsigned char>(given[i]) ^ static_cast<unsigned char>(other));
  }
  return difference == 0;
}

std::optional<size_t> FindKey(const ServerOptions& options, absl::string_view authorization) {
  if (options.api_keys.empty()) return 0;
  const bool bearer = absl::StartsWithIgnoreCase(authorization, "Bearer ");
  const absl::string_view given = bearer ? absl::StripAsciiWhitespace(authorization.substr(7)) : "";
  std::optional<size_t> found;
  for (size_t i = 0; i < options.api_keys.size(); ++i) {
    if (SecretsEqual(given, options.api_keys[i]) && !given.empty()) found = i;
  }
  return found;
}

std::optional<ApiError> CheckHostAndOrigin(const ServerOptions& options, const RequestHead& head) {
  const absl::string_view host = head.Get("host");
  if (!IsAllowedHost(options, host)) {
    return ApiError{.status = 403,
                    .message = absl::StrCat("the host name \"", host.substr(0, 100),
                                            "\" is not accepted; --allowed-host NAME allows it"),
                    .code = "host_not_allowed"};
  }
  const absl::string_view origin = head.Get("origin");
  // A page that this server itself handed out.
  if (origin.empty() || origin == absl::StrCat("http://", host) || IsNamedOrigin(options, origin)) return std::nullopt;
  return ApiError{.status = 403,
                  .message = absl::StrCat("web pages from \"", origin.substr(0, 100),
                                          "\" may not call this server; --allow-origin ORIGIN allows it"),
                  .code = "origin_not_allowed"};
}

std::string AllowedOrigin(const ServerOptions& options, const RequestHead& head) {
  const absl::string_view origin = head.Get("origin");
  return !origin.empty() && IsNamedOrigin(options, origin) ? std::string(origin) : "";
}

}  // namespace reckon_server
