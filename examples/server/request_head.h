// The head of a request, read with suspicion: what is not plain HTTP/1.x is refused before the HTTP library sees it.
#ifndef RECKON_EXAMPLES_SERVER_REQUEST_HEAD_H_
#define RECKON_EXAMPLES_SERVER_REQUEST_HEAD_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/api_error.h"

namespace reckon_server {

struct RequestHead {
  std::string method;
  std::string path;  // without the query
  bool keep_alive = true;
  bool expects_continue = false;
  size_t content_length = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case

  // The value of a header that came once; empty if it is absent.
  absl::string_view Get(absl::string_view name) const;
};

// Reads a head, the empty line at its end included. `max_body` is the most that Content-Length may say.
// Errors: 400 (not HTTP; two meanings: repeated Host, Content-Length or Authorization), 411 (a body in chunks), 413,
// 415
//   (a body that is not JSON, or compressed).
std::optional<ApiError> ParseHead(absl::string_view text, size_t max_body, RequestHead& head);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_REQUEST_HEAD_H_
