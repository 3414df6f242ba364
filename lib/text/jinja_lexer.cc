#include "text/jinja_lexer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

constexpr size_t kNone = absl::string_view::npos;

std::string NormalizeNewlines(absl::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      out += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    } else {
      out += source[i];
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();  // keep_trailing_newline is off
  return out;
}

class Lexer {
 public:
  explicit Lexer(absl::string_view source) : source_(NormalizeNewlines(source)) {}

  absl::StatusOr<std::vector<Token>> Run() {
    while (position_ < source_.size()) RECKON_RETURN_IF_ERROR(LexRoot());
    Emit(TokenType::kEnd, "");
    return std::move(tokens_);
  }

 private:
  absl::string_view Rest(size_t from) const {
    return absl::string_view(source_).substr(std::min(from, source_.size()));
  }
  bool StartsAt(size_t from, absl::string_view what) const { return absl::StartsWith(Rest(from), what); }
  char At(size_t i) const { return i < source_.size() ? source_[i] : '\0'; }
  void Emit(TokenType type, std::string text) { tokens_.push_back({type, std::move(text), line_}); }
  absl::Status Fail(absl::string_view message) const { return SyntaxError(line_, message); }

  size_t SkipSpace(size_t i) const {
    while (i < source_.size()) {
      size_t next = i;
      if (!IsSpace(NextCodePoint(source_, &next))) break;
      i = next;
    }
    return i;
  }

  // Moves to `end`. A tag at the beginning of a line may lose the blanks in front of it, so the last character counts.
  void Advance(size_t end) {
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<ptrdiff_t>(position_),
                                         source_.begin() + static_cast<ptrdiff_t>(end), '\n'));
    if (end > position_) line_starting_ = source_[end - 1] == '\n';
    position_ = end;
  }

  // Emits the text in front of a tag, as the tag's whitespace control wants it.
  void EmitData(absl::string_view text, char sign, bool lstrip) {
    if (sign == '-') {
      text = Strip(text, nullptr, false, true);
    } else if (sign != '+' && lstrip) {
      const size_t newline = text.rfind('\n');
      const size_t begin = newline == kNone ? 0 : newline + 1;
      if ((begin > 0 || line_starting_) && Strip(text.substr(begin), nullptr, true, false).empty()) {
        text = text.substr(0, begin);
      }
    }
    if (!text.empty()) Emit(TokenType::kData, std::string(text));
  }

  // What ends a block tag or a comment at `i`: "+%}", "-%}" with all blanks behind it, "%}" with one newline behind it.
  // Returns where it ends, or npos.
  size_t MatchTrimmingEnd(size_t i, absl::string_view close) const {
    if (At(i) == '+' && StartsAt(i + 1, close)) return i + 3;
    if (At(i) == '-' && StartsAt(i + 1, close)) return SkipSpace(i + 3);
    if (!StartsAt(i, close)) return kNone;
    return At(i + 2) == '\n' ? i + 3 : i + 2;
  }

  absl::Status LexRoot();
  size_t MatchRawBegin(size_t tag) const;
  absl::Status LexRaw();
  absl::Status LexComment();
  absl::Status LexTag(bool block);
  absl::Status LexTagToken();
  absl::Status LexString();
  absl::Status LexName();
  absl::Status LexOperator();
  bool LexNumber();
  size_t MatchDigits(size_t i) const;
  size_t MatchFloat(size_t i) const;
  size_t MatchInteger(size_t i) const;

  std::string source_;
  size_t position_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::string open_;  // the brackets that are open inside of a tag
  std::vector<Token> tokens_;
};

absl::Status Lexer::LexRoot() {
  size_t tag = position_;
  while ((tag = source_.find('{', tag)) != kNone) {
    const char c = At(tag + 1);
    if (c == '%' || c == '{' || c == '#') break;
    ++tag;
  }
  const absl::string_view rest = Rest(position_);
  if (tag == kNone) {
    EmitData(rest, '+', false);
    Advance(source_.size());
    return absl::OkStatus();
  }
  const char kind = source_[tag + 1];
  const char sign = At(tag + 2) == '-' || At(tag + 2) == '+' ? source_[tag + 2] : ' ';
  EmitData(rest.substr(0, tag - position_), sign, kind != '{');
  if (const size_t raw = kind == '%' ? MatchRawBegin(tag) : kNone; raw != kNone) {
    Advance(raw);
    return LexRaw();
  }
  Advance(tag + (sign == ' ' ? 2 : 3));
  if (kind == '#') return LexComment();
  return LexTag(kind == '%');
}

// Where "{% raw %}" at `tag` ends, or npos if it is another tag.
size_t Lexer::MatchRawBegin(size_t tag) const {
  size_t i = tag + 2;
  if (At(i) == '-' || At(i) == '+') ++i;
  i = SkipSpace(i);
  if (!StartsAt(i, "raw")) return kNone;
  i = SkipSpace(i + 3);
  if (StartsAt(i, "-%}")) return SkipSpace(i + 3);
  return StartsAt(i, "%}") ? i + 2 : kNone;
}

absl::Status Lexer::LexRaw() {
  for (size_t tag = position_; (tag = source_.find("{%", tag)) != kNone; ++tag) {
    size_t i = tag + 2;
    const char sign = At(i) == '-' || At(i) == '+' ? source_[i] : ' ';
    i = SkipSpace(sign == ' ' ? i : i + 1);
    if (!StartsAt(i, "endraw")) continue;
    const size_t end = MatchTrimmingEnd(SkipSpace(i + 6), "%}");
    if (end == kNone) continue;
    EmitData(Rest(position_).substr(0, tag - position_), sign, true);
    Advance(end);
    return absl::OkStatus();
  }
  return Fail("missing end of raw directive");
}

absl::Status Lexer::LexComment() {
  const size_t close = source_.find("#}", position_);
  if (close == kNone) return Fail("missing end of comment tag");
  const bool signed_end = close > position_ && (source_[close - 1] == '-' || source_[close - 1] == '+');
  Advance(MatchTrimmingEnd(signed_end ? close - 1 : close, "#}"));
  return absl::OkStatus();
}

absl::Status Lexer::LexTag(bool block) {
  Emit(block ? TokenType::kBlockBegin : TokenType::kVariableBegin, "");
  open_.clear();
  while (position_ < source_.size()) {
    if (open_.empty()) {
      size_t end = kNone;
      if (block) {
        end = MatchTrimmingEnd(position_, "%}");
      } else if (StartsAt(position_, "-}}")) {
        end = SkipSpace(position_ + 3);
      } else if (StartsAt(position_, "}}")) {
        end = position_ + 2;
      }
      if (end != kNone) {
        Emit(block ? TokenType::kBlockEnd : TokenType::kVariableEnd, "");
        Advance(end);
        return absl::OkStatus();
      }
    }
    RECKON_RETURN_IF_ERROR(LexTagToken());
  }
  return absl::OkStatus();  // the parser says what is missing
}

absl::Status Lexer::LexTagToken() {
  if (const size_t end = SkipSpace(position_); end > position_) {
    Advance(end);
    return absl::OkStatus();
  }
  if (LexNumber()) return absl::OkStatus();
  size_t next = position_;
  const char32_t c = NextCodePoint(source_, &next);
  if (IsWordChar(c)) return LexName();
  if (c == '\'' || c == '"') return LexString();
  return LexOperator();
}

// (\d+_)*\d+ : where it ends, or npos.
size_t Lexer::MatchDigits(size_t i) const {
  if (!absl::ascii_isdigit(static_cast<unsigned char>(At(i)))) return kNone;
  while (absl::ascii_isdigit(static_cast<unsigned char>(At(i))) ||
         (At(i) == '_' && absl::ascii_isdigit(static_cast<unsigned char>(At(i + 1))))) {
    ++i;
  }
  return i;
}

size_t Lexer::MatchFloat(size_t i) const {
  if (i > 0 && source_[i - 1] == '.') return kNone;
  size_t end = MatchDigits(i);
  if (end == kNone) return kNone;
  const size_t fraction = At(end) == '.' ? MatchDigits(end + 1) : kNone;
  if (fraction != kNone) end = fraction;
  if (absl::ascii_tolower(static_cast<unsigned char>(At(end))) == 'e') {
    const bool has_sign = At(end + 1) == '+' || At(end + 1) == '-';
    const size_t exponent = MatchDigits(end + (has_sign ? 2 : 1));
    if (exponent != kNone) return exponent;
  }
  return fraction;
}

size_t Lexer::MatchInteger(size_t i) const {
  if (At(i) == '0') {
    const auto base = absl::ascii_tolower(static_cast<unsigned char>(At(i + 1)));
    const auto is_digit = [base](char c) {
      const auto u = static_cast<unsigned char>(c);
      return base == 'x' ? absl::ascii_isxdigit(u) : base == 'o' ? c >= '0' && c <= '7' : c == '0' || c == '1';
    };
    if (base == 'x' || base == 'o' || base == 'b') {
      size_t end = i + 2;
      while (is_digit(At(end)) || (At(end) == '_' && is_digit(At(end + 1)))) ++end;
      if (end > i + 2) return end;
    }
    size_t end = i + 1;
    while (At(end) == '0' || (At(end) == '_' && At(end + 1) == '0')) ++end;
    return end;
  }
  return MatchDigits(i);
}

bool Lexer::LexNumber() {
  if (!absl::ascii_isdigit(static_cast<unsigned char>(At(position_)))) return false;
  size_t end = MatchFloat(position_);
  const TokenType type = end == kNone ? TokenType::kInteger : TokenType::kFloat;
  if (end == kNone) end = MatchInteger(position_);
  std::string text = source_.substr(position_, end - position_);
  text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
  Emit(type, std::move(text));
  Advance(end);
  return true;
}

absl::Status Lexer::LexName() {
  size_t end = position_;
  size_t next = end;
  if (!IsNameStart(NextCodePoint(source_, &next))) return Fail("invalid character in identifier");
  while (end < source_.size()) {
    next = end;
    if (!IsWordChar(NextCodePoint(source_, &next))) break;
    end = next;
  }
  Emit(TokenType::kName, source_.substr(position_, end - position_));
  Advance(end);
  return absl::OkStatus();
}

// Reads up to `max_digits` digits of `base` at `*i`. False if there is none, or fewer than `min_digits`.
bool ReadDigits(absl::string_view text, size_t* i, int base, int min_digits, int max_digits, char32_t* value) {
  *value = 0;
  int count = 0;
  while (count < max_digits && *i < text.size()) {
    const auto c = absl::ascii_tolower(static_cast<unsigned char>(text[*i]));
    const int digit = absl::ascii_isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
    if (digit >= base) break;
    *value = *value * static_cast<char32_t>(base) + static_cast<char32_t>(digit);
    ++*i;
    ++count;
  }
  return count >= min_digits;
}

// Undoes Python's escapes in a string literal. Returns what is wrong, or null.
const char* Unescape(absl::string_view text, std::string* out) {
  static constexpr absl::string_view kPlain = "\\'\"abfnrtv";
  static constexpr absl::string_view kMeaning = "\\'\"\a\b\f\n\r\t\v";
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      *out += text[i++];
      continue;
    }
    const char c = text[i + 1];
    i += 2;
    char32_t code = 0;
    if (const size_t plain = kPlain.find(c); plain != kNone) {
      *out += kMeaning[plain];
    } else if (c == '\n') {
      // a line that goes on
    } else if (c >= '0' && c <= '7') {
      --i;
      ReadDigits(text, &i, 8, 1, 3, &code);
      AppendUtf8(out, code);
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const int digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      if (!ReadDigits(text, &i, 16, digits, digits, &code)) return "truncated escape in string";
      if (code > 0x10ffff) return "illegal Unicode character in string";
      if (code >= 0xd800 && code <= 0xdfff) return "surrogates cannot stand in a string";
      AppendUtf8(out, code);
    } else if (c == 'N') {
      return "character names (\\N{...}) are not supported";
    } else {
      *out += '\\';
      *out += c;
    }
  }
  return nullptr;
}

absl::Status Lexer::LexString() {
  const char quote = source_[position_];
  size_t end = position_ + 1;
  while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
  if (end >= source_.size()) return Fail("a string is not closed");
  std::string text;
  const char* error = Unescape(Rest(position_ + 1).substr(0, end - position_ - 1), &text);
  if (error != nullptr) return Fail(error);
  Emit(TokenType::kString, std::move(text));
  Advance(end + 1);
  return absl::OkStatus();
}

absl::Status Lexer::LexOperator() {
  static constexpr absl::string_view kLong[] = {"//", "**", "==", "!=", ">=", "<="};
  static constexpr absl::string_view kShort = "+-/*%~[](){}><=.:|,;";
  std::string text;
  for (absl::string_view candidate : kLong) {
    if (StartsAt(position_, candidate)) text = std::string(candidate);
  }
  const char c = source_[position_];
  if (text.empty()) {
    if (kShort.find(c) == kNone) {
      size_t next = position_;
      NextCodePoint(source_, &next);
      return Fail(absl::StrCat("unexpected character '", Rest(position_).substr(0, next - position_), "'"));
    }
    text = std::string(1, c);
  }
  if (text == "(" || text == "[" || text == "{") {
    open_ += c == '(' ? ')' : c == '[' ? ']' : '}';
  } else if (text == ")" || text == "]" || text == "}") {
    if (open_.empty()) return Fail(absl::StrCat("unexpected '", text, "'"));
    if (open_.back() != c)
      return Fail(absl::StrCat("unexpected '", text, "', expected '", open_.substr(open_.size() - 1), "'"));
    open_.pop_back();
  }
  const size_t end = position_ + text.size();
  Emit(TokenType::kOperator, std::move(text));
  Advance(end);
  return absl::OkStatus();
}

}  // namespace

absl::Status SyntaxError(int line, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat("chat template, line ", line, ": ", message));
}

absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view source) {
  if (!IsValidUtf8(source)) return absl::InvalidArgumentError("chat template: it is not UTF-8");
  return Lexer(source).Run();
}

}  // namespace reckon::jinja
