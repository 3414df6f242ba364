// Renders a parsed template: a walk over its tree, bounded in steps, memory, output and depth.
//
// Semantics are those of jinja2's ImmutableSandboxedEnvironment: attributes before items for a.b, items before
// attributes for a['b'], no access to names with a leading underscore of Python objects, no methods that change a list
// or dict. Errors are INVALID_ARGUMENT where Python would raise, RESOURCE_EXHAUSTED where a bound is met.
#ifndef RECKON_LIB_TEXT_JINJA_INTERPRETER_H_
#define RECKON_LIB_TEXT_JINJA_INTERPRETER_H_

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/jinja_ast.h"
#include "text/jinja_value.h"

namespace reckon::jinja {

// The variables of one block. A macro keeps the scope it was made in.
struct Scope {
  Scope* parent = nullptr;
  std::unordered_map<int, Value> variables;  // by symbol
  bool captured = false;                     // by a macro: it has to live as long as the render
};

struct LoopRep;
struct NamespaceRep;

// One render. Not copyable, used once, by one thread.
class Interpreter {
 public:
  // `source` must outlive it. `now` is what strftime_now() prints, in local time.
  Interpreter(const Template& source, const Limits& limits, std::time_t now);
  ~Interpreter();
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  // Values of the render have to be made with it, before Render().
  const Heap& heap() const { return heap_; }
  Meter& meter() { return meter_; }
  // Gives the template a variable. Names that it does not mention are dropped.
  void SetVariable(absl::string_view name, Value value);
  absl::StatusOr<std::string> Render();

  // For filters, tests and methods.
  absl::StatusOr<Value> Call(const Value& callee, const CallArgs& args);
  absl::StatusOr<Value> GetAttr(const Value& object, absl::string_view name);
  absl::StatusOr<Value> GetItem(const Value& object, const Value& key);
  // What iter(value) walks over. The list stays as it is while someone holds it.
  absl::StatusOr<std::shared_ptr<const ListRep>> Iterate(const Value& value);
  absl::StatusOr<bool> Contains(const Value& container, const Value& item);
  absl::StatusOr<Value> Binary(Operator op, const Value& left, const Value& right);
  absl::StatusOr<std::string> Text(const Value& value) { return ToText(meter_, value); }
  absl::StatusOr<Value> TextValue(const Value& value);
  std::time_t now() const { return now_; }
  void Register(std::shared_ptr<NamespaceRep> space);

  // For `loop` and macros.
  absl::StatusOr<bool> PassesLoopFilter(const Stmt& loop, Scope* scope, const Value& item);
  absl::StatusOr<Value> RenderRecursively(const Stmt& loop, Scope* scope, const Value& sequence, int depth);
  absl::StatusOr<Value> CallMacro(const MacroDef& macro, Scope* closure, const CallArgs& args);

 private:
  friend class DepthGuard;
  enum class Flow { kNormal, kBreak, kContinue };

  // jinja_statement.cc
  absl::StatusOr<Flow> Execute(const Block& block);
  absl::StatusOr<Flow> Execute(const Stmt& stmt);
  absl::StatusOr<Flow> ExecuteScoped(const Block& block, Scope* parent);
  absl::StatusOr<Flow> ExecuteIf(const Stmt& stmt);
  absl::StatusOr<Flow> ExecuteWith(const Stmt& stmt);
  absl::StatusOr<Flow> ExecuteFilter(const Stmt& stmt);
  absl::Status ExecuteSetBlock(const Stmt& stmt);
  absl::Status ExecuteCall(const Stmt& stmt);
  absl::Status ExecuteFor(const Stmt& stmt, Scope* outer, const Value& sequence, int depth);
  absl::StatusOr<bool> RunLoop(const Stmt& stmt, Scope* outer, LoopRep* loop, const Value& loop_value);
  absl::Status Assign(const Expr& target, const Value& value);
  absl::Status AssignAll(const Expr& target, const Value& value);
  absl::Status Emit(absl::string_view text);
  // Runs `body` with its output caught in a string.
  absl::StatusOr<std::string> Capture(const std::function<absl::Status()>& body);
  absl::StatusOr<Value> RunMacro(const MacroDef& macro, std::unique_ptr<Scope> scope, const std::vector<bool>& given);
  Value MakeMacro(const MacroDef& macro);
  void Leave(std::unique_ptr<Scope> scope);

  // jinja_expression.cc
  absl::StatusOr<Value> Evaluate(const Expr& node);
  absl::StatusOr<Value> EvaluateInner(const Expr& node);
  absl::StatusOr<Value> EvaluateName(const Expr& node);
  absl::StatusOr<Value> EvaluateDict(const Expr& node);
  absl::StatusOr<Value> EvaluateLogic(const Expr& node);
  absl::StatusOr<Value> EvaluateBinary(const Expr& node);
  absl::StatusOr<Value> EvaluateCompare(const Expr& node);
  absl::StatusOr<Value> EvaluateConcat(const Expr& node);
  absl::StatusOr<Value> EvaluateCondition(const Expr& node);
  absl::StatusOr<Value> EvaluateSubscript(const Expr& node);
  absl::StatusOr<Value> EvaluateCall(const Expr& node, const Value* caller);
  absl::StatusOr<Value> EvaluateTest(const Expr& node);
  // A chain of filters; `text` is what the innermost one takes if it stands on a block.
  absl::StatusOr<Value> EvaluateFilter(const Expr& node, const Value* text);
  absl::StatusOr<std::vector<Value>> EvaluateAll(const std::vector<ExprPtr>& nodes);
  absl::StatusOr<CallArgs> EvaluateArguments(const ArgumentList& arguments);
  absl::StatusOr<Value> Negate(const Value& value);
  absl::StatusOr<Value> Slice(const Value& object, const Expr& slice);
  absl::StatusOr<bool> CompareOnce(Operator op, const Value& left, const Value& right);

  // jinja_attribute.cc
  std::optional<Value> PythonAttribute(const Value& object, absl::string_view name);
  absl::StatusOr<std::optional<Value>> Subscript(const Value& object, const Value& key);
  std::optional<Value> Index(const Value& object, int64_t index);

  const Template& template_;
  Meter meter_;
  Heap heap_;
  const std::time_t now_;
  Scope root_;
  Scope* scope_ = &root_;
  std::vector<std::unique_ptr<Scope>> captured_scopes_;
  std::vector<std::shared_ptr<NamespaceRep>> namespaces_;  // cleared at the end: they may hold each other
  std::string output_;
  std::string* out_ = &output_;
  int depth_ = 0;
  int line_ = 1;
};

// Counts the depth of evaluation while it lives.
class DepthGuard {
 public:
  explicit DepthGuard(Interpreter* interpreter) : interpreter_(interpreter) { ++interpreter_->depth_; }
  ~DepthGuard() { --interpreter_->depth_; }
  DepthGuard(const DepthGuard&) = delete;
  DepthGuard& operator=(const DepthGuard&) = delete;
  absl::Status Check() const;

 private:
  Interpreter* interpreter_;
};

// Binds arguments to parameters as a Python function does. `out` has one entry for each parameter: the argument, or
// null if it was not given. INVALID_ARGUMENT if arguments are missing, unknown, or given twice.
absl::Status BindArguments(absl::string_view function, const CallArgs& args,
                           std::initializer_list<absl::string_view> names, size_t required, const Value** out);

// An argument that has to be an integer.
absl::StatusOr<int64_t> IntegerArgument(absl::string_view function, const Value& value);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_INTERPRETER_H_
