// The tiny checkpoints under tests/data and what an independent implementation computed from them.
#ifndef RECKON_TESTS_GOLDEN_GOLDEN_MODEL_H_
#define RECKON_TESTS_GOLDEN_GOLDEN_MODEL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "reckon/model.h"
#include "reckon/types.h"

namespace reckon::testing {

// Logits behind every token of a sequence.
struct ReferenceSequence {
  std::vector<TokenId> ids;
  std::vector<float> logits;  // [ids.size()][vocab_size]
};

// Greedy decoding that goes past the end of text.
struct ReferenceAnswer {
  std::vector<TokenId> prompt;
  std::vector<TokenId> ids;
  std::vector<float> margins;  // lead of each token over the runner-up, in logits
};

struct GoldenModel {
  std::string path;  // of the checkpoint: a folder or a .gguf file
  std::vector<ReferenceSequence> sequences;
  std::vector<ReferenceAnswer> answers;
};

// "models/NAME" for Hugging Face folders, "gguf/NAME" for GGUF files: every tiny checkpoint of an architecture that
// Reckon runs. References are Hugging Face transformers in float32 (for GGUF over weights dequantized by the gguf
// package); tests/data/README.md says how they were made.
std::vector<std::string> GoldenModelNames();
absl::StatusOr<GoldenModel> ReadGoldenModel(const std::string& name);

// A test case's name may not have '/' or '-'.
std::string TestCaseName(std::string name);

// The kernel tables that this CPU runs, best first.
std::vector<std::string> SupportedIsas();

// Greedy tokens from an empty session, going past the end of text.
absl::StatusOr<std::vector<TokenId>> GreedyTokens(const Model& model, const std::vector<TokenId>& prompt, size_t count);

}  // namespace reckon::testing

#endif  // RECKON_TESTS_GOLDEN_GOLDEN_MODEL_H_
