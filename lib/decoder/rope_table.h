// Cosines and sines of rotary position embedding.
#ifndef RECKON_LIB_DECODER_ROPE_TABLE_H_
#define RECKON_LIB_DECODER_ROPE_TABLE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "arch/architecture.h"

namespace reckon {

// The angle of frequency i at position p is p * inv_freq[i], computed in float as the reference implementation does:
// at large positions the rounding of that product is part of what the model was trained with.
class RopeTable {
 public:
  // factors: [rotary_dim / 2] for RopeScaling::kPerTensor; the short ones, then the long ones for kLongRope; else
  // empty.
  RopeTable(const RopeConfig& config, const std::vector<float>& factors);

  int64_t half() const { return static_cast<int64_t>(inv_freq_.size()); }

  // Which frequencies a sequence of `length` tokens is rotated by, all of it: 0, or 1 where it is longer than the
  // original context of LongRoPE. What the published code does; so keys of one variant are of no use to the other.
  int VariantFor(int64_t length) const { return length > longest_short_ ? 1 : 0; }

  // Shapes: cos, sin [half()], already multiplied with the attention factor.
  void Fill(int64_t position, int variant, absl::Span<float> cos, absl::Span<float> sin) const;

 private:
  std::vector<float> inv_freq_;
  std::vector<float> long_inv_freq_;  // of variant 1
  int64_t longest_short_ = INT64_MAX;
  float attention_factor_;
};

}  // namespace reckon

#endif  // RECKON_LIB_DECODER_ROPE_TABLE_H_
