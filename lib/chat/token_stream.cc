#include "chat/token_stream.h"

#include <utility>

#include "base/status.h"

namespace reckon {
namespace {

class SessionStream final : public TokenStream {
 public:
  explicit SessionStream(Session session) : session_(std::move(session)) {}

  absl::Status Append(absl::Span<const TokenId> tokens, const CancelToken& cancel) override {
    return session_.Append(tokens, {.progress = {}, .cancel = cancel});
  }
  absl::Status Push(TokenId token) override { return session_.Push(token); }
  absl::StatusOr<absl::Span<const float>> Logits(const CancelToken& cancel) override { return session_.Logits(cancel); }
  absl::Status Truncate(int64_t length) override { return session_.Truncate(length); }
  absl::StatusOr<std::unique_ptr<TokenStream>> Fork() const override {
    RECKON_ASSIGN_OR_RETURN(Session fork, session_.Fork());
    return MakeSessionStream(std::move(fork));
  }
  absl::Span<const TokenId> tokens() const override { return session_.tokens(); }
  int64_t max_context() const override { return session_.max_context(); }
  int64_t memory_bytes() const override { return session_.memory_bytes(); }
  Session* session() override { return &session_; }
  const Session* session() const override { return &session_; }

 private:
  Session session_;
};

}  // namespace

std::unique_ptr<TokenStream> MakeSessionStream(Session session) {
  return std::make_unique<SessionStream>(std::move(session));
}

}  // namespace reckon
