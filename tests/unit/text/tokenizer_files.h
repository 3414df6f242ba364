// The published tokenizers in tests/data/tokenizers, ready to use.
#ifndef RECKON_TESTS_UNIT_TEXT_TOKENIZER_FILES_H_
#define RECKON_TESTS_UNIT_TEXT_TOKENIZER_FILES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "checkpoint/tokenizer_assets.h"
#include "reckon/tokenizer.h"

namespace reckon {

// The bytes of a file; "" and a test failure if it cannot be read. Names that end in .gz are unpacked.
std::string ReadTestFile(const std::string& path);

// The files of a Hugging Face folder in tests/data/tokenizers.
TokenizerAssets HfAssets(const std::string& name);
// tokenizer.model alone.
TokenizerAssets SentencePieceAssets(const std::string& name);
// vocab.gguf: the header of a published file.
TokenizerAssets GgufAssets(const std::string& name);

// A test failure, and an empty handle, if the tokenizer cannot be made.
Tokenizer MakeOrFail(const TokenizerAssets& assets);

// A made tokenizer, kept for the next test: "qwen2.5", "llama2-sp" (tokenizer.model), "phi3-gguf" (vocab.gguf).
const Tokenizer& TestTokenizer(const std::string& name);

}  // namespace reckon

#endif  // RECKON_TESTS_UNIT_TEXT_TOKENIZER_FILES_H_
