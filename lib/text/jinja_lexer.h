// Splits a template into tokens as jinja2's lexer does with trim_blocks and lstrip_blocks.
#ifndef RECKON_LIB_TEXT_JINJA_LEXER_H_
#define RECKON_LIB_TEXT_JINJA_LEXER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon::jinja {

enum class TokenType {
  kData,           // text outside of tags
  kBlockBegin,     // {%
  kBlockEnd,       // %}
  kVariableBegin,  // {{
  kVariableEnd,    // }}
  kName,
  kString,   // text: unescaped
  kInteger,  // text: as written, without '_'
  kFloat,    // text: as written, without '_'
  kOperator,
  kEnd,
};

struct Token {
  TokenType type;
  std::string text;
  int line;
};

// The tokens of `source`, closed by kEnd.
// Errors: INVALID_ARGUMENT with the line.
absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view source);

// A syntax error of the template in the form all of them have.
absl::Status SyntaxError(int line, absl::string_view message);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_LEXER_H_
