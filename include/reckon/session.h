// A position in a sequence of tokens: what the model has read and written so far, with its key/value cache.
//
//   absl::StatusOr<reckon::Session> session = reckon::Session::Create(model);
//   absl::Status appended = session->Append(prompt_ids);
//   absl::StatusOr<reckon::TokenId> id = session->Next(sampler);
#ifndef RECKON_SESSION_H_
#define RECKON_SESSION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "reckon/cancel.h"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/types.h"

namespace reckon {

struct SessionOptions {
  // The most tokens that the session may hold; 0: the model's max_position_embeddings. The cache grows in blocks as the
  // context grows, so a large value costs nothing until it is used.
  int64_t max_context = 0;
  // Rows of a prompt that are computed at once. Larger is faster until the caches are full; memory grows with it.
  int64_t prefill_chunk = 512;
};

struct AppendOptions {
  // Called on the calling thread after each chunk with tokens done and total; must not throw.
  std::function<void(int64_t done, int64_t total)> progress{};
  // Ends the call with CANCELLED; the session is then as it was before the call.
  CancelToken cancel{};
};

// How what the model says about each token of a text becomes one vector.
enum class Pooling {
  kMean,  // the mean over all tokens
  kLast,  // the last token, which alone has seen the whole text
};

struct EmbedOptions {
  Pooling pooling = Pooling::kMean;  // which one is right, a model's authors say
  bool normalize = true;             // to Euclidean length 1, so that a scalar product is a cosine
  int64_t chunk = 0;                 // rows that are computed at once; 0 and more than prefill_chunk: prefill_chunk
  // Called on the calling thread after each chunk with tokens done and total; must not throw.
  std::function<void(int64_t done, int64_t total)> progress{};
  CancelToken cancel{};
};

// Threads: one thread at a time. A call into a session that is busy on another thread returns FAILED_PRECONDITION (or,
// for the views, must not be made). Different sessions of one model may run at the same time. All calls are
// transactional: after an error the session is as it was before.
class Session {
 public:
  class Impl;  // lib/session

  // Errors: INVALID_ARGUMENT (options), RESOURCE_EXHAUSTED (the model's memory limit; the message and
  //   MemoryPlan::max_context_that_fits name the largest context that fits).
  [[nodiscard]] static absl::StatusOr<Session> Create(const Model& model, const SessionOptions& options = {});

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // Reads tokens (prefill): computes their keys and values, and the logits behind the last one.
  // Errors: INVALID_ARGUMENT (an id outside the vocabulary), RESOURCE_EXHAUSTED (more than max_context, or no memory),
  //   CANCELLED.
  [[nodiscard]] absl::Status Append(absl::Span<const TokenId> tokens, const AppendOptions& options = {});

  // Takes the next token from the sampler and adds it to the sequence and to the sampler's history. It is computed with
  // the next call that needs it, so that the last token of an answer costs nothing.
  // Errors: FAILED_PRECONDITION (nothing was appended yet), RESOURCE_EXHAUSTED (max_context reached), CANCELLED, and
  //   Sampler::Sample's.
  [[nodiscard]] absl::StatusOr<TokenId> Next(Sampler& sampler, const CancelToken& cancel = CancelToken::Never());

  // Adds a token that the caller picked to the sequence. Like Next's, it is computed with the next call that needs it.
  // Errors: INVALID_ARGUMENT (outside the vocabulary), RESOURCE_EXHAUSTED (max_context reached).
  [[nodiscard]] absl::Status Push(TokenId token);

  // The logits behind the last token. Shapes: [vocab_size] float32. A view: valid until the next call.
  // Errors: FAILED_PRECONDITION (empty session), CANCELLED.
  [[nodiscard]] absl::StatusOr<absl::Span<const float>> Logits(const CancelToken& cancel = CancelToken::Never());

  // Logits behind every one of `tokens`, were they appended; the session stays where it is.
  // Shapes: returns [tokens.size()][vocab_size], row-major. Memory: that, so mind large vocabularies.
  [[nodiscard]] absl::StatusOr<std::vector<float>> AllLogits(absl::Span<const TokenId> tokens,
                                                             const AppendOptions& options = {});

  // ln P(tokens[i] | sequence, tokens[0..i-1]) for each i; the session stays where it is. In an empty session the first
  // entry is NaN: nothing predicts it. Memory: a few rows of logits at a time.
  [[nodiscard]] absl::StatusOr<std::vector<float>> Score(absl::Span<const TokenId> tokens,
                                                         const AppendOptions& options = {});

  // A vector for `tokens`, read behind the sequence (so usually in an empty session); the session stays where it is. It
  // is pooled from the final norm's outputs, transformers' last_hidden_state. For every cutting of the tokens and every
  // number of threads the same bits. Shapes: returns [hidden_size].
  // Errors: INVALID_ARGUMENT (no tokens, an id outside the vocabulary), CANCELLED,
  // RESOURCE_EXHAUSTED (more than max_context, or no memory).
  [[nodiscard]] absl::StatusOr<std::vector<float>> Embed(absl::Span<const TokenId> tokens,
                                                         const EmbedOptions& options = {});

  // Forgets all tokens at and past `length`. Errors: OUT_OF_RANGE if length is not in [0, this->length()].
  [[nodiscard]] absl::Status Truncate(int64_t length);

  // A second session at the same place. The cache is shared by reference until one of the two writes to a block.
  [[nodiscard]] absl::StatusOr<Session> Fork() const;

  // The tokens so far. A view: valid until the next call that changes the session.
  [[nodiscard]] absl::Span<const TokenId> tokens() const;
  [[nodiscard]] int64_t length() const;
  [[nodiscard]] int64_t max_context() const;
  [[nodiscard]] const Model& model() const;
  // Heap memory that this session holds now, in bytes: cache blocks (shared ones count in full) and scratch.
  [[nodiscard]] int64_t memory_bytes() const;

 private:
  friend class SessionSnapshot;  // lib/session
  explicit Session(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace reckon

#endif  // RECKON_SESSION_H_
