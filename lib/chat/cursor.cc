#include "chat/cursor.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "base/status.h"

namespace reckon {

int64_t Cursor::CommonPrefix(absl::Span<const TokenId> prompt) const {
  const absl::Span<const TokenId> held = stream_->tokens();
  return std::mismatch(held.begin(), held.end(), prompt.begin(), prompt.end()).first - held.begin();
}

absl::Status Cursor::Truncate(int64_t length) {
  const int64_t gone = stream_->length() - length;
  RECKON_RETURN_IF_ERROR(stream_->Truncate(length));
  sampler_.Rewind(static_cast<size_t>(gone));
  return absl::OkStatus();
}

absl::Status Cursor::Read(absl::Span<const TokenId> prompt, int64_t known, int64_t chunk, const CancelToken& cancel,
                          absl::FunctionRef<bool(int64_t, int64_t)> on_progress) {
  RECKON_RETURN_IF_ERROR(Truncate(known));
  const absl::Span<const TokenId> rest = prompt.subspan(static_cast<size_t>(known));
  const int64_t total = static_cast<int64_t>(rest.size());
  for (int64_t done = 0; done < total;) {
    const absl::Span<const TokenId> part = rest.subspan(static_cast<size_t>(done), static_cast<size_t>(chunk));
    RECKON_RETURN_IF_ERROR(stream_->Append(part, cancel));
    Tell(part);
    done += static_cast<int64_t>(part.size());
    if (!on_progress(done, total)) return absl::CancelledError("the turn was cancelled by its callback");
  }
  return absl::OkStatus();
}

absl::StatusOr<TokenId> Cursor::Pick(absl::Span<const LogitNudge> nudges, const CancelToken& cancel) {
  if (behind_) RestoreSampler(sampler_);
  RECKON_ASSIGN_OR_RETURN(absl::Span<const float> logits, stream_->Logits(cancel));
  if (!nudges.empty()) {
    nudged_.assign(logits.begin(), logits.end());
    for (const LogitNudge& nudge : nudges) nudged_[static_cast<size_t>(nudge.token)] += nudge.value;
    logits = nudged_;
  }
  RECKON_ASSIGN_OR_RETURN(const TokenId token, sampler_.Sample(logits));
  RECKON_RETURN_IF_ERROR(Push(token));
  return token;
}

absl::Status Cursor::Push(TokenId token) {
  RECKON_RETURN_IF_ERROR(stream_->Push(token));
  Tell(absl::MakeConstSpan(&token, 1));
  return absl::OkStatus();
}

void Cursor::Tell(absl::Span<const TokenId> tokens) {
  if (behind_) return;  // it will be told everything
  behind_ = true;
  sampler_.Accept(tokens);
  behind_ = false;
}

void Cursor::RestoreSampler(Sampler earlier) {
  earlier.Rewind(std::numeric_limits<size_t>::max());
  earlier.Accept(stream_->tokens());
  sampler_ = std::move(earlier);
  behind_ = false;
}

}  // namespace reckon
