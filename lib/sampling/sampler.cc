#include "reckon/sampler.h"

#include <utility>

#include "base/status.h"
#include "sampling/chain.h"
#include "sampling/history.h"
#include "sampling/options.h"
#include "sampling/penalties.h"
#include "sampling/random.h"

namespace reckon {

class Sampler::Impl {
 public:
  explicit Impl(SamplerOptions options)
      : options_(std::move(options)),
        looks_back_(options_.penalty_window != 0 && (HasPenalties(options_) || options_.dry_multiplier > 0.0f)),
        history_(options_.penalty_window),
        random_(options_.seed),
        chain_(options_) {}

  // The chain is not copied: it refers to its own options, and its memory is only scratch.
  Impl(const Impl& other)
      : options_(other.options_),
        looks_back_(other.looks_back_),
        history_(other.history_),
        random_(other.random_),
        chain_(options_) {}
  Impl& operator=(const Impl&) = delete;
  ~Impl() = default;

  absl::StatusOr<TokenId> Sample(absl::Span<const float> logits) {
    RECKON_RETURN_IF_ERROR(chain_.Run(logits, history_));
    if (chain_.greedy()) return chain_.peak();
    if (options_.xtc_probability > 0.0f && random_.NextDouble() < options_.xtc_probability) chain_.ExcludeTopChoices();
    return chain_.Pick(random_.NextDouble());
  }

  absl::StatusOr<std::vector<float>> Distribution(absl::Span<const float> logits) const {
    Chain chain(options_);
    RECKON_RETURN_IF_ERROR(chain.Run(logits, history_));
    return chain.Probabilities();
  }

  // Nothing is recorded for options that never look back.
  void Accept(absl::Span<const TokenId> tokens) {
    if (!looks_back_) return;
    for (const TokenId token : tokens) history_.Accept(token);
  }

  void Rewind(size_t count) { history_.Rewind(count); }

  void Reset() {
    history_.Clear();
    random_ = Random(options_.seed);
  }

  [[nodiscard]] const SamplerOptions& options() const { return options_; }

 private:
  const SamplerOptions options_;
  const bool looks_back_;
  History history_;
  Random random_;
  Chain chain_;
};

Sampler::Sampler(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sampler::Sampler(const Sampler& other) : impl_(other.impl_ ? std::make_unique<Impl>(*other.impl_) : nullptr) {}
Sampler& Sampler::operator=(const Sampler& other) {
  if (this != &other) impl_ = other.impl_ ? std::make_unique<Impl>(*other.impl_) : nullptr;
  return *this;
}
Sampler::Sampler(Sampler&&) noexcept = default;
Sampler& Sampler::operator=(Sampler&&) noexcept = default;
Sampler::~Sampler() = default;

absl::StatusOr<Sampler> Sampler::Create(SamplerOptions options) {
  RECKON_RETURN_IF_ERROR(ValidateSamplerOptions(options));
  return Sampler(std::make_unique<Impl>(std::move(options)));
}

absl::StatusOr<TokenId> Sampler::Sample(absl::Span<const float> logits) {
  if (impl_ == nullptr) return absl::FailedPreconditionError("the sampler was moved from");
  return impl_->Sample(logits);
}

absl::StatusOr<std::vector<float>> Sampler::Distribution(absl::Span<const float> logits) const {
  if (impl_ == nullptr) return absl::FailedPreconditionError("the sampler was moved from");
  return impl_->Distribution(logits);
}

void Sampler::Accept(TokenId token) { Accept(absl::MakeConstSpan(&token, 1)); }

void Sampler::Accept(absl::Span<const TokenId> tokens) {
  if (impl_ != nullptr) impl_->Accept(tokens);
}

void Sampler::Rewind(size_t count) {
  if (impl_ != nullptr) impl_->Rewind(count);
}

void Sampler::Reset() {
  if (impl_ != nullptr) impl_->Reset();
}

const SamplerOptions& Sampler::options() const {
  static const SamplerOptions kMovedFrom;
  return impl_ != nullptr ? impl_->options() : kMovedFrom;
}

}  // namespace reckon
