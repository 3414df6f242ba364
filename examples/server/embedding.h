// /v1/embeddings: texts to vectors.
#ifndef RECKON_EXAMPLES_SERVER_EMBEDDING_H_
#define RECKON_EXAMPLES_SERVER_EMBEDDING_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "reckon/cancel.h"
#include "reckon/session.h"
#include "server/api_error.h"
#include "server/metrics.h"
#include "server/reply.h"
#include "server/request_json.h"
#include "server/slots.h"

namespace reckon_server {

struct EmbeddingRequest {
  std::string model;  // empty: not named
  std::vector<TextInput> inputs;
  bool base64 = false;  // the floats as bytes, least significant first, in base64
};

// Errors: 400, with the member that is wrong in `param`.
std::optional<ApiError> ParseEmbeddingRequest(absl::string_view body, EmbeddingRequest& request);

// The vector of a text, made in turns with others. `session` is empty, and is so afterwards. Errors: Session::Embed's.
absl::StatusOr<std::vector<float>> EmbedInTurns(reckon::Session& session, Turns& turns,
                                                absl::Span<const reckon::TokenId> text, reckon::Pooling pooling,
                                                const reckon::CancelToken& cancel);

OrderedJson EmbeddingReply(const EmbeddingRequest& request, const std::vector<std::vector<float>>& vectors,
                           const std::string& model, const RequestCost& cost);

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_EMBEDDING_H_
