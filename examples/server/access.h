// Who may call: by Host, Origin and API key.
#ifndef RECKON_EXAMPLES_SERVER_ACCESS_H_
#define RECKON_EXAMPLES_SERVER_ACCESS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/api_error.h"
#include "server/options.h"
#include "server/request_head.h"

namespace reckon_server {

// Whether two secrets are equal, in a time that depends on the length of `given` alone.
bool SecretsEqual(absl::string_view given, absl::string_view secret);

// The place of the key in options.api_keys, or nothing. All keys are compared. Without keys in the options: 0.
std::optional<size_t> FindKey(const ServerOptions& options, absl::string_view authorization);

// A web page that was opened under a name whose address was later changed to this machine ("DNS rebinding") sends that
// name as Host; a page from elsewhere sends its Origin. Both are refused unless they are named in the options.
// Errors: 403.
std::optional<ApiError> CheckHostAndOrigin(const ServerOptions& options, const RequestHead& head);

// The origin to name in Access-Control-Allow-Origin, or nothing.
std::string AllowedOrigin(const ServerOptions& options, const RequestHead& head);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_ACCESS_H_
