// Statements. The functions follow jinja2's grammar: one function for each tag.
#include "text/jinja_parser.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace reckon::jinja {
namespace {

constexpr int kMaxBlockNesting = 64;

std::string Describe(const Token& token) {
  switch (token.type) {
    case TokenType::kData:
      return "template data";
    case TokenType::kBlockBegin:
      return "'{%'";
    case TokenType::kBlockEnd:
      return "end of statement block";
    case TokenType::kVariableBegin:
      return "'{{'";
    case TokenType::kVariableEnd:
      return "end of print statement";
    case TokenType::kEnd:
      return "end of template";
    case TokenType::kString:
      return "a string";
    default:
      return absl::StrCat("'", token.text, "'");
  }
}

// Keeps a member's value for the rest of a function.
template <typename T>
class Restore {
 public:
  Restore(T* member, T value) : member_(member), saved_(*member) { *member = value; }
  ~Restore() { *member_ = saved_; }
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;

 private:
  T* member_;
  T saved_;
};

}  // namespace

Parser::Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)), template_(std::make_unique<Template>()) {}

absl::StatusOr<std::unique_ptr<const Template>> Parser::Run() {
  template_->loop_symbol = Symbol("loop");
  template_->caller_symbol = Symbol("caller");
  template_->varargs_symbol = Symbol("varargs");
  template_->kwargs_symbol = Symbol("kwargs");
  RECKON_ASSIGN_OR_RETURN(template_->body, ParseBody({}));
  if (!unknown_.empty()) return SyntaxError(unknown_[0].line, unknown_[0].message);
  template_->symbols.resize(symbols_.size());
  for (const auto& [name, id] : symbols_) template_->symbols[static_cast<size_t>(id)] = name;
  return std::unique_ptr<const Template>(std::move(template_));
}

const Token& Parser::Look() const { return tokens_[std::min(position_ + 1, tokens_.size() - 1)]; }

void Parser::Next() {
  if (position_ + 1 < tokens_.size()) ++position_;
}

bool Parser::AtOperator(absl::string_view text) const {
  return Current().type == TokenType::kOperator && Current().text == text;
}

bool Parser::AtName(absl::string_view text) const {
  return Current().type == TokenType::kName && Current().text == text;
}

bool Parser::SkipOperator(absl::string_view text) {
  const bool found = AtOperator(text);
  if (found) Next();
  return found;
}

bool Parser::SkipName(absl::string_view text) {
  const bool found = AtName(text);
  if (found) Next();
  return found;
}

absl::Status Parser::Unexpected(absl::string_view expected) const {
  return Fail(absl::StrCat("expected ", expected, ", got ", Describe(Current())));
}

absl::Status Parser::ExpectOperator(absl::string_view text) {
  return SkipOperator(text) ? absl::OkStatus() : Unexpected(absl::StrCat("'", text, "'"));
}

absl::Status Parser::ExpectName(absl::string_view text) {
  return SkipName(text) ? absl::OkStatus() : Unexpected(absl::StrCat("'", text, "'"));
}

absl::Status Parser::Expect(TokenType type, absl::string_view what) {
  if (Current().type != type) return Unexpected(what);
  Next();
  return absl::OkStatus();
}

int Parser::Symbol(absl::string_view name) {
  auto it = symbols_.find(name);
  if (it == symbols_.end()) it = symbols_.emplace(std::string(name), static_cast<int>(symbols_.size())).first;
  return it->second;
}

void Parser::NoteUnknown(int line, std::string message) {
  if (!soft_) unknown_.push_back({line, std::move(message)});
}

std::unique_ptr<Stmt> Parser::NewStmt(StmtKind kind) const {
  auto stmt = std::make_unique<Stmt>();
  stmt->kind = kind;
  stmt->line = Current().line;
  return stmt;
}

// Parses up to a tag that is one of `ends`, and leaves the stream on its name; without ends, up to the end.
absl::StatusOr<Block> Parser::ParseBody(std::initializer_list<absl::string_view> ends) {
  const Restore<int> restore(&nesting_, nesting_ + 2);
  if (nesting_ > 2 * kMaxBlockNesting) return absl::ResourceExhaustedError(Fail("tags nest too deep").message());
  Block body;
  while (true) {
    const Token& token = Current();
    if (token.type == TokenType::kEnd) {
      if (ends.size() == 0) return body;
      return Fail(absl::StrCat("unexpected end of template; '", *ends.begin(), "' is missing"));
    }
    if (token.type == TokenType::kData) {
      auto stmt = NewStmt(StmtKind::kText);
      stmt->text = token.text;
      body.push_back(std::move(stmt));
      Next();
    } else if (token.type == TokenType::kVariableBegin) {
      auto stmt = NewStmt(StmtKind::kOutput);
      Next();
      RECKON_ASSIGN_OR_RETURN(ExprPtr value, ParseTuple(true));
      stmt->values.push_back(std::move(value));
      RECKON_RETURN_IF_ERROR(Expect(TokenType::kVariableEnd, "end of print statement"));
      body.push_back(std::move(stmt));
    } else {
      RECKON_RETURN_IF_ERROR(Expect(TokenType::kBlockBegin, "a tag"));
      const auto is_end = [this](absl::string_view end) { return AtName(end); };
      if (std::any_of(ends.begin(), ends.end(), is_end)) return body;
      RECKON_ASSIGN_OR_RETURN(std::unique_ptr<Stmt> stmt, ParseStatement());
      RECKON_RETURN_IF_ERROR(Expect(TokenType::kBlockEnd, "end of statement block"));
      body.push_back(std::move(stmt));
    }
  }
}

absl::StatusOr<Block> Parser::ParseStatements(std::initializer_list<absl::string_view> ends) {
  SkipOperator(":");  // as in Python
  RECKON_RETURN_IF_ERROR(Expect(TokenType::kBlockEnd, "end of statement block"));
  return ParseBody(ends);
}

Parser::StmtOr Parser::ParseStatement() {
  if (Current().type != TokenType::kName) return Fail("tag name expected");
  const std::string tag = Current().text;
  if (tag == "set") return ParseSet();
  if (tag == "if") return ParseIf();
  if (tag == "for") return ParseFor();
  if (tag == "with") return ParseWith();
  if (tag == "macro") return ParseMacro();
  if (tag == "call") return ParseCallBlock();
  if (tag == "filter") return ParseFilterBlock();
  if (tag == "generation") return ParseGeneration();
  if (tag == "block") return ParseBlock();
  if (tag == "print") return ParsePrint();
  if (tag == "break") return ParseLoopControl(StmtKind::kBreak);
  if (tag == "continue") return ParseLoopControl(StmtKind::kContinue);
  if (tag == "extends" || tag == "include" || tag == "import" || tag == "from" || tag == "autoescape") {
    return Fail(absl::StrCat("the tag '", tag, "' is not supported in chat templates"));
  }
  return Fail(absl::StrCat("unknown tag '", tag, "'"));
}

Parser::StmtOr Parser::ParseSet() {
  auto stmt = NewStmt(StmtKind::kSet);
  Next();
  RECKON_ASSIGN_OR_RETURN(stmt->target, ParseTarget(true, ""));
  if (SkipOperator("=")) {
    RECKON_ASSIGN_OR_RETURN(ExprPtr value, ParseTuple(true));
    stmt->values.push_back(std::move(value));
    return stmt;
  }
  stmt->kind = StmtKind::kSetBlock;
  const Restore<bool> soft(&soft_, false);
  RECKON_ASSIGN_OR_RETURN(stmt->filter, ParseFilters(nullptr, false));
  RECKON_ASSIGN_OR_RETURN(stmt->body, ParseStatements({"endset"}));
  Next();
  return stmt;
}

Parser::StmtOr Parser::ParseIf() {
  auto stmt = NewStmt(StmtKind::kIf);
  const Restore<bool> soft(&soft_, true);
  Next();
  while (true) {
    Branch branch;
    RECKON_ASSIGN_OR_RETURN(branch.test, ParseTuple(false));
    RECKON_ASSIGN_OR_RETURN(branch.body, ParseStatements({"elif", "else", "endif"}));
    stmt->branches.push_back(std::move(branch));
    if (SkipName("elif")) continue;
    if (SkipName("else")) {
      RECKON_ASSIGN_OR_RETURN(stmt->orelse, ParseStatements({"endif"}));
    }
    Next();
    return stmt;
  }
}

absl::StatusOr<Block> Parser::ParseLoopBody(std::initializer_list<absl::string_view> ends) {
  const Restore<int> loops(&loops_, loops_ + 1);
  return ParseStatements(ends);
}

Parser::StmtOr Parser::ParseFor() {
  auto stmt = NewStmt(StmtKind::kFor);
  Next();
  const Restore<int> bodies(&for_bodies_, for_bodies_ + 1);
  RECKON_ASSIGN_OR_RETURN(stmt->target, ParseTarget(false, "in"));
  RECKON_RETURN_IF_ERROR(ExpectName("in"));
  RECKON_ASSIGN_OR_RETURN(ExprPtr sequence, ParseTuple(false, false, "recursive"));
  stmt->values.push_back(std::move(sequence));
  const Restore<bool> soft(&soft_, false);
  if (SkipName("if")) {
    RECKON_ASSIGN_OR_RETURN(stmt->test, ParseExpression());
  }
  stmt->recursive = SkipName("recursive");
  RECKON_ASSIGN_OR_RETURN(stmt->body, ParseLoopBody({"endfor", "else"}));
  if (SkipName("else")) {
    RECKON_ASSIGN_OR_RETURN(stmt->orelse, ParseStatements({"endfor"}));
  }
  Next();
  return stmt;
}

Parser::StmtOr Parser::ParseWith() {
  auto stmt = NewStmt(StmtKind::kWith);
  Next();
  while (Current().type != TokenType::kBlockEnd) {
    if (!stmt->targets.empty()) RECKON_RETURN_IF_ERROR(ExpectOperator(","));
    RECKON_ASSIGN_OR_RETURN(ExprPtr target, ParseTarget(false, ""));
    RECKON_RETURN_IF_ERROR(ExpectOperator("="));
    RECKON_ASSIGN_OR_RETURN(ExprPtr value, ParseExpression());
    stmt->targets.push_back(std::move(target));
    stmt->values.push_back(std::move(value));
  }
  const Restore<bool> soft(&soft_, false);
  RECKON_ASSIGN_OR_RETURN(stmt->body, ParseStatements({"endwith"}));
  Next();
  return stmt;
}

absl::Status Parser::ParseSignature(MacroDef* macro) {
  RECKON_RETURN_IF_ERROR(ExpectOperator("("));
  while (!AtOperator(")")) {
    if (!macro->parameters.empty()) RECKON_RETURN_IF_ERROR(ExpectOperator(","));
    if (Current().type != TokenType::kName) return Unexpected("a parameter name");
    const std::string name = Current().text;
    RECKON_ASSIGN_OR_RETURN(ExprPtr target, ParseSimpleTarget(false));
    if (std::find(macro->parameters.begin(), macro->parameters.end(), name) != macro->parameters.end()) {
      return Fail(absl::StrCat("the parameter '", name, "' is there twice"));
    }
    if (SkipOperator("=")) {
      RECKON_ASSIGN_OR_RETURN(ExprPtr value, ParseExpression());
      macro->defaults.push_back(std::move(value));
    } else if (!macro->defaults.empty()) {
      return Fail("non-default argument follows default argument");
    }
    if (macro->parameters.size() > 255) return Fail("more than 255 parameters");
    macro->parameters.push_back(name);
    macro->parameter_symbols.push_back(Symbol(name));
  }
  Next();
  return absl::OkStatus();
}

// The body of a macro is a function: a loop around it cannot be left from inside.
absl::Status Parser::ParseMacroBody(MacroDef* macro, absl::string_view end) {
  const Restore<int> loops(&loops_, 0);
  const Restore<bool> soft(&soft_, false);
  const size_t begin = position_;
  RECKON_ASSIGN_OR_RETURN(macro->body, ParseStatements({end}));
  for (size_t i = begin; i < position_; ++i) {
    if (tokens_[i].type != TokenType::kName) continue;
    if (i > 0 && tokens_[i - 1].type == TokenType::kOperator && tokens_[i - 1].text == ".") continue;
    macro->uses_caller = macro->uses_caller || tokens_[i].text == "caller";
    macro->uses_varargs = macro->uses_varargs || tokens_[i].text == "varargs";
    macro->uses_kwargs = macro->uses_kwargs || tokens_[i].text == "kwargs";
  }
  for (size_t i = 0; i < macro->parameters.size(); ++i) {
    if (macro->parameters[i] == "varargs") macro->uses_varargs = false;
    if (macro->parameters[i] == "kwargs") macro->uses_kwargs = false;
    const bool has_default = i + macro->defaults.size() >= macro->parameters.size();
    if (macro->parameters[i] == "caller" && macro->uses_caller && !has_default) {
      return Fail("the parameter 'caller' must have a default or be left out");
    }
  }
  Next();
  return absl::OkStatus();
}

Parser::StmtOr Parser::ParseMacro() {
  auto stmt = NewStmt(StmtKind::kMacro);
  Next();
  const Restore<bool> soft(&soft_, false);
  RECKON_ASSIGN_OR_RETURN(ExprPtr target, ParseSimpleTarget(false));
  if (target->kind != ExprKind::kName) return Fail("a macro needs a name");
  stmt->symbol = target->symbol;
  stmt->macro = std::make_unique<MacroDef>();
  stmt->macro->name = target->name;
  RECKON_RETURN_IF_ERROR(ParseSignature(stmt->macro.get()));
  RECKON_RETURN_IF_ERROR(ParseMacroBody(stmt->macro.get(), "endmacro"));
  return stmt;
}

Parser::StmtOr Parser::ParseCallBlock() {
  auto stmt = NewStmt(StmtKind::kCall);
  Next();
  stmt->macro = std::make_unique<MacroDef>();
  if (AtOperator("(")) RECKON_RETURN_IF_ERROR(ParseSignature(stmt->macro.get()));
  RECKON_ASSIGN_OR_RETURN(ExprPtr call, ParseExpression());
  if (call->kind != ExprKind::kCall) return Fail("expected a call");
  stmt->values.push_back(std::move(call));
  RECKON_RETURN_IF_ERROR(ParseMacroBody(stmt->macro.get(), "endcall"));
  return stmt;
}

Parser::StmtOr Parser::ParseGeneration() {
  auto stmt = NewStmt(StmtKind::kGeneration);
  Next();
  stmt->macro = std::make_unique<MacroDef>();
  RECKON_RETURN_IF_ERROR(ParseMacroBody(stmt->macro.get(), "endgeneration"));
  return stmt;
}

Parser::StmtOr Parser::ParseFilterBlock() {
  auto stmt = NewStmt(StmtKind::kFilter);
  Next();
  const Restore<bool> soft(&soft_, false);
  RECKON_ASSIGN_OR_RETURN(stmt->filter, ParseFilters(nullptr, true));
  RECKON_ASSIGN_OR_RETURN(stmt->body, ParseStatements({"endfilter"}));
  Next();
  return stmt;
}

Parser::StmtOr Parser::ParseBlock() {
  auto stmt = NewStmt(StmtKind::kBlock);
  Next();
  if (Current().type != TokenType::kName) return Unexpected("a block name");
  const std::string name = Current().text;
  if (std::find(block_names_.begin(), block_names_.end(), name) != block_names_.end()) {
    return Fail(absl::StrCat("the block '", name, "' is there twice"));
  }
  if (block_names_.size() > 255) return Fail("more than 255 blocks");
  block_names_.push_back(name);
  Next();
  const Restore<int> loops(&loops_, 0);
  const Restore<bool> soft(&soft_, false);
  RECKON_ASSIGN_OR_RETURN(stmt->body, ParseStatements({"endblock"}));
  Next();
  SkipName(name);
  return stmt;
}

Parser::StmtOr Parser::ParsePrint() {
  auto stmt = NewStmt(StmtKind::kOutput);
  Next();
  while (Current().type != TokenType::kBlockEnd) {
    if (!stmt->values.empty()) RECKON_RETURN_IF_ERROR(ExpectOperator(","));
    RECKON_ASSIGN_OR_RETURN(ExprPtr value, ParseExpression());
    stmt->values.push_back(std::move(value));
  }
  return stmt;
}

Parser::StmtOr Parser::ParseLoopControl(StmtKind kind) {
  if (loops_ == 0) return Fail(absl::StrCat("'", Current().text, "' outside of a loop"));
  auto stmt = NewStmt(kind);
  Next();
  return stmt;
}

absl::StatusOr<std::unique_ptr<const Template>> ParseTemplate(absl::string_view source) {
  RECKON_ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(source));
  return Parser(std::move(tokens)).Run();
}

}  // namespace reckon::jinja
