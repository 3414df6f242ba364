// Tokenizer files come with models and are not trusted, and texts come from anyone: whatever the bytes are, a tokenizer
// is made or refused, and what it makes of a text can be decoded again.
// Input: one letter ('j' tokenizer.json, 's' tokenizer.model), the file, the bytes FF FF, the text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "text/tokenizer_factory.h"
#include "text/tokenizer_impl.h"
#include "text/unicode.h"

namespace {

void Check(bool ok) {
  if (!ok) __builtin_trap();
}

void Decode(const reckon::Tokenizer& tokenizer, const std::vector<reckon::TokenId>& ids, bool skip_special) {
  const auto whole = tokenizer.Decode(ids, {.skip_special = skip_special});
  Check(whole.ok() && reckon::IsValidUtf8(*whole));
  reckon::StreamDecoder stream(tokenizer, {.skip_special = skip_special});
  std::string joined;
  for (const reckon::TokenId id : ids) {
    const auto piece = stream.Push(id);
    Check(piece.ok() && reckon::IsValidUtf8(*piece));
    joined += *piece;
  }
  joined += stream.Flush();
  using Invalid = reckon::DecoderOptions::Invalid;
  Check(joined == *whole || tokenizer.impl().parts().decoder.options().invalid == Invalid::kByteRuns);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  const char kind = input[0];
  input.remove_prefix(1);
  const size_t end = input.find("\xff\xff");
  const absl::string_view text = end == absl::string_view::npos ? absl::string_view() : input.substr(end + 2);
  reckon::TokenizerAssets assets;
  (kind == 's' ? assets.sentencepiece_model : assets.tokenizer_json) = std::string(input.substr(0, end));
  const auto tokenizer = reckon::MakeTokenizer(assets);
  if (!tokenizer.ok()) return 0;
  std::vector<reckon::TokenId> any;
  for (const char byte : text) {
    any.push_back(static_cast<reckon::TokenId>(static_cast<uint8_t>(byte) % tokenizer->vocab_size()));
  }
  Decode(*tokenizer, any, false);
  for (int options = 0; options < 4; ++options) {
    const auto ids = tokenizer->Encode(text, {.add_special = (options & 1) != 0, .parse_special = (options & 2) != 0});
    if (!ids.ok()) continue;
    Decode(*tokenizer, *ids, (options & 1) != 0);
  }
  (void)tokenizer->TokenToId(text);
  return 0;
}
