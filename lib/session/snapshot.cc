#include "session/snapshot.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/digest.h"
#include "base/status.h"
#include "session/session_impl.h"

namespace reckon {
namespace {

// Samples of the weights that a fingerprint takes in: enough to meet every tensor of any model.
constexpr int64_t kSamples = 4096;
constexpr int64_t kSampleBytes = 64;

int64_t BlocksFor(int64_t tokens) { return (tokens + kKvBlock - 1) / kKvBlock; }

}  // namespace

int64_t SessionSnapshot::computed(const Session& session) { return session.impl_->computed(); }

int64_t SessionSnapshot::blocks(const Session& session) { return BlocksFor(computed(session)); }

int64_t SessionSnapshot::block_bytes(const Session& session) { return session.impl_->cache().geometry().block_bytes(); }

absl::Span<const uint8_t> SessionSnapshot::Block(const Session& session, int64_t block) {
  return {session.impl_->cache().Block(block), static_cast<size_t>(block_bytes(session))};
}

absl::Status SessionSnapshot::Restore(Session& session, std::vector<TokenId> tokens, int64_t computed,
                                      absl::FunctionRef<absl::Status(int64_t, absl::Span<uint8_t>)> read,
                                      absl::FunctionRef<absl::Status()> check) {
  const int64_t vocab_size = session.model().info().vocab_size;
  for (const TokenId token : tokens) {
    if (token < 0 || token >= vocab_size) {
      return absl::InvalidArgumentError(absl::StrCat("token ", token, " is outside the vocabulary of ", vocab_size));
    }
  }
  const int64_t length = static_cast<int64_t>(tokens.size());
  if (computed < 0 || computed > length) {
    return absl::InvalidArgumentError(absl::StrCat(computed, " of ", length, " tokens cannot be computed"));
  }
  KvCache cache(session.impl_->cache().geometry());
  const size_t bytes = static_cast<size_t>(block_bytes(session));
  for (int64_t block = 0; block < BlocksFor(computed); ++block) {
    RECKON_RETURN_IF_ERROR(cache.PrepareWrite(block * kKvBlock, (block + 1) * kKvBlock));
    RECKON_RETURN_IF_ERROR(read(block, absl::MakeSpan(cache.Block(block), bytes)));
  }
  RECKON_RETURN_IF_ERROR(check());
  const int64_t kept = std::min(length, session.max_context());
  tokens.resize(static_cast<size_t>(kept));
  session.impl_->Replace(std::move(tokens), std::min(computed, kept), std::move(cache));
  return absl::OkStatus();
}

uint64_t ModelFingerprint(const Model& model) {
  const ModelInfo& info = model.info();
  const std::string shape = absl::StrCat(
      info.architecture, " ", WeightFormatName(info.weights), " ", static_cast<int>(info.kv_cache), " ",
      info.vocab_size, " ", info.hidden_size, " ", info.intermediate_size, " ", info.num_hidden_layers, " ",
      info.num_attention_heads, " ", info.num_key_value_heads, " ", info.head_dim, " ", info.parameters);
  const absl::Span<const uint8_t> weights = model.impl().weights->arena();
  const int64_t size = static_cast<int64_t>(weights.size());
  Digest digest;
  digest.Add(shape);
  const int64_t step = std::max(kSampleBytes, size / kSamples);
  for (int64_t at = 0; at < size; at += step) {
    digest.Add(weights.subspan(static_cast<size_t>(at), static_cast<size_t>(std::min(kSampleBytes, size - at))));
  }
  return digest.value();
}

}  // namespace reckon
