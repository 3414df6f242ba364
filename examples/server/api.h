// The endpoints.
#ifndef RECKON_EXAMPLES_SERVER_API_H_
#define RECKON_EXAMPLES_SERVER_API_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/types/span.h"
#include "httplib.h"
#include "reckon/model.h"
#include "server/api_error.h"
#include "server/http_server.h"
#include "server/metrics.h"
#include "server/options.h"
#include "server/slots.h"

namespace reckon_server {

// Threads: Handle may be called from many at once.
class Api {
 public:
  // `options` and `metrics` must outlive it.
  Api(const ServerOptions& options, const reckon::Model& model, Metrics& metrics);

  void Handle(Call& call, httplib::Response& response);

 private:
  // Errors: 404.
  std::optional<ApiError> CheckModel(const std::string& name) const;
  // A place to work, or nothing and an answer that says why.
  std::unique_ptr<Slots::Lease> Acquire(const Call& call, absl::Span<const reckon::TokenId> prompt,
                                        httplib::Response& response);
  void Embed(Call& call, httplib::Response& response);
  void Generate(Call& call, httplib::Response& response, bool chat);
  void ListModels(const std::string& path, httplib::Response& response) const;

  const ServerOptions& options_;
  const reckon::Model model_;
  Metrics& metrics_;
  const int64_t context_;
  Slots slots_;
  const int64_t created_;
};

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_API_H_
