// What a chat needs of a session. Tests put a script in a model's place.
#ifndef RECKON_LIB_CHAT_TOKEN_STREAM_H_
#define RECKON_LIB_CHAT_TOKEN_STREAM_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "reckon/cancel.h"
#include "reckon/session.h"
#include "reckon/types.h"

namespace reckon {

// The members are those of Session, with its promises.
class TokenStream {
 public:
  TokenStream() = default;
  virtual ~TokenStream() = default;
  TokenStream(const TokenStream&) = delete;
  TokenStream& operator=(const TokenStream&) = delete;

  virtual absl::Status Append(absl::Span<const TokenId> tokens, const CancelToken& cancel) = 0;
  virtual absl::Status Push(TokenId token) = 0;
  virtual absl::StatusOr<absl::Span<const float>> Logits(const CancelToken& cancel) = 0;
  virtual absl::Status Truncate(int64_t length) = 0;
  virtual absl::StatusOr<std::unique_ptr<TokenStream>> Fork() const = 0;
  virtual absl::Span<const TokenId> tokens() const = 0;
  virtual int64_t max_context() const = 0;
  virtual int64_t memory_bytes() const = 0;
  // The session, if there is one.
  virtual Session* session() { return nullptr; }
  virtual const Session* session() const { return nullptr; }

  int64_t length() const { return static_cast<int64_t>(tokens().size()); }
};

std::unique_ptr<TokenStream> MakeSessionStream(Session session);

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_TOKEN_STREAM_H_
