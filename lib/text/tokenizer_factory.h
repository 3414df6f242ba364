// Makes the public Tokenizer of what a checkpoint has.
#ifndef RECKON_LIB_TEXT_TOKENIZER_FACTORY_H_
#define RECKON_LIB_TEXT_TOKENIZER_FACTORY_H_

#include "absl/status/statusor.h"
#include "checkpoint/tokenizer_assets.h"
#include "reckon/tokenizer.h"

namespace reckon {

// Takes tokenizer.json if there is one, else tokenizer.model, else the GGUF vocabulary. Nothing of `assets` is kept.
// Cost: for a vocabulary of 150,000 tokens some 0.2 s and, while it works, about 15 times the size of tokenizer.json.
// Errors: NOT_FOUND if the checkpoint has no tokenizer; UNIMPLEMENTED for constructs that are not supported and
//   INVALID_ARGUMENT for damaged files, with the file and the place in it.
absl::StatusOr<Tokenizer> MakeTokenizer(const TokenizerAssets& assets);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_TOKENIZER_FACTORY_H_
