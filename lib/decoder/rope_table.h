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
  // factors: [rotary_dim / 2] for RopeScaling::kPerTensor, else empty.
  RopeTable(const RopeConfig& config, const std::vector<float>& factors);

  int64_t half() const { return static_cast<int64_t>(inv_freq_.size()); }

  // Shapes: cos, sin [half()], already multiplied with the attention factor.
  void Fill(int64_t position, absl::Span<float> cos, absl::Span<float> sin) const;

 private:
  std::vector<float> inv_freq_;
  float attention_factor_;
};

}  // namespace reckon

#endif  // RECKON_LIB_DECODER_ROPE_TABLE_H_
