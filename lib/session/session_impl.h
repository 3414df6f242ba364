#ifndef RECKON_LIB_SESSION_SESSION_IMPL_H_
#define RECKON_LIB_SESSION_SESSION_IMPL_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "decoder/kv_cache.h"
#include "decoder/scratch.h"
#include "reckon/session.h"
#include "session/model_impl.h"

namespace reckon {

// The sequence has three lengths: tokens_.size(), of which the first computed_ have their keys and values in the cache;
// and if output_valid_, scratch_.normed begins with the output behind the last token, so that logits cost one product.
class Session::Impl {
 public:
  Impl(Model model, const SessionOptions& options, Scratch scratch)
      : model_(std::move(model)), options_(options), cache_(model_.impl().shape.kv), scratch_(std::move(scratch)) {}

  absl::Status Append(absl::Span<const TokenId> tokens, const AppendOptions& options);
  absl::StatusOr<TokenId> Next(Sampler& sampler, const CancelToken& cancel);
  absl::Status Push(TokenId token);
  absl::StatusOr<absl::Span<const float>> Logits(const CancelToken& cancel);
  absl::Status Truncate(int64_t length);

  // Runs `tokens` behind the sequence without adding them, and calls visit(first, count, logits [count][vocab]) for all
  // of them, a few rows at a time, in order.
  absl::Status Probe(absl::Span<const TokenId> tokens, const AppendOptions& options,
                     absl::FunctionRef<void(int64_t first, int64_t count, const float* logits)> visit);

  // The pooled outputs for `tokens` behind the sequence. Shapes: [hidden_size].
  absl::StatusOr<std::vector<float>> Embed(absl::Span<const TokenId> tokens, const EmbedOptions& options);

  absl::StatusOr<std::unique_ptr<Impl>> Fork() const;

  const KvCache& cache() const { return cache_; }
  int64_t computed() const { return computed_; }
  // Puts a sequence in the place of the present one, of which the first `computed` tokens are in `cache`.
  void Replace(std::vector<TokenId> tokens, int64_t computed, KvCache cache);

  absl::Status CheckTokens(absl::Span<const TokenId> tokens) const;
  const Model& model() const { return model_; }
  const std::vector<TokenId>& tokens() const { return tokens_; }
  int64_t length() const { return static_cast<int64_t>(tokens_.size()); }
  int64_t max_context() const { return options_.max_context; }
  int64_t memory_bytes() const { return cache_.bytes() + scratch_.bytes(); }

  std::atomic<bool> busy{false};

 private:
  using Progress = std::function<void(int64_t done, int64_t total)>;
  // Runs `tokens` behind the sequence without adding them, at most `chunk` at once, and calls visit(first, count) when
  // the outputs for tokens [first, first + count) are in scratch_.normed.
  absl::Status Visit(absl::Span<const TokenId> tokens, int64_t chunk, const Progress& progress,
                     const CancelToken& cancel, absl::FunctionRef<absl::Status(int64_t first, int64_t count)> visit);
  // Computes everything that is not computed, so that the output is valid. progress (or null) counts from `from`.
  absl::Status Compute(int64_t from, const Progress& progress, const CancelToken& cancel);
  absl::Status ComputeAsRotated(int64_t from, const Progress& progress, const CancelToken& cancel);
  // Forgets what was computed if a sequence of `length` tokens is rotated otherwise than the one in the cache was.
  void SettleRotation(int64_t length);
  // Forgets what was computed at and past `length`.
  void Forget(int64_t length);

  Model model_;
  SessionOptions options_;  // max_context and prefill_chunk settled
  KvCache cache_;
  Scratch scratch_;
  std::vector<TokenId> tokens_;
  int64_t computed_ = 0;
  bool output_valid_ = false;
  bool logits_valid_ = false;
};

}  // namespace reckon

#endif  // RECKON_LIB_SESSION_SESSION_IMPL_H_
