#include "text/pretokenizer.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "text/unicode.h"

namespace reckon {
namespace {

// Calls on_piece for each piece of `text`.
using OnPiece = absl::FunctionRef<void(absl::string_view, bool first)>;

void Apply(const PreTokenizer::Split& split, absl::string_view text, bool first, OnPiece on_piece) {
  for (size_t pos = 0; pos < text.size();) {
    const size_t end = split.pattern.WordEnd(text, pos);
    on_piece(text.substr(pos, end - pos), first && pos == 0);
    pos = end;
  }
}

void Apply(const PreTokenizer::Digits& digits, absl::string_view text, bool first, OnPiece on_piece) {
  size_t begin = 0;
  bool in_number = false;
  for (size_t pos = 0; pos < text.size();) {
    const CodePoint c = DecodeUtf8(text, pos);
    const bool is_number = IsNumeric(c.value);
    if (pos > begin && (is_number != in_number || (is_number && digits.individual))) {
      on_piece(text.substr(begin, pos - begin), first && begin == 0);
      begin = pos;
    }
    in_number = is_number;
    pos += c.length;
  }
  if (begin < text.size()) on_piece(text.substr(begin), first && begin == 0);
}

void Apply(const PreTokenizer::PrefixSpace&, absl::string_view text, bool first, OnPiece on_piece) {
  if (absl::StartsWith(text, " ")) {
    on_piece(text, first);
  } else {
    on_piece(absl::StrCat(" ", text), first);
  }
}

void Apply(const PreTokenizer::Metaspace& metaspace, absl::string_view text, bool first, OnPiece on_piece) {
  using Prepend = PreTokenizer::Metaspace::Prepend;
  std::string replaced = absl::StrReplaceAll(text, {{" ", metaspace.replacement}});
  const bool prepend = metaspace.prepend == Prepend::kAlways || (metaspace.prepend == Prepend::kFirst && first);
  if (prepend && !absl::StartsWith(replaced, metaspace.replacement)) replaced.insert(0, metaspace.replacement);
  if (!metaspace.split) {
    on_piece(replaced, first);
    return;
  }
  const absl::string_view view(replaced);
  for (size_t begin = 0; begin < view.size();) {
    const size_t next = view.find(metaspace.replacement, begin + 1);
    const size_t end = next == absl::string_view::npos ? view.size() : next;
    on_piece(view.substr(begin, end - begin), first && begin == 0);
    begin = end;
  }
}

}  // namespace

// Recursion is as deep as there are steps, a number that the reader of tokenizer.json bounds.
void PreTokenizer::Run(size_t step, absl::string_view text, bool first,
                       absl::FunctionRef<void(absl::string_view)> on_word) const {
  if (text.empty()) return;
  if (step == steps_.size()) {
    on_word(text);
    return;
  }
  const auto on_piece = [&](absl::string_view piece, bool piece_first) { Run(step + 1, piece, piece_first, on_word); };
  std::visit([&](const auto& s) { Apply(s, text, first, on_piece); }, steps_[step]);
}

}  // namespace reckon
