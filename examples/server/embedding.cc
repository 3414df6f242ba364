#include "server/embedding.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"

namespace reckon_server {
namespace {

constexpr size_t kTexts = 2048;
// Rows of a text that are read in one turn: few while others wait for theirs.
constexpr int64_t kSharedRows = 32;

// IEEE 754, least significant byte first.
std::string Base64(const std::vector<float>& vector) {
  std::string bytes;
  for (const float value : vector) {
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(bits >> shift));
  }
  return absl::Base64Escape(bytes);
}

}  // namespace

std::optional<ApiError> ParseEmbeddingRequest(absl::string_view body, EmbeddingRequest& request) {
  request = {};
  return ReadObject(body, [&request](const Json& root) {
    if (const Json* model = Find(root, "model")) request.model = String(*model, "model");
    request.inputs = Inputs(root, "input", kTexts);
    if (Find(root, "dimensions") != nullptr) {
      RefuseMember("dimensions", "is not supported: vectors have the model's own size");
    }
    const Json* format = Find(root, "encoding_format");
    if (format == nullptr) return;
    request.base64 = *format == "base64";
    if (!request.base64 && *format != "float") RefuseMember("encoding_format", "must be float or base64");
  });
}

absl::StatusOr<std::vector<float>> EmbedInTurns(reckon::Session& session, Turns& turns,
                                                absl::Span<const reckon::TokenId> text, reckon::Pooling pooling,
                                                const reckon::CancelToken& cancel) {
  const auto gone = [] { return absl::CancelledError("the request was cancelled"); };
  bool held = turns.Begin(cancel);
  if (!held) return gone();
  reckon::EmbedOptions options;
  options.pooling = pooling;
  options.chunk = turns.contended() ? kSharedRows : 0;
  options.cancel = cancel;
  options.progress = [&](int64_t done, int64_t total) {
    if (done == total || !turns.contended()) return;
    turns.End();
    held = turns.Begin(cancel);  // false only if it was cancelled, and then so is the rest
  };
  absl::StatusOr<std::vector<float>> vector = session.Embed(text, options);
  if (held) turns.End();
  return vector;
}

OrderedJson EmbeddingReply(const EmbeddingRequest& request, const std::vector<std::vector<float>>& vectors,
                           const std::string& model, const RequestCost& cost) {
  OrderedJson reply;
  reply["object"] = "list";
  reply["data"] = OrderedJson::array();
  for (size_t i = 0; i < vectors.size(); ++i) {
    OrderedJson one = {{"object", "embedding"}, {"index", i}};
    one["embedding"] = request.base64 ? OrderedJson(Base64(vectors[i])) : OrderedJson(vectors[i]);
    reply["data"].push_back(std::move(one));
  }
  reply["model"] = model;
  reply["usage"] = {{"prompt_tokens", cost.prompt_tokens}, {"total_tokens", cost.prompt_tokens}};
  return reply;
}

}  // namespace reckon_server
