#include "session/session_impl.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "base/status_details.h"

namespace reckon {
namespace {

// Rows of logits that Probe() holds at once: enough to read the lm_head once for several, few enough for any
// vocabulary.
constexpr int64_t kProbeRows = 8;

}  // namespace

absl::Status Session::Impl::CheckTokens(absl::Span<const TokenId> tokens) const {
  const int64_t vocab_size = model_.info().vocab_size;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= vocab_size) {
      absl::Status status = absl::InvalidArgumentError(
          absl::StrCat("token ", tokens[i], " at index ", i, " is outside the vocabulary of ", vocab_size));
      SetDetail(status, StatusDetail::kTokenIndex, static_cast<int64_t>(i));
      return status;
    }
  }
  const int64_t free = options_.max_context - length();
  if (static_cast<int64_t>(tokens.size()) > free) {
    return absl::ResourceExhaustedError(absl::StrCat("the context is full: ", tokens.size(),
                                                     " tokens do not fit behind ", length(),
                                                     " with max_context = ", options_.max_context));
  }
  return absl::OkStatus();
}

void Session::Impl::Forget(int64_t length) {
  computed_ = std::min(computed_, length);
  // What is left of a longer sequence is of no use to itself if it was rotated as a part of that one.
  if (model_.impl().decoder->RopeVariantFor(computed_) != cache_.rope_variant()) computed_ = 0;
  cache_.Truncate(computed_);
  output_valid_ = false;
  logits_valid_ = false;
}

void Session::Impl::SettleRotation(int64_t length) {
  const int variant = model_.impl().decoder->RopeVariantFor(length);
  if (variant == cache_.rope_variant()) return;
  Forget(0);
  cache_.set_rope_variant(variant);
}

absl::Status Session::Impl::Compute(int64_t from, const Progress& progress, const CancelToken& cancel) {
  SettleRotation(length());
  return ComputeAsRotated(from, progress, cancel);
}

absl::Status Session::Impl::ComputeAsRotated(int64_t from, const Progress& progress, const CancelToken& cancel) {
  if (output_valid_ && computed_ == length()) return absl::OkStatus();
  if (tokens_.empty()) return absl::FailedPreconditionError("the session is empty: append at least one token first");
  // The output behind the last token is needed, also if only its keys and values are there (after Truncate).
  int64_t done = std::min(computed_, length() - 1);
  output_valid_ = false;
  logits_valid_ = false;
  while (done < length()) {
    const int64_t rows = std::min(options_.prefill_chunk, length() - done);
    const int64_t outputs = done + rows == length() ? 1 : 0;
    auto forget = absl::MakeCleanup([this, done] { Forget(done); });
    RECKON_RETURN_IF_ERROR(model_.impl().decoder->Forward(
        absl::MakeConstSpan(tokens_).subspan(static_cast<size_t>(done), static_cast<size_t>(rows)), done, outputs,
        cache_, scratch_, cancel));
    std::move(forget).Cancel();
    done += rows;
    computed_ = done;
    output_valid_ = done == length();
    if (progress && done > from) progress(done - from, length() - from);
  }
  return absl::OkStatus();
}

absl::Status Session::Impl::Append(absl::Span<const TokenId> tokens, const AppendOptions& options) {
  RECKON_RETURN_IF_ERROR(CheckTokens(tokens));
  if (tokens.empty()) return absl::OkStatus();
  const int64_t before = length();
  tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
  auto undo = absl::MakeCleanup([this, before] {
    tokens_.resize(static_cast<size_t>(before));
    Forget(before);
  });
  RECKON_RETURN_IF_ERROR(Compute(before, options.progress, options.cancel));
  std::move(undo).Cancel();
  return absl::OkStatus();
}

absl::StatusOr<absl::Span<const float>> Session::Impl::Logits(const CancelToken& cancel) {
  RECKON_RETURN_IF_ERROR(Compute(length(), nullptr, cancel));
  if (!logits_valid_) {
    model_.impl().decoder->Logits(0, 1, scratch_, scratch_.logits);
    logits_valid_ = true;
  }
  return absl::MakeConstSpan(scratch_.logits, static_cast<size_t>(model_.info().vocab_size));
}

absl::StatusOr<TokenId> Session::Impl::Next(Sampler& sampler, const CancelToken& cancel) {
  if (length() >= options_.max_context) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the context is full: max_context = ", options_.max_context, " tokens"));
  }
  RECKON_ASSIGN_OR_RETURN(const absl::Span<const float> logits, Logits(cancel));
  RECKON_ASSIGN_OR_RETURN(const TokenId token, sampler.Sample(logits));
  tokens_.push_back(token);
  auto undo = absl::MakeCleanup([this] { tokens_.pop_back(); });
  sampler.Accept(token);
  std::move(undo).Cancel();
  return token;
}

absl::Status Session::Impl::Push(TokenId token) {
  RECKON_RETURN_IF_ERROR(CheckTokens(absl::MakeConstSpan(&token, 1)));
  tokens_.push_back(token);
  return absl::OkStatus();
}

absl::Status Session::Impl::Truncate(int64_t length) {
  if (length < 0 || length > this->length()) {
    return absl::OutOfRangeError(
        absl::StrCat("cannot truncate to ", length, ": the session holds ", this->length(), " tokens"));
  }
  if (length == this->length()) return absl::OkStatus();
  tokens_.resize(static_cast<size_t>(length));
  Forget(length);
  return absl::OkStatus();
}

void Session::Impl::Replace(std::vector<TokenId> tokens, int64_t computed, KvCache cache) {
  cache_ = std::move(cache);
  tokens_ = std::move(tokens);
  computed_ = computed;
  cache_.set_rope_variant(model_.impl().decoder->RopeVariantFor(computed));
  Forget(computed);
}

absl::Status Session::Impl::Visit(absl::Span<const TokenId> tokens, int64_t chunk, const Progress& progress,
                                  const CancelToken& cancel, absl::FunctionRef<absl::Status(int64_t, int64_t)> visit) {
  const int64_t before = length();
  const int64_t total = static_cast<int64_t>(tokens.size());
  // What stands before is part of the longer sequence.
  SettleRotation(before + total);
  if (before > 0) RECKON_RETURN_IF_ERROR(ComputeAsRotated(before, nullptr, cancel));
  const auto forget = absl::MakeCleanup([this, before] { Forget(before); });
  for (int64_t done = 0; done < total;) {
    const int64_t rows = std::min(chunk, total - done);
    RECKON_RETURN_IF_ERROR(
        model_.impl().decoder->Forward(tokens.subspan(static_cast<size_t>(done), static_cast<size_t>(rows)),
                                       before + done, rows, cache_, scratch_, cancel));
    RECKON_RETURN_IF_ERROR(visit(done, rows));
    done += rows;
    if (progress) progress(done, total);
  }
  return absl::OkStatus();
}

absl::Status Session::Impl::Probe(absl::Span<const TokenId> tokens, const AppendOptions& options,
                                  absl::FunctionRef<void(int64_t, int64_t, const float*)> visit) {
  RECKON_RETURN_IF_ERROR(CheckTokens(tokens));
  const int64_t total = static_cast<int64_t>(tokens.size());
  RECKON_ASSIGN_OR_RETURN(
      AlignedBuffer logits,
      AlignedBuffer::Allocate(std::min(kProbeRows, total) * model_.info().vocab_size * 4, "logits"));
  const auto visit_rows = [&](int64_t first, int64_t rows) -> absl::Status {
    for (int64_t row = 0; row < rows; row += kProbeRows) {
      const int64_t count = std::min(kProbeRows, rows - row);
      model_.impl().decoder->Logits(row, count, scratch_, logits.as<float>());
      visit(first + row, count, logits.as<float>());
      if (options.cancel.cancelled()) return absl::CancelledError("the computation was cancelled");
    }
    return absl::OkStatus();
  };
  return Visit(tokens, options_.prefill_chunk, options.progress, options.cancel, visit_rows);
}

absl::StatusOr<std::vector<float>> Session::Impl::Embed(absl::Span<const TokenId> tokens, const EmbedOptions& options) {
  RECKON_RETURN_IF_ERROR(CheckTokens(tokens));
  if (tokens.empty()) return absl::InvalidArgumentError("there are no tokens to make a vector of");
  if (options.chunk < 0) {
    return absl::InvalidArgumentError(absl::StrCat("EmbedOptions::chunk is ", options.chunk, "; it must be 0 or more"));
  }
  const size_t hidden = static_cast<size_t>(model_.info().hidden_size);
  const int64_t total = static_cast<int64_t>(tokens.size());
  const int64_t chunk = options.chunk == 0 ? options_.prefill_chunk : std::min(options.chunk, options_.prefill_chunk);
  // In the order of the tokens, so that the sums do not depend on how they were cut.
  std::vector<double> sum(hidden);
  int64_t pooled = 0;
  const auto pool = [&](int64_t first, int64_t rows) {
    for (int64_t row = options.pooling == Pooling::kMean ? 0 : rows - 1; row < rows; ++row) {
      if (options.pooling == Pooling::kLast && first + row != total - 1) continue;
      const float* const values = scratch_.normed + static_cast<size_t>(row) * hidden;
      for (size_t i = 0; i < hidden; ++i) sum[i] += values[i];
      ++pooled;
    }
    return absl::OkStatus();
  };
  RECKON_RETURN_IF_ERROR(Visit(tokens, chunk, options.progress, options.cancel, pool));
  double divisor = static_cast<double>(pooled);
  if (options.normalize) {
    double squares = 0;
    for (const double value : sum) squares += value * value;
    if (squares > 0) divisor = std::sqrt(squares);
  }
  std::vector<float> vector(hidden);
  for (size_t i = 0; i < hidden; ++i) vector[i] = static_cast<float>(sum[i] / divisor);
  return vector;
}

absl::StatusOr<std::unique_ptr<Session::Impl>> Session::Impl::Fork() const {
  const ModelShape& shape = model_.impl().shape;
  RECKON_ASSIGN_OR_RETURN(Scratch scratch,
                          Scratch::Create(shape.scratch, options_.prefill_chunk, options_.max_context));
  auto fork = std::make_unique<Impl>(model_, options_, std::move(scratch));
  fork->cache_ = cache_;
  fork->tokens_ = tokens_;
  fork->computed_ = computed_;
  return fork;
}

}  // namespace reckon
