#include "text/split_pattern.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "text/unicode.h"

namespace reckon {
namespace {

// One character of the text with what the matchers want to know about it.
struct Character {
  uint32_t value;
  size_t end;
  CharClass kind;

  bool IsNewline() const { return value == '\r' || value == '\n'; }
};

Character At(absl::string_view text, size_t pos) {
  const uint8_t byte = static_cast<uint8_t>(text[pos]);
  if (byte < 0x80) return {byte, pos + 1, ClassOf(byte)};
  const CodePoint c = DecodeUtf8(text, pos);
  return {c.value, pos + c.length, ClassOf(c.value)};
}

// The end of the run of `kind` that begins at `pos`, of at most `limit` characters.
size_t RunEnd(absl::string_view text, size_t pos, CharClass kind, size_t limit = SIZE_MAX) {
  for (; pos < text.size() && limit > 0; --limit) {
    const Character c = At(text, pos);
    if (c.kind != kind) break;
    pos = c.end;
  }
  return pos;
}

// The end of 's 't 're 've 'm 'll 'd at `pos`, or `pos`. Oniguruma's case folding lets U+017F stand for s.
size_t ContractionEnd(absl::string_view text, size_t pos, bool ignore_case) {
  if (text[pos] != '\'' || pos + 1 >= text.size()) return pos;
  const auto fold = [ignore_case](char c) {
    return ignore_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  };
  const char first = fold(text[pos + 1]);
  if (first == 's' || first == 't' || first == 'm' || first == 'd') return pos + 2;
  if (ignore_case && text.substr(pos + 1, 2) == "\u017f") return pos + 3;
  if (pos + 2 >= text.size()) return pos;
  const char second = fold(text[pos + 2]);
  if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') || (first == 'l' && second == 'l'))
    return pos + 3;
  return pos;
}

// \s+(?!\S)|\s+ at a white space: all of the run, but its last character if a word follows and something is left.
size_t SpaceEnd(absl::string_view text, size_t pos) {
  size_t last = pos;
  size_t end = pos;
  while (end < text.size()) {
    const Character c = At(text, end);
    if (c.kind != CharClass::kSpace) break;
    last = end;
    end = c.end;
  }
  return end == text.size() || last == pos ? end : last;
}

// \s*[\r\n]+ at a white space: up to the last line break of the run, or `pos` if it has none.
size_t LineBreakEnd(absl::string_view text, size_t pos) {
  size_t result = pos;
  while (pos < text.size()) {
    const Character c = At(text, pos);
    if (c.kind != CharClass::kSpace) break;
    pos = c.end;
    if (c.IsNewline()) result = pos;
  }
  return result;
}

struct KnownRegex {
  absl::string_view source;
  SplitPattern (*make)();
};

constexpr KnownRegex kKnownRegexes[] = {
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     &SplitPattern::Qwen2},
    {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     &SplitPattern::Llama3},
    {R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)", &SplitPattern::Gpt2},
};

}  // namespace

absl::StatusOr<SplitPattern> SplitPattern::FromRegex(absl::string_view regex) {
  for (const KnownRegex& known : kKnownRegexes) {
    if (regex == known.source) return known.make();
  }
  return absl::UnimplementedError(absl::StrCat("the pre-tokenizer expression \"", regex.substr(0, 256),
                                               "\" is not known to this version (known: GPT-2, Qwen2, Llama-3)"));
}

size_t SplitPattern::WordEnd(absl::string_view text, size_t pos) const {
  return style_ == Style::kGpt2 ? WordEndGpt2(text, pos) : WordEndCl100k(text, pos);
}

size_t SplitPattern::WordEndGpt2(absl::string_view text, size_t pos) const {
  if (const size_t end = ContractionEnd(text, pos, /*ignore_case=*/false); end > pos) return end;
  const Character first = At(text, pos);
  if (first.kind != CharClass::kSpace) return RunEnd(text, first.end, first.kind);
  if (first.value == ' ' && first.end < text.size()) {
    const Character second = At(text, first.end);
    if (second.kind != CharClass::kSpace) return RunEnd(text, second.end, second.kind);
  }
  return SpaceEnd(text, pos);
}

size_t SplitPattern::WordEndCl100k(absl::string_view text, size_t pos) const {
  if (const size_t end = ContractionEnd(text, pos, /*ignore_case=*/true); end > pos) return end;
  const Character first = At(text, pos);
  if (first.kind == CharClass::kLetter) return RunEnd(text, first.end, CharClass::kLetter);
  if (first.kind == CharClass::kNumber) return RunEnd(text, pos, CharClass::kNumber, max_digits_);
  size_t symbols = first.kind == CharClass::kOther ? pos : text.size();
  if (first.end < text.size()) {
    const Character second = At(text, first.end);
    if (second.kind == CharClass::kLetter && !first.IsNewline()) return RunEnd(text, second.end, CharClass::kLetter);
    if (first.value == ' ' && second.kind == CharClass::kOther) symbols = first.end;
  }
  if (symbols < text.size()) {
    size_t end = RunEnd(text, symbols, CharClass::kOther);
    while (end < text.size() && (text[end] == '\r' || text[end] == '\n')) ++end;
    return end;
  }
  if (const size_t end = LineBreakEnd(text, pos); end > pos) return end;
  return SpaceEnd(text, pos);
}

}  // namespace reckon
