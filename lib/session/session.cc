#include "reckon/session.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/catch_bad_alloc.h"
#include "base/status.h"
#include "session/session_impl.h"

namespace reckon {
namespace {

// Marks a session as in use while a call is running in it.
class BusyGuard {
 public:
  explicit BusyGuard(std::atomic<bool>& busy)
      : busy_(busy), entered_(!busy.exchange(true, std::memory_order_acquire)) {}
  ~BusyGuard() {
    if (entered_) busy_.store(false, std::memory_order_release);
  }
  BusyGuard(const BusyGuard&) = delete;
  BusyGuard& operator=(const BusyGuard&) = delete;

  absl::Status status() const {
    return entered_ ? absl::OkStatus()
                    : absl::FailedPreconditionError(
                          "the session is in use by another call on another thread; fork it, or "
                          "wait for that call to return");
  }

 private:
  std::atomic<bool>& busy_;
  const bool entered_;
};

// ln softmax(logits)[token]
double LogProbability(const float* logits, int64_t size, TokenId token) {
  const float max = *std::max_element(logits, logits + size);
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) sum += std::exp(static_cast<double>(logits[i]) - max);
  return static_cast<double>(logits[token]) - max - std::log(sum);
}

}  // namespace

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

absl::StatusOr<Session> Session::Create(const Model& model, const SessionOptions& options) {
  return CatchBadAlloc([&]() -> absl::StatusOr<Session> {
    const Model::Impl& impl = model.impl();
    const int64_t model_limit = impl.shape.architecture.max_position_embeddings;
    const int64_t memory_limit = impl.options.memory_limit_bytes;
    if (options.max_context < 0 || options.max_context > model_limit) {
      return absl::InvalidArgumentError(absl::StrCat("SessionOptions::max_context is ", options.max_context,
                                                     "; it must be from 0 to the model's ", model_limit));
    }
    if (options.prefill_chunk < 1 || options.prefill_chunk > 65536) {
      return absl::InvalidArgumentError(
          absl::StrCat("SessionOptions::prefill_chunk is ", options.prefill_chunk, "; it must be from 1 to 65536"));
    }
    SessionOptions settled = options;
    if (settled.max_context == 0) {
      // As much as the model and the memory limit allow.
      settled.max_context = std::max<int64_t>(
          1, PlanMemory(impl.shape, model_limit, options.prefill_chunk, memory_limit).max_context_that_fits);
    }
    settled.prefill_chunk = std::min(settled.prefill_chunk, settled.max_context);
    RECKON_RETURN_IF_ERROR(
        CheckLimit(PlanMemory(impl.shape, settled.max_context, settled.prefill_chunk, memory_limit), memory_limit));
    RECKON_ASSIGN_OR_RETURN(Scratch scratch,
                            Scratch::Create(impl.shape.scratch, settled.prefill_chunk, settled.max_context));
    return Session(std::make_unique<Impl>(model, settled, std::move(scratch)));
  });
}

absl::Status Session::Append(absl::Span<const TokenId> tokens, const AppendOptions& options) {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc([&] { return impl_->Append(tokens, options); });
}

absl::StatusOr<TokenId> Session::Next(Sampler& sampler, const CancelToken& cancel) {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc([&] { return impl_->Next(sampler, cancel); });
}

absl::Status Session::Push(TokenId token) {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc([&] { return impl_->Push(token); });
}

absl::StatusOr<absl::Span<const float>> Session::Logits(const CancelToken& cancel) {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc([&] { return impl_->Logits(cancel); });
}

absl::StatusOr<std::vector<float>> Session::AllLogits(absl::Span<const TokenId> tokens, const AppendOptions& options) {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc([&]() -> absl::StatusOr<std::vector<float>> {
    RECKON_RETURN_IF_ERROR(impl_->CheckTokens(tokens));
    const size_t vocab_size = static_cast<size_t>(impl_->model().info().vocab_size);
    std::vector<float> all(tokens.size() * vocab_size);
    RECKON_RETURN_IF_ERROR(impl_->Probe(tokens, options, [&](int64_t first, int64_t count, const float* logits) {
      std::copy(logits, logits + static_cast<size_t>(count) * vocab_size,
                all.begin() + static_cast<ptrdiff_t>(static_cast<size_t>(first) * vocab_size));
    }));
    return all;
  });
}

absl::StatusOr<std::vector<float>> Session::Score(absl::Span<const TokenId> tokens, const AppendOptions& options) {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc([&]() -> absl::StatusOr<std::vector<float>> {
    RECKON_RETURN_IF_ERROR(impl_->CheckTokens(tokens));
    const int64_t vocab_size = impl_->model().info().vocab_size;
    std::vector<float> scores(tokens.size(), std::numeric_limits<float>::quiet_NaN());
    if (tokens.empty()) return scores;
    if (impl_->length() > 0) {
      RECKON_ASSIGN_OR_RETURN(const absl::Span<const float> logits, impl_->Logits(options.cancel));
      scores[0] = static_cast<float>(LogProbability(logits.data(), vocab_size, tokens[0]));
    }
    const auto visit = [&](int64_t first, int64_t count, const float* logits) {
      for (int64_t i = 0; i < count; ++i) {
        const size_t scored = static_cast<size_t>(first + i + 1);
        scores[scored] = static_cast<float>(LogProbability(logits + i * vocab_size, vocab_size, tokens[scored]));
      }
    };
    RECKON_RETURN_IF_ERROR(impl_->Probe(tokens.first(tokens.size() - 1), options, visit));
    return scores;
  });
}

absl::StatusOr<std::vector<float>> Session::Embed(absl::Span<const TokenId> tokens, const EmbedOptions& options) {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc([&] { return impl_->Embed(tokens, options); });
}

absl::Status Session::Truncate(int64_t length) {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return impl_->Truncate(length);
}

absl::StatusOr<Session> Session::Fork() const {
  const BusyGuard guard(impl_->busy);
  RECKON_RETURN_IF_ERROR(guard.status());
  return CatchBadAlloc([&]() -> absl::StatusOr<Session> {
    RECKON_ASSIGN_OR_RETURN(std::unique_ptr<Impl> fork, impl_->Fork());
    return Session(std::move(fork));
  });
}

absl::Span<const TokenId> Session::tokens() const { return impl_->tokens(); }
int64_t Session::length() const { return impl_->length(); }
int64_t Session::max_context() const { return impl_->max_context(); }
const Model& Session::model() const { return impl_->model(); }
int64_t Session::memory_bytes() const { return impl_->memory_bytes(); }

}  // namespace reckon
