// What stands behind a value: subscripts, calls, filters and tests. And what can be assigned to.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_filters.h"
#include "text/jinja_parser.h"
#include "text/jinja_tests.h"

namespace reckon::jinja {

Parser::ExprOr Parser::ParsePostfix(ExprPtr node) {
  while (true) {
    if (AtOperator(".") || AtOperator("[")) {
      RECKON_ASSIGN_OR_RETURN(node, ParseSubscript(std::move(node)));
    } else if (AtOperator("(")) {
      ExprPtr call = NewExpr(ExprKind::kCall);
      RECKON_ASSIGN_OR_RETURN(call->arguments, ParseArguments());
      call->children.push_back(std::move(node));
      RECKON_ASSIGN_OR_RETURN(node, Finish(std::move(call)));
    } else {
      return node;
    }
  }
}

Parser::ExprOr Parser::ParseFilterExpression(ExprPtr node) {
  while (true) {
    if (AtOperator("|")) {
      RECKON_ASSIGN_OR_RETURN(node, ParseFilters(std::move(node), false));
    } else if (AtName("is")) {
      RECKON_ASSIGN_OR_RETURN(node, ParseTest(std::move(node)));
    } else if (AtOperator("(")) {
      ExprPtr call = NewExpr(ExprKind::kCall);
      RECKON_ASSIGN_OR_RETURN(call->arguments, ParseArguments());
      call->children.push_back(std::move(node));
      RECKON_ASSIGN_OR_RETURN(node, Finish(std::move(call)));
    } else {
      return node;
    }
  }
}

absl::StatusOr<std::string> Parser::ParseDottedName() {
  std::string name;
  do {
    if (Current().type != TokenType::kName) return Unexpected("a name");
    absl::StrAppend(&name, name.empty() ? "" : ".", Current().text);
    Next();
  } while (SkipOperator("."));
  return name;
}

// `input` may be null: the filter then takes the text of its block.
Parser::ExprOr Parser::ParseFilters(ExprPtr input, bool start_inline) {
  ExprPtr node = std::move(input);
  while (start_inline || SkipOperator("|")) {
    start_inline = false;
    ExprPtr filter = NewExpr(ExprKind::kFilter);
    RECKON_ASSIGN_OR_RETURN(filter->name, ParseDottedName());
    if (FindFilter(filter->name) == nullptr)
      NoteUnknown(filter->line, absl::StrCat("no filter named '", filter->name, "'"));
    if (AtOperator("(")) {
      RECKON_ASSIGN_OR_RETURN(filter->arguments, ParseArguments());
    } else {
      filter->arguments = std::make_unique<ArgumentList>();
    }
    filter->children.push_back(std::move(node));
    RECKON_ASSIGN_OR_RETURN(node, Finish(std::move(filter)));
  }
  return node;
}

Parser::ExprOr Parser::ParseTest(ExprPtr input) {
  Next();
  const bool negated = SkipName("not");
  ExprPtr test = NewExpr(ExprKind::kTest);
  RECKON_ASSIGN_OR_RETURN(test->name, ParseDottedName());
  if (FindTest(test->name) == nullptr) NoteUnknown(test->line, absl::StrCat("no test named '", test->name, "'"));
  const TokenType type = Current().type;
  test->arguments = std::make_unique<ArgumentList>();
  if (AtOperator("(")) {
    RECKON_ASSIGN_OR_RETURN(test->arguments, ParseArguments());
  } else if ((type == TokenType::kName || type == TokenType::kString || type == TokenType::kInteger ||
              type == TokenType::kFloat || AtOperator("[") || AtOperator("{")) &&
             !AtName("else") && !AtName("or") && !AtName("and")) {
    if (AtName("is")) return Fail("tests cannot be chained with 'is'");
    RECKON_ASSIGN_OR_RETURN(ExprPtr argument, ParsePrimary());
    RECKON_ASSIGN_OR_RETURN(argument, ParsePostfix(std::move(argument)));
    test->arguments->positional.push_back(std::move(argument));
  }
  test->children.push_back(std::move(input));
  RECKON_ASSIGN_OR_RETURN(ExprPtr node, Finish(std::move(test)));
  if (!negated) return node;
  ExprPtr negation = NewExpr(ExprKind::kNot);
  negation->children.push_back(std::move(node));
  return Finish(std::move(negation));
}

Parser::ExprOr Parser::ParseSubscript(ExprPtr node) {
  ExprPtr access = NewExpr(ExprKind::kGetItem);
  access->children.push_back(std::move(node));
  if (SkipOperator(".")) {
    if (Current().type == TokenType::kName) {
      access->kind = ExprKind::kGetAttr;
      access->name = Current().text;
      Next();
      return Finish(std::move(access));
    }
    if (Current().type != TokenType::kInteger) return Unexpected("a name or a number");
    RECKON_ASSIGN_OR_RETURN(ExprPtr index, ParseNumber());
    access->children.push_back(std::move(index));
    return Finish(std::move(access));
  }
  Next();
  ExprPtr tuple = NewExpr(ExprKind::kTuple);
  while (!AtOperator("]")) {
    if (!tuple->children.empty()) RECKON_RETURN_IF_ERROR(ExpectOperator(","));
    RECKON_ASSIGN_OR_RETURN(ExprPtr item, ParseSliceOrExpression());
    tuple->children.push_back(std::move(item));
  }
  Next();
  if (tuple->children.size() == 1) {
    access->children.push_back(std::move(tuple->children[0]));
  } else {
    RECKON_ASSIGN_OR_RETURN(tuple, Finish(std::move(tuple)));
    access->children.push_back(std::move(tuple));
  }
  return Finish(std::move(access));
}

Parser::ExprOr Parser::ParseSliceOrExpression() {
  ExprPtr slice = NewExpr(ExprKind::kSlice);
  slice->children.resize(3);
  if (!AtOperator(":")) {
    RECKON_ASSIGN_OR_RETURN(ExprPtr first, ParseExpression());
    if (!AtOperator(":")) return first;
    slice->children[0] = std::move(first);
  }
  for (size_t part = 1; part < 3 && SkipOperator(":"); ++part) {
    if (AtOperator(":") || AtOperator("]") || AtOperator(",")) continue;
    RECKON_ASSIGN_OR_RETURN(slice->children[part], ParseExpression());
  }
  return Finish(std::move(slice));
}

absl::StatusOr<std::unique_ptr<ArgumentList>> Parser::ParseArguments() {
  auto arguments = std::make_unique<ArgumentList>();
  const absl::Status misplaced = Fail("invalid syntax for function call expression");
  RECKON_RETURN_IF_ERROR(ExpectOperator("("));
  while (!AtOperator(")")) {
    if (SkipOperator("*")) {
      if (arguments->star != nullptr || arguments->double_star != nullptr) return misplaced;
      RECKON_ASSIGN_OR_RETURN(arguments->star, ParseExpression());
    } else if (SkipOperator("**")) {
      if (arguments->double_star != nullptr) return misplaced;
      RECKON_ASSIGN_OR_RETURN(arguments->double_star, ParseExpression());
    } else if (Current().type == TokenType::kName && Look().type == TokenType::kOperator && Look().text == "=") {
      if (arguments->double_star != nullptr) return misplaced;
      std::string name = Current().text;
      if (arguments->named.size() > 255) return Fail("more than 255 keyword arguments");
      for (const auto& [other, value] : arguments->named) {
        if (other == name) return Fail(absl::StrCat("keyword argument repeated: ", name));
      }
      Next();
      Next();
      RECKON_ASSIGN_OR_RETURN(ExprPtr value, ParseExpression());
      arguments->named.emplace_back(std::move(name), std::move(value));
    } else {
      if (arguments->star != nullptr || arguments->double_star != nullptr || !arguments->named.empty())
        return misplaced;
      RECKON_ASSIGN_OR_RETURN(ExprPtr value, ParseExpression());
      arguments->positional.push_back(std::move(value));
    }
    if (!SkipOperator(",")) break;
  }
  RECKON_RETURN_IF_ERROR(ExpectOperator(")"));
  return arguments;
}

Parser::ExprOr Parser::ParseSimpleTarget(bool with_namespace) {
  if (AtOperator("(")) {
    Next();
    RECKON_ASSIGN_OR_RETURN(ExprPtr target, ParseTarget(false, ""));
    RECKON_RETURN_IF_ERROR(ExpectOperator(")"));
    return target;
  }
  if (Current().type != TokenType::kName || IsConstantName(Current().text)) return Fail("cannot assign to this");
  ExprPtr target = NewExpr(ExprKind::kName);
  target->name = Current().text;
  target->symbol = Symbol(target->name);
  Next();
  if (with_namespace && SkipOperator(".")) {
    if (Current().type != TokenType::kName) return Unexpected("a name");
    target->kind = ExprKind::kNamespace;
    target->name = Current().text;
    Next();
  } else if (for_bodies_ > 0 && target->name == "loop") {
    return Fail("cannot assign to the special variable 'loop' in a for loop");
  }
  return target;
}

Parser::ExprOr Parser::ParseTarget(bool with_namespace, absl::string_view end_name) {
  const Nesting nesting(&nesting_);
  if (nesting.too_deep()) return TooDeep(Current().line);
  ExprPtr tuple = NewExpr(ExprKind::kTuple);
  bool is_tuple = false;
  while (!AtTupleEnd(end_name)) {
    RECKON_ASSIGN_OR_RETURN(ExprPtr item, ParseSimpleTarget(with_namespace));
    tuple->children.push_back(std::move(item));
    if (!SkipOperator(",")) break;
    is_tuple = true;
  }
  if (!is_tuple) {
    if (tuple->children.empty()) return Unexpected("a name to assign to");
    return std::move(tuple->children[0]);
  }
  return Finish(std::move(tuple));
}

}  // namespace reckon::jinja
