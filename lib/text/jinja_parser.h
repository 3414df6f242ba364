// Parses a template into its tree, with the grammar of jinja2 3.1, the loop controls extension and transformers'
// {% generation %} tag. What needs other templates (extends, include, import) is refused.
#ifndef RECKON_LIB_TEXT_JINJA_PARSER_H_
#define RECKON_LIB_TEXT_JINJA_PARSER_H_

#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/jinja_ast.h"
#include "text/jinja_lexer.h"

namespace reckon::jinja {

// Errors: INVALID_ARGUMENT with the line for anything that jinja2 would not compile; RESOURCE_EXHAUSTED for a template
// that nests too deep.
absl::StatusOr<std::unique_ptr<const Template>> ParseTemplate(absl::string_view source);

// Counts the nesting of the parser's calls while it lives.
class Nesting {
 public:
  explicit Nesting(int* level) : level_(level) { ++*level_; }
  ~Nesting() { --*level_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  bool too_deep() const { return *level_ > kMax; }

 private:
  static constexpr int kMax = 96;  // about half as many brackets
  int* level_;
};

absl::Status TooDeep(int line);
// true, None and the like, which look like names.
bool IsConstantName(absl::string_view name);

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens);
  absl::StatusOr<std::unique_ptr<const Template>> Run();

 private:
  using ExprOr = absl::StatusOr<ExprPtr>;
  using StmtOr = absl::StatusOr<std::unique_ptr<Stmt>>;

  // A filter or test that does not exist. It is an error at once, except where it may never be reached: in jinja2 those
  // are the branches of an {% if %} and of an inline if.
  struct Unknown {
    int line;
    std::string message;
  };

  // The stream of tokens.
  const Token& Current() const { return tokens_[position_]; }
  const Token& Look() const;
  void Next();
  bool AtOperator(absl::string_view text) const;
  bool AtName(absl::string_view text) const;
  bool SkipOperator(absl::string_view text);
  bool SkipName(absl::string_view text);
  absl::Status ExpectOperator(absl::string_view text);
  absl::Status ExpectName(absl::string_view text);
  absl::Status Expect(TokenType type, absl::string_view what);
  absl::Status Fail(absl::string_view message) const { return SyntaxError(Current().line, message); }
  absl::Status Unexpected(absl::string_view expected) const;

  // Statements (jinja_parser.cc).
  absl::StatusOr<Block> ParseBody(std::initializer_list<absl::string_view> ends);
  absl::StatusOr<Block> ParseStatements(std::initializer_list<absl::string_view> ends);
  absl::StatusOr<Block> ParseLoopBody(std::initializer_list<absl::string_view> ends);
  StmtOr ParseStatement();
  StmtOr ParseSet();
  StmtOr ParseIf();
  StmtOr ParseFor();
  StmtOr ParseWith();
  StmtOr ParseMacro();
  StmtOr ParseCallBlock();
  StmtOr ParseFilterBlock();
  StmtOr ParseGeneration();
  StmtOr ParseBlock();
  StmtOr ParsePrint();
  StmtOr ParseLoopControl(StmtKind kind);
  absl::Status ParseSignature(MacroDef* macro);
  absl::Status ParseMacroBody(MacroDef* macro, absl::string_view end);
  std::unique_ptr<Stmt> NewStmt(StmtKind kind) const;

  // Expressions (jinja_parser_expression.cc).
  ExprOr ParseTuple(bool with_condition, bool explicit_parentheses = false, absl::string_view end_name = "");
  ExprOr ParseExpression(bool with_condition = true);
  ExprOr ParseCondition();
  ExprOr ParseLogic(bool is_or);
  ExprOr ParseNot();
  ExprOr ParseCompare();
  ExprOr ParseBinary(int level);
  ExprOr ParseConcat();
  ExprOr ParseUnary(bool with_filter);
  ExprOr ParsePrimary();
  ExprOr ParseNumber();
  ExprOr ParseList();
  ExprOr ParseDict();
  ExprOr ParsePostfix(ExprPtr node);
  ExprOr ParseFilterExpression(ExprPtr node);
  ExprOr ParseFilters(ExprPtr input, bool start_inline);
  ExprOr ParseTest(ExprPtr input);
  ExprOr ParseSubscript(ExprPtr node);
  ExprOr ParseSliceOrExpression();
  ExprOr ParseTarget(bool with_namespace, absl::string_view end_name);
  ExprOr ParseSimpleTarget(bool with_namespace);
  absl::StatusOr<std::string> ParseDottedName();
  absl::StatusOr<std::unique_ptr<ArgumentList>> ParseArguments();
  bool AtTupleEnd(absl::string_view end_name) const;
  ExprPtr NewExpr(ExprKind kind) const;
  // Takes the depth of the children over. RESOURCE_EXHAUSTED if the tree grows too deep.
  ExprOr Finish(ExprPtr node) const;
  int Symbol(absl::string_view name);
  void NoteUnknown(int line, std::string message);

  std::vector<Token> tokens_;
  size_t position_ = 0;
  int nesting_ = 0;     // of recursive calls of the parser
  int loops_ = 0;       // around the current place, within its macro
  int for_bodies_ = 0;  // around the current place, in which `loop` may not be assigned
  bool soft_ = false;   // inside the branches of an {% if %}
  std::vector<Unknown> unknown_;
  std::map<std::string, int, std::less<>> symbols_;
  std::vector<std::string> block_names_;
  std::unique_ptr<Template> template_;
};

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_PARSER_H_
