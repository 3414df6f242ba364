// Reads Hugging Face's tokenizer.json.
// Format: https://huggingface.co/docs/tokenizers (there is no specification; the reference is `tokenizers` itself).
#ifndef RECKON_LIB_TEXT_TOKENIZER_JSON_H_
#define RECKON_LIB_TEXT_TOKENIZER_JSON_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/tokenizer_config.h"
#include "text/tokenizer_parts.h"

namespace reckon {

// What is read: model BPE; normalizers NFC, Prepend, Replace; pre-tokenizers Split (the known expressions), ByteLevel,
// Digits, Metaspace; decoders ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace; post-processors
// TemplateProcessing, ByteLevel; Sequence of all of them; added tokens. "truncation" and "padding" are passed over, as
// transformers sets them anew for every call.
// Errors: UNIMPLEMENTED for anything else, INVALID_ARGUMENT for a file that contradicts itself; both name the JSON
// path.
absl::StatusOr<TokenizerParts> ReadTokenizerJson(absl::string_view json, const TokenizerConfig& config);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_TOKENIZER_JSON_H_
