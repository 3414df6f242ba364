// Checks the bytes of a sentencepiece model (tokenizer.model) before the library sees them.
//
// The library trusts its models: it walks the double array in precompiled_charsmap without bounds, ends strings at NUL,
// and reports some defects on stderr. What it would stumble over is refused here.
// Format: sentencepiece_model.proto of the sentencepiece project; protocol buffers wire format.
#ifndef RECKON_LIB_TEXT_SENTENCEPIECE_PROTO_H_
#define RECKON_LIB_TEXT_SENTENCEPIECE_PROTO_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon {

struct SentencePieceProto {
  // The model again, without the self test samples (the library prints what fails).
  std::string serialized;
  size_t pieces = 0;
  bool add_dummy_prefix = true;
  bool remove_extra_whitespaces = true;
};

// Errors: INVALID_ARGUMENT if the bytes are not such a model or are damaged, UNIMPLEMENTED for kinds of model other
// than BPE and unigram.
absl::StatusOr<SentencePieceProto> CheckSentencePieceProto(absl::string_view bytes);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_SENTENCEPIECE_PROTO_H_
