// Steps that drop unlikely (or, XTC, likely) tokens.
//
// Nothing here sorts: the sets that the filters keep are found by comparing with a threshold, and the thresholds by
// selection. "More likely" is decided by weight (for top-k by logit), and among equals by the lower id.
#ifndef RECKON_LIB_SAMPLING_FILTERS_H_
#define RECKON_LIB_SAMPLING_FILTERS_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "reckon/types.h"

namespace reckon {

// The tokens that are still possible, in ascending order of id, and their weights: probabilities times a common factor.
// The vectors are as long as the vocabulary, so that no step allocates; the first `count` entries are in use.
struct Candidates {
  std::vector<TokenId> ids;
  std::vector<float> weights;
  size_t count = 0;
};

// Memory that filters need besides; kept between calls.
struct FilterScratch {
  std::vector<float> values;  // [vocab_size]
  std::vector<double> mass;   // histogram of MassCut
};

// Starters: fill `out` from logits [vocab_size]; weights get the logits.
// block_max: as ScanLogits() made it. The blocks are what makes these cheap: most need not be looked at.
void TakeAtLeast(absl::Span<const float> logits, float at_least, absl::Span<const float> block_max, Candidates& out);
void TakeTopK(absl::Span<const float> logits, size_t k, absl::Span<const float> block_max, FilterScratch& scratch,
              Candidates& out);

// Fills `out` from weights [vocab_size] with those that are >= at_least and not 0.
void TakeWeights(const float* weights, size_t n, float at_least, Candidates& out);

void DropWeightless(Candidates& candidates);

// Locally typical sampling, as Hugging Face's TypicalLogitsWarper: tokens in the order of |surprise - entropy|, the
// smallest first, until their mass reaches mass * total; the token that reaches it is kept, and so are its equals.
// logits, max, temperature: where the weights came from.
void KeepTypical(float mass, double total, const float* logits, float max, float temperature, FilterScratch& scratch,
                 Candidates& candidates);

// Nucleus: the most likely tokens until their mass reaches mass * total; the token that reaches it is kept.
void KeepTopP(float mass, double total, FilterScratch& scratch, Candidates& candidates);

// A bound below which no weight can be in the nucleus of n weights: all of those together are less than what is cut
// off.
float TopPBound(float mass, double total, size_t n);

// As Hugging Face's MinPLogitsWarper: weights of at least ratio * the largest weight.
void KeepMinP(float ratio, Candidates& candidates);

// A logit that every token kept by min-p has at least, a little too low rather than too high.
float MinPBound(float ratio, float max, float temperature);

// XTC by p-e-w (https://github.com/oobabooga/text-generation-webui/pull/6335) without its coin: if two or more tokens
// have a probability of at least `threshold`, drops all of these except the least likely (among equals the highest id).
void ExcludeTopChoices(float threshold, double total, Candidates& candidates);

}  // namespace reckon

#endif  // RECKON_LIB_SAMPLING_FILTERS_H_
