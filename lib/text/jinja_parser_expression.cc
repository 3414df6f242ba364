// Expressions. The order of the functions is the order of precedence, which is jinja2's and not quite Python's.
#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status.h"
#include "text/jinja_format.h"
#include "text/jinja_parser.h"

namespace reckon::jinja {
namespace {

constexpr int kMaxExprDepth = 128;  // of the tree
constexpr int kBinaryLevels = 3;

struct OperatorName {
  absl::string_view text;
  Operator op;
};
constexpr OperatorName kComparisons[] = {{"==", Operator::kEq}, {"!=", Operator::kNe}, {"<", Operator::kLt},
                                         {"<=", Operator::kLe}, {">", Operator::kGt},  {">=", Operator::kGe}};
constexpr OperatorName kSums[] = {{"+", Operator::kAdd}, {"-", Operator::kSub}};
constexpr OperatorName kProducts[] = {
    {"*", Operator::kMul}, {"/", Operator::kDiv}, {"//", Operator::kFloorDiv}, {"%", Operator::kMod}};
constexpr OperatorName kPowers[] = {{"**", Operator::kPow}};

const Operator* FindOperator(absl::Span<const OperatorName> names, const Token& token) {
  if (token.type != TokenType::kOperator) return nullptr;
  for (const OperatorName& name : names) {
    if (name.text == token.text) return &name.op;
  }
  return nullptr;
}

}  // namespace

absl::Status TooDeep(int line) {
  return absl::ResourceExhaustedError(absl::StrCat("chat template, line ", line, ": the expression nests too deep"));
}

bool IsConstantName(absl::string_view name) {
  return name == "true" || name == "false" || name == "none" || name == "True" || name == "False" || name == "None";
}

ExprPtr Parser::NewExpr(ExprKind kind) const {
  auto node = std::make_unique<Expr>();
  node->kind = kind;
  node->line = Current().line;
  return node;
}

Parser::ExprOr Parser::Finish(ExprPtr node) const {
  int depth = 0;
  const auto take = [&depth](const ExprPtr& child) {
    if (child != nullptr) depth = std::max(depth, child->depth);
  };
  std::for_each(node->children.begin(), node->children.end(), take);
  if (node->arguments != nullptr) {
    std::for_each(node->arguments->positional.begin(), node->arguments->positional.end(), take);
    for (const auto& [name, value] : node->arguments->named) take(value);
    take(node->arguments->star);
    take(node->arguments->double_star);
  }
  node->depth = depth + 1;
  if (node->depth > kMaxExprDepth) return TooDeep(node->line);
  return node;
}

bool Parser::AtTupleEnd(absl::string_view end_name) const {
  const TokenType type = Current().type;
  if (type == TokenType::kVariableEnd || type == TokenType::kBlockEnd || AtOperator(")")) return true;
  return !end_name.empty() && AtName(end_name);
}

Parser::ExprOr Parser::ParseTuple(bool with_condition, bool explicit_parentheses, absl::string_view end_name) {
  const Nesting nesting(&nesting_);
  if (nesting.too_deep()) return TooDeep(Current().line);
  ExprPtr tuple = NewExpr(ExprKind::kTuple);
  bool is_tuple = false;
  while (!AtTupleEnd(end_name)) {
    RECKON_ASSIGN_OR_RETURN(ExprPtr item, ParseExpression(with_condition));
    tuple->children.push_back(std::move(item));
    if (!SkipOperator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) {
    if (!tuple->children.empty()) return std::move(tuple->children[0]);
    if (!explicit_parentheses) return Unexpected("an expression");
  }
  return Finish(std::move(tuple));
}

Parser::ExprOr Parser::ParseExpression(bool with_condition) {
  return with_condition ? ParseCondition() : ParseLogic(true);
}

Parser::ExprOr Parser::ParseCondition() {
  const Nesting nesting(&nesting_);
  if (nesting.too_deep()) return TooDeep(Current().line);
  const size_t unknown_before = unknown_.size();
  RECKON_ASSIGN_OR_RETURN(ExprPtr node, ParseLogic(true));
  while (AtName("if")) {
    ExprPtr condition = NewExpr(ExprKind::kCondition);
    Next();
    RECKON_ASSIGN_OR_RETURN(ExprPtr test, ParseLogic(true));
    ExprPtr otherwise;
    if (SkipName("else")) {
      RECKON_ASSIGN_OR_RETURN(otherwise, ParseCondition());
    }
    condition->children.push_back(std::move(test));
    condition->children.push_back(std::move(node));
    condition->children.push_back(std::move(otherwise));
    RECKON_ASSIGN_OR_RETURN(node, Finish(std::move(condition)));
    unknown_.resize(unknown_before);
  }
  return node;
}

Parser::ExprOr Parser::ParseLogic(bool is_or) {
  ExprPtr chain = NewExpr(is_or ? ExprKind::kOr : ExprKind::kAnd);
  const absl::string_view word = is_or ? "or" : "and";
  do {
    RECKON_ASSIGN_OR_RETURN(ExprPtr operand, is_or ? ParseLogic(false) : ParseNot());
    chain->children.push_back(std::move(operand));
  } while (SkipName(word));
  if (chain->children.size() == 1) return std::move(chain->children[0]);
  return Finish(std::move(chain));
}

Parser::ExprOr Parser::ParseNot() {
  if (!AtName("not")) return ParseCompare();
  const Nesting nesting(&nesting_);
  if (nesting.too_deep()) return TooDeep(Current().line);
  ExprPtr node = NewExpr(ExprKind::kNot);
  Next();
  RECKON_ASSIGN_OR_RETURN(ExprPtr operand, ParseNot());
  node->children.push_back(std::move(operand));
  return Finish(std::move(node));
}

Parser::ExprOr Parser::ParseCompare() {
  ExprPtr chain = NewExpr(ExprKind::kCompare);
  RECKON_ASSIGN_OR_RETURN(ExprPtr first, ParseBinary(0));
  chain->children.push_back(std::move(first));
  while (true) {
    if (const Operator* op = FindOperator(kComparisons, Current()); op != nullptr) {
      chain->operators.push_back(*op);
    } else if (AtName("in")) {
      chain->operators.push_back(Operator::kIn);
    } else if (AtName("not") && Look().type == TokenType::kName && Look().text == "in") {
      chain->operators.push_back(Operator::kNotIn);
      Next();
    } else {
      break;
    }
    Next();
    RECKON_ASSIGN_OR_RETURN(ExprPtr operand, ParseBinary(0));
    chain->children.push_back(std::move(operand));
  }
  if (chain->operators.empty()) return std::move(chain->children[0]);
  return Finish(std::move(chain));
}

// Level 0: + and -; between it and level 1 stands ~; level 1: products; level 2: powers, from left to right.
Parser::ExprOr Parser::ParseBinary(int level) {
  static constexpr absl::Span<const OperatorName> kLevels[kBinaryLevels] = {kSums, kProducts, kPowers};
  ExprPtr chain = NewExpr(ExprKind::kBinary);
  while (true) {
    RECKON_ASSIGN_OR_RETURN(ExprPtr operand, level == 0   ? ParseConcat()
                                             : level == 1 ? ParseBinary(2)
                                                          : ParseUnary(true));
    chain->children.push_back(std::move(operand));
    const Operator* op = FindOperator(kLevels[level], Current());
    if (op == nullptr) break;
    chain->operators.push_back(*op);
    Next();
  }
  if (chain->operators.empty()) return std::move(chain->children[0]);
  return Finish(std::move(chain));
}

Parser::ExprOr Parser::ParseConcat() {
  ExprPtr chain = NewExpr(ExprKind::kConcat);
  do {
    RECKON_ASSIGN_OR_RETURN(ExprPtr operand, ParseBinary(1));
    chain->children.push_back(std::move(operand));
  } while (SkipOperator("~"));
  if (chain->children.size() == 1) return std::move(chain->children[0]);
  return Finish(std::move(chain));
}

Parser::ExprOr Parser::ParseUnary(bool with_filter) {
  const Nesting nesting(&nesting_);
  if (nesting.too_deep()) return TooDeep(Current().line);
  ExprPtr node;
  if (AtOperator("-") || AtOperator("+")) {
    ExprPtr unary = NewExpr(AtOperator("-") ? ExprKind::kNegate : ExprKind::kPlus);
    Next();
    RECKON_ASSIGN_OR_RETURN(ExprPtr operand, ParseUnary(false));
    unary->children.push_back(std::move(operand));
    RECKON_ASSIGN_OR_RETURN(node, Finish(std::move(unary)));
  } else {
    RECKON_ASSIGN_OR_RETURN(node, ParsePrimary());
  }
  RECKON_ASSIGN_OR_RETURN(node, ParsePostfix(std::move(node)));
  if (!with_filter) return node;
  return ParseFilterExpression(std::move(node));
}

Parser::ExprOr Parser::ParsePrimary() {
  const Token& token = Current();
  if (token.type == TokenType::kInteger || token.type == TokenType::kFloat) return ParseNumber();
  if (token.type == TokenType::kName) {
    const bool constant = IsConstantName(token.text);
    ExprPtr node = NewExpr(constant ? ExprKind::kConst : ExprKind::kName);
    if (!constant) {
      node->name = token.text;
      node->symbol = Symbol(token.text);
    } else if (token.text != "none" && token.text != "None") {
      node->value = Value::Bool(token.text == "true" || token.text == "True");
    }
    Next();
    return node;
  }
  if (token.type == TokenType::kString) {
    ExprPtr node = NewExpr(ExprKind::kConst);
    std::string text;
    for (; Current().type == TokenType::kString; Next()) text += Current().text;
    node->value = Heap(nullptr).String(std::move(text));
    return node;
  }
  if (AtOperator("[")) return ParseList();
  if (AtOperator("{")) return ParseDict();
  if (!SkipOperator("(")) return Unexpected("an expression");
  RECKON_ASSIGN_OR_RETURN(ExprPtr node, ParseTuple(true, true));
  RECKON_RETURN_IF_ERROR(ExpectOperator(")"));
  return node;
}

Parser::ExprOr Parser::ParseNumber() {
  ExprPtr node = NewExpr(ExprKind::kConst);
  const std::string& text = Current().text;
  const char* end = text.data() + text.size();
  if (Current().type == TokenType::kFloat) {
    node->value = Value::Float(ReadDecimal(text).value_or(0));
    Next();
    return node;
  }
  int base = 10;
  if (text.size() > 2 && text[0] == '0')
    base = text[1] == 'x' || text[1] == 'X'   ? 16
           : text[1] == 'o' || text[1] == 'O' ? 8
           : text[1] == 'b' || text[1] == 'B' ? 2
                                              : 10;
  int64_t value = 0;
  const char* begin = text.data() + (base == 10 ? 0 : 2);
  if (std::from_chars(begin, end, value, base).ec == std::errc()) {
    node->value = Value::Int(value);
  } else if (base == 10) {
    node->value = Heap(nullptr).BigInt(text);
  } else {
    return Fail("the number does not fit 64 bits");
  }
  Next();
  return node;
}

Parser::ExprOr Parser::ParseList() {
  ExprPtr node = NewExpr(ExprKind::kList);
  Next();
  while (!AtOperator("]")) {
    RECKON_ASSIGN_OR_RETURN(ExprPtr item, ParseExpression());
    node->children.push_back(std::move(item));
    if (!SkipOperator(",")) break;
  }
  RECKON_RETURN_IF_ERROR(ExpectOperator("]"));
  return Finish(std::move(node));
}

Parser::ExprOr Parser::ParseDict() {
  ExprPtr node = NewExpr(ExprKind::kDict);
  Next();
  while (!AtOperator("}")) {
    RECKON_ASSIGN_OR_RETURN(ExprPtr key, ParseExpression());
    RECKON_RETURN_IF_ERROR(ExpectOperator(":"));
    RECKON_ASSIGN_OR_RETURN(ExprPtr value, ParseExpression());
    node->children.push_back(std::move(key));
    node->children.push_back(std::move(value));
    if (!SkipOperator(",")) break;
  }
  RECKON_RETURN_IF_ERROR(ExpectOperator("}"));
  return Finish(std::move(node));
}

}  // namespace reckon::jinja
