// A place in a stream of tokens that moves along with the sampler.
#ifndef RECKON_LIB_CHAT_CURSOR_H_
#define RECKON_LIB_CHAT_CURSOR_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "chat/token_stream.h"
#include "reckon/cancel.h"
#include "reckon/sampler.h"
#include "reckon/types.h"

namespace reckon {

// Added to the logits of one token. 0 changes nothing.
struct LogitNudge {
  TokenId token = -1;
  float value = 0;
};

// When it picks a token, the sampler's history equals the stream's tokens.
class Cursor {
 public:
  Cursor(std::unique_ptr<TokenStream> stream, Sampler sampler)
      : stream_(std::move(stream)), sampler_(std::move(sampler)), behind_(stream_->length() > 0) {}

  TokenStream& stream() { return *stream_; }
  const TokenStream& stream() const { return *stream_; }
  const Sampler& sampler() const { return sampler_; }

  // How much of `prompt` the stream begins with.
  int64_t CommonPrefix(absl::Span<const TokenId> prompt) const;
  // Forgets all tokens from `length` on.
  absl::Status Truncate(int64_t length);
  // Makes the stream hold exactly `prompt`, of which it begins with `known` tokens already. Reads `chunk` tokens at a
  // time and calls on_progress(done, total) after each; false ends the call with CANCELLED. After an error the stream
  // holds a prefix of the prompt.
  absl::Status Read(absl::Span<const TokenId> prompt, int64_t known, int64_t chunk, const CancelToken& cancel,
                    absl::FunctionRef<bool(int64_t done, int64_t total)> on_progress);
  // Picks the next token and adds it.
  absl::StatusOr<TokenId> Pick(absl::Span<const LogitNudge> nudges, const CancelToken& cancel);
  // Adds a token that nobody picked.
  absl::Status Push(TokenId token);

  // Takes the sampler back to an earlier state of its random numbers; its history stays that of the stream.
  void RestoreSampler(Sampler earlier);

 private:
  // The sampler about tokens that are new in the stream.
  void Tell(absl::Span<const TokenId> tokens);

  std::unique_ptr<TokenStream> stream_;
  Sampler sampler_;
  std::vector<float> nudged_;
  bool behind_;  // the sampler was not told what happened to the stream; memory may run out between the two
};

}  // namespace reckon

#endif  // RECKON_LIB_CHAT_CURSOR_H_
