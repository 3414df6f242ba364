// A parsed template. Immutable, and therefore shared between renders and threads.
#ifndef RECKON_LIB_TEXT_JINJA_AST_H_
#define RECKON_LIB_TEXT_JINJA_AST_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja_value.h"

namespace reckon::jinja {

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct ArgumentList {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string, ExprPtr>> named;
  ExprPtr star;         // *args, or null
  ExprPtr double_star;  // **kwargs, or null
};

enum class Operator {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kFloorDiv,
  kMod,
  kPow,  // binary
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kIn,
  kNotIn,  // comparisons
};

enum class ExprKind {
  kConst,      // value
  kName,       // symbol, name
  kNamespace,  // symbol, name (the attribute); only as an assignment target
  kList,       // children
  kTuple,      // children
  kDict,       // children: key, value, key, value...
  kNot,        // child
  kNegate,     // child
  kPlus,       // child
  kAnd,        // children
  kOr,         // children
  kBinary,     // children joined by operators, from left to right
  kCompare,    // children joined by operators, chained as in Python
  kConcat,     // children (~)
  kCondition,  // test, then, else (may be null)
  kGetAttr,    // child, name
  kGetItem,    // child, subscript
  kSlice,      // start, stop, step; each may be null
  kCall,       // callee; arguments
  kFilter,     // input (null: the text of the block it stands on), name; arguments
  kTest,       // input, name; arguments
};

// Chains of operators are kept flat, so that the depth of the tree is the depth of the brackets in the template.
struct Expr {
  ExprKind kind = ExprKind::kConst;
  int line = 0;
  int depth = 1;    // of the tree; bounded by the parser
  int symbol = -1;  // of a name
  std::string name;
  Value value;
  std::vector<ExprPtr> children;
  std::vector<Operator> operators;
  std::unique_ptr<ArgumentList> arguments;
};

struct Stmt;
using Block = std::vector<std::unique_ptr<Stmt>>;

// {% macro %}, the body of {% call %} and of {% generation %}.
struct MacroDef {
  std::string name;  // empty for a caller
  std::vector<std::string> parameters;
  std::vector<int> parameter_symbols;
  std::vector<ExprPtr> defaults;  // of the last parameters
  Block body;
  bool uses_caller = false;  // the body mentions the name, and so it may be given
  bool uses_varargs = false;
  bool uses_kwargs = false;
};

struct Branch {
  ExprPtr test;
  Block body;
};

enum class StmtKind {
  kText,        // text
  kOutput,      // values
  kIf,          // branches, orelse
  kFor,         // target, values[0] the sequence, test or null, body, orelse, recursive
  kSet,         // target, values[0]
  kSetBlock,    // target, filter or null, body
  kFilter,      // filter, body
  kWith,        // targets, values, body
  kMacro,       // symbol, macro
  kCall,        // values[0] the call, macro
  kGeneration,  // macro: the body is a scope of its own, nothing else happens
  kBlock,       // body: a scope of its own that sees top-level names
  kBreak,
  kContinue,
};

struct Stmt {
  StmtKind kind = StmtKind::kText;
  int line = 0;
  std::string text;
  ExprPtr target;
  ExprPtr test;
  ExprPtr filter;
  std::vector<ExprPtr> targets;
  std::vector<ExprPtr> values;
  std::vector<Branch> branches;
  Block body;
  Block orelse;
  int symbol = -1;
  std::unique_ptr<MacroDef> macro;
  bool recursive = false;
};

struct Template {
  Block body;
  std::vector<std::string> symbols;  // names, by the numbers that the nodes use
  int loop_symbol = -1;
  int caller_symbol = -1;
  int varargs_symbol = -1;
  int kwargs_symbol = -1;
};

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_AST_H_
