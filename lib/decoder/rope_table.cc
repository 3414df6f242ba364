#include "decoder/rope_table.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace reckon {
namespace {

// YaRN (arXiv 2309.00071, section 3.2): frequencies that turn often within the original context are kept, those that
// turn less than once are interpolated, with a linear ramp between the two over the feature index.
void ScaleYarn(const RopeConfig& config, std::vector<float>* inv_freq) {
  const double dim = static_cast<double>(config.rotary_dim);
  const auto feature_of = [&](double rotations) {
    return dim *
           std::log(static_cast<double>(config.original_max_position_embeddings) / (rotations * 2 * std::numbers::pi)) /
           (2 * std::log(config.theta));
  };
  double low = feature_of(config.beta_fast);
  double high = feature_of(config.beta_slow);
  if (config.truncate) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, dim - 1);
  if (low == high) high += 0.001;
  for (size_t i = 0; i < inv_freq->size(); ++i) {
    const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
    const double kept = (*inv_freq)[i];
    (*inv_freq)[i] = static_cast<float>(kept / config.factor * ramp + kept * (1 - ramp));
  }
}

// Llama 3.1's rule: by wavelength against the original context.
void ScaleLlama3(const RopeConfig& config, std::vector<float>* inv_freq) {
  const double context = static_cast<double>(config.original_max_position_embeddings);
  const double low_wavelength = context / config.low_freq_factor;
  const double high_wavelength = context / config.high_freq_factor;
  for (float& frequency : *inv_freq) {
    const double wavelength = 2 * std::numbers::pi / frequency;
    if (wavelength < high_wavelength) continue;
    if (wavelength > low_wavelength) {
      frequency = static_cast<float>(frequency / config.factor);
      continue;
    }
    const double smooth =
        (context / wavelength - config.low_freq_factor) / (config.high_freq_factor - config.low_freq_factor);
    frequency = static_cast<float>((1 - smooth) * frequency / config.factor + smooth * frequency);
  }
}

}  // namespace

RopeTable::RopeTable(const RopeConfig& config, const std::vector<float>& factors)
    : attention_factor_(static_cast<float>(config.attention_factor)) {
  const int64_t half = config.rotary_dim / 2;
  inv_freq_.resize(static_cast<size_t>(half));
  for (int64_t i = 0; i < half; ++i) {
    inv_freq_[static_cast<size_t>(i)] = static_cast<float>(
        1.0 / std::pow(config.theta, static_cast<double>(2 * i) / static_cast<double>(config.rotary_dim)));
  }
  switch (config.scaling) {
    case RopeScaling::kNone:
      break;
    case RopeScaling::kLinear:
      for (float& frequency : inv_freq_) frequency = static_cast<float>(frequency / config.factor);
      break;
    case RopeScaling::kYarn:
      ScaleYarn(config, &inv_freq_);
      break;
    case RopeScaling::kLlama3:
      ScaleLlama3(config, &inv_freq_);
      break;
    case RopeScaling::kPerTensor:
      for (size_t i = 0; i < inv_freq_.size() && i < factors.size(); ++i) inv_freq_[i] /= factors[i];
      break;
    case RopeScaling::kLongRope:
      long_inv_freq_ = inv_freq_;
      for (size_t i = 0; i < inv_freq_.size() && i + inv_freq_.size() < factors.size(); ++i) {
        inv_freq_[i] /= factors[i];
        long_inv_freq_[i] /= factors[i + inv_freq_.size()];
      }
      longest_short_ = config.original_max_position_embeddings;
      break;
  }
}

void RopeTable::Fill(int64_t position, int variant, absl::Span<float> cos, absl::Span<float> sin) const {
  const std::vector<float>& inv_freq = variant == 0 ? inv_freq_ : long_inv_freq_;
  for (size_t i = 0; i < inv_freq.size(); ++i) {
    const float angle = static_cast<float>(position) * inv_freq[i];
    cos[i] = static_cast<float>(std::cos(static_cast<double>(angle))) * attention_factor_;
    sin[i] = static_cast<float>(std::sin(static_cast<double>(angle))) * attention_factor_;
  }
}

}  // namespace reckon
