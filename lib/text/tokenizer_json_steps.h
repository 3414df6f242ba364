// The parts of tokenizer.json that are made of steps: normalizer, pre_tokenizer, decoder, post_processor. Each is null,
// one step, or a Sequence of steps. Errors of all: UNIMPLEMENTED for a step that is not supported, INVALID_ARGUMENT for
// one that is malformed; both begin with the JSON path.
#ifndef RECKON_LIB_TEXT_TOKENIZER_JSON_STEPS_H_
#define RECKON_LIB_TEXT_TOKENIZER_JSON_STEPS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "simdjson.h"
#include "text/normalizer.h"
#include "text/pretokenizer.h"
#include "text/token_decoder.h"

namespace reckon {

// simdjson speaks std::string_view, abseil of some versions its own.
inline absl::string_view View(std::string_view text) { return absl::string_view(text.data(), text.size()); }
// As much of a string from the file as a message should quote.
inline absl::string_view Quotable(std::string_view text) { return View(text.substr(0, 64)); }

absl::Status ReadNormalizer(const std::optional<simdjson::dom::element>& value, const std::string& path,
                            Normalizer* normalizer);

// `byte_level` becomes true if the words are to be spelled in GPT-2's byte alphabet.
absl::Status ReadPreTokenizer(const std::optional<simdjson::dom::element>& value, const std::string& path,
                              PreTokenizer* pretokenizer, bool* byte_level);

absl::Status ReadDecoder(const std::optional<simdjson::dom::element>& value, const std::string& path,
                         DecoderOptions* decoder);

// What the template for a single text puts around it.
struct TemplateIds {
  bool found = false;  // there was a TemplateProcessing
  std::vector<int64_t> prefix;
  std::vector<int64_t> suffix;
};
absl::Status ReadPostProcessor(const std::optional<simdjson::dom::element>& value, const std::string& path,
                               TemplateIds* ids);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_TOKENIZER_JSON_STEPS_H_
