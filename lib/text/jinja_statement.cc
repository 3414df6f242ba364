// The interpreter's statements.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_objects.h"

namespace reckon::jinja {

absl::Status DepthGuard::Check() const {
  const int limit = interpreter_->meter_.limits().max_depth;
  if (interpreter_->depth_ <= limit) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("the template nests deeper than ", limit, " evaluations"));
}

Interpreter::Interpreter(const Template& source, const Limits& limits, std::time_t now)
    : template_(source), meter_(limits), heap_(&meter_), now_(now) {}

Interpreter::~Interpreter() {
  for (const auto& space : namespaces_) space->members.clear();
  for (const auto& scope : captured_scopes_) scope->variables.clear();
  root_.variables.clear();
}

void Interpreter::SetVariable(absl::string_view name, Value value) {
  const auto it = std::find(template_.symbols.begin(), template_.symbols.end(), name);
  if (it == template_.symbols.end()) return;
  root_.variables[static_cast<int>(it - template_.symbols.begin())] = std::move(value);
}

void Interpreter::Register(std::shared_ptr<NamespaceRep> space) { namespaces_.push_back(std::move(space)); }

absl::StatusOr<std::string> Interpreter::Render() {
  const absl::StatusOr<Flow> flow = Execute(template_.body);
  if (!flow.ok()) return Annotate(flow.status(), absl::StrCat("chat template, line ", line_));
  return std::move(output_);
}

absl::Status Interpreter::Emit(absl::string_view text) {
  if (out_ == &output_ && text.size() > meter_.limits().max_output_bytes - out_->size()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the rendered text is longer than ", meter_.limits().max_output_bytes, " bytes"));
  }
  RECKON_RETURN_IF_ERROR(meter_.Reserve(text.size()));
  meter_.Charge(text.size());
  out_->append(text.data(), text.size());
  return absl::OkStatus();
}

absl::StatusOr<std::string> Interpreter::Capture(const std::function<absl::Status()>& body) {
  std::string text;
  std::string* const saved = out_;
  out_ = &text;
  absl::Status status = body();
  out_ = saved;
  meter_.Release(text.size());
  if (!status.ok()) return status;
  return text;
}

void Interpreter::Leave(std::unique_ptr<Scope> scope) {
  if (!scope->captured) return;
  meter_.Charge(sizeof(Scope) + scope->variables.size() * 64);
  captured_scopes_.push_back(std::move(scope));
}

absl::StatusOr<Interpreter::Flow> Interpreter::Execute(const Block& block) {
  for (const std::unique_ptr<Stmt>& stmt : block) {
    RECKON_ASSIGN_OR_RETURN(const Flow flow, Execute(*stmt));
    if (flow != Flow::kNormal) return flow;
  }
  return Flow::kNormal;
}

absl::StatusOr<Interpreter::Flow> Interpreter::Execute(const Stmt& stmt) {
  line_ = stmt.line;
  const DepthGuard guard(this);
  RECKON_RETURN_IF_ERROR(guard.Check());
  RECKON_RETURN_IF_ERROR(meter_.Step());
  switch (stmt.kind) {
    case StmtKind::kText:
      RECKON_RETURN_IF_ERROR(Emit(stmt.text));
      break;
    case StmtKind::kOutput:
      for (const ExprPtr& expr : stmt.values) {
        RECKON_ASSIGN_OR_RETURN(const Value value, Evaluate(*expr));
        if (value.is_string()) {
          RECKON_RETURN_IF_ERROR(Emit(value.as_string()));
        } else {
          RECKON_ASSIGN_OR_RETURN(const std::string text, Text(value));
          RECKON_RETURN_IF_ERROR(Emit(text));
        }
      }
      break;
    case StmtKind::kIf:
      return ExecuteIf(stmt);
    case StmtKind::kFor: {
      RECKON_ASSIGN_OR_RETURN(const Value sequence, Evaluate(*stmt.values[0]));
      RECKON_RETURN_IF_ERROR(ExecuteFor(stmt, scope_, sequence, 0));
      break;
    }
    case StmtKind::kSet: {
      RECKON_ASSIGN_OR_RETURN(const Value value, Evaluate(*stmt.values[0]));
      RECKON_RETURN_IF_ERROR(Assign(*stmt.target, value));
      break;
    }
    case StmtKind::kSetBlock:
      RECKON_RETURN_IF_ERROR(ExecuteSetBlock(stmt));
      break;
    case StmtKind::kFilter:
      return ExecuteFilter(stmt);
    case StmtKind::kWith:
      return ExecuteWith(stmt);
    case StmtKind::kMacro:
      scope_->variables[stmt.symbol] = MakeMacro(*stmt.macro);
      break;
    case StmtKind::kCall:
      RECKON_RETURN_IF_ERROR(ExecuteCall(stmt));
      break;
    case StmtKind::kGeneration:
      return ExecuteScoped(stmt.macro->body, scope_);
    case StmtKind::kBlock:
      return ExecuteScoped(stmt.body, &root_);
    case StmtKind::kBreak:
      return Flow::kBreak;
    case StmtKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNormal;
}

absl::StatusOr<Interpreter::Flow> Interpreter::ExecuteScoped(const Block& block, Scope* parent) {
  auto scope = std::make_unique<Scope>();
  scope->parent = parent;
  Scope* const saved = scope_;
  scope_ = scope.get();
  absl::StatusOr<Flow> flow = Execute(block);
  scope_ = saved;
  Leave(std::move(scope));
  return flow;
}

absl::StatusOr<Interpreter::Flow> Interpreter::ExecuteIf(const Stmt& stmt) {
  for (const Branch& branch : stmt.branches) {
    RECKON_ASSIGN_OR_RETURN(const Value test, Evaluate(*branch.test));
    if (Truthy(test)) return Execute(branch.body);
  }
  return Execute(stmt.orelse);
}

absl::StatusOr<Interpreter::Flow> Interpreter::ExecuteWith(const Stmt& stmt) {
  auto scope = std::make_unique<Scope>();
  Scope* const saved = scope_;
  scope->parent = saved;
  absl::Status status;
  for (size_t i = 0; i < stmt.targets.size() && status.ok(); ++i) {
    const absl::StatusOr<Value> value = Evaluate(*stmt.values[i]);  // sees the outer scope only
    status = value.status();
    if (!status.ok()) break;
    scope_ = scope.get();
    status = Assign(*stmt.targets[i], *value);
    scope_ = saved;
  }
  absl::StatusOr<Flow> flow = Flow::kNormal;
  if (status.ok()) {
    scope_ = scope.get();
    flow = Execute(stmt.body);
    scope_ = saved;
  }
  Leave(std::move(scope));
  if (!status.ok()) return status;
  return flow;
}

absl::StatusOr<Interpreter::Flow> Interpreter::ExecuteFilter(const Stmt& stmt) {
  Flow flow = Flow::kNormal;
  RECKON_ASSIGN_OR_RETURN(std::string text, Capture([&]() -> absl::Status {
                            RECKON_ASSIGN_OR_RETURN(flow, ExecuteScoped(stmt.body, scope_));
                            return absl::OkStatus();
                          }));
  if (flow != Flow::kNormal) return flow;  // `break` leaves the block before its text is filtered
  const Value input = heap_.String(std::move(text));
  RECKON_ASSIGN_OR_RETURN(const Value value, EvaluateFilter(*stmt.filter, &input));
  RECKON_ASSIGN_OR_RETURN(const std::string filtered, Text(value));
  RECKON_RETURN_IF_ERROR(Emit(filtered));
  return flow;
}

absl::Status Interpreter::ExecuteSetBlock(const Stmt& stmt) {
  Flow flow = Flow::kNormal;
  RECKON_ASSIGN_OR_RETURN(std::string text, Capture([&]() -> absl::Status {
                            RECKON_ASSIGN_OR_RETURN(flow, ExecuteScoped(stmt.body, scope_));
                            return absl::OkStatus();
                          }));
  Value value = heap_.String(std::move(text));
  if (stmt.filter != nullptr) {
    RECKON_ASSIGN_OR_RETURN(value, EvaluateFilter(*stmt.filter, &value));
  }
  return Assign(*stmt.target, value);
}

Value Interpreter::MakeMacro(const MacroDef& macro) {
  for (Scope* scope = scope_; scope != nullptr && !scope->captured; scope = scope->parent) scope->captured = true;
  return heap_.Object(std::make_shared<MacroRep>(&macro, scope_), 0);
}

absl::Status Interpreter::ExecuteCall(const Stmt& stmt) {
  const Value caller = MakeMacro(*stmt.macro);
  RECKON_ASSIGN_OR_RETURN(const Value value, EvaluateCall(*stmt.values[0], &caller));
  RECKON_ASSIGN_OR_RETURN(const std::string text, Text(value));
  return Emit(text);
}

absl::Status Interpreter::Assign(const Expr& target, const Value& value) {
  RECKON_RETURN_IF_ERROR(meter_.Step());
  if (target.kind == ExprKind::kName) {
    scope_->variables[target.symbol] = value;
    return absl::OkStatus();
  }
  if (target.kind == ExprKind::kTuple) return AssignAll(target, value);
  const Value* space = nullptr;
  for (const Scope* scope = scope_; scope != nullptr && space == nullptr; scope = scope->parent) {
    const auto it = scope->variables.find(target.symbol);
    if (it != scope->variables.end()) space = &it->second;
  }
  auto* rep = space != nullptr && space->kind() == Kind::kObject
                  ? dynamic_cast<NamespaceRep*>(space->mutable_rep<ObjectRep>())
                  : nullptr;
  if (rep == nullptr) return absl::InvalidArgumentError("cannot assign attribute on non-namespace object");
  meter_.Charge(sizeof(Value) + target.name.size());
  rep->Set(target.name, value);
  return meter_.Step(static_cast<int64_t>(rep->members.size() / 8));
}

absl::Status Interpreter::AssignAll(const Expr& target, const Value& value) {
  RECKON_ASSIGN_OR_RETURN(const auto list, Iterate(value));
  if (list->items.size() != target.children.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat(list->items.size() < target.children.size() ? "not enough" : "too many",
                     " values to unpack (expected ", target.children.size(), ", got ", list->items.size(), ")"));
  }
  for (size_t i = 0; i < target.children.size(); ++i) {
    RECKON_RETURN_IF_ERROR(Assign(*target.children[i], list->items[i]));
  }
  return absl::OkStatus();
}

absl::Status Interpreter::ExecuteFor(const Stmt& stmt, Scope* outer, const Value& sequence, int depth) {
  auto loop = std::make_shared<LoopRep>();
  RECKON_ASSIGN_OR_RETURN(loop->source, Iterate(sequence));
  loop->statement = &stmt;
  loop->outer = outer;
  loop->depth0 = depth;
  loop->depth = loop->source->depth + 1;
  const Value loop_value = heap_.Object(loop, 0);
  Scope* const saved = scope_;
  absl::StatusOr<bool> finished = RunLoop(stmt, outer, loop.get(), loop_value);
  scope_ = outer;
  absl::StatusOr<Flow> flow = Flow::kNormal;
  // As jinja2 has it: also when every iteration was cut short by `continue` or the first one by `break`.
  if (finished.ok() && !*finished) flow = ExecuteScoped(stmt.orelse, outer);
  scope_ = saved;
  loop->Close();
  return finished.ok() ? flow.status() : finished.status();
}

// Returns whether an iteration reached its end.
absl::StatusOr<bool> Interpreter::RunLoop(const Stmt& stmt, Scope* outer, LoopRep* loop, const Value& loop_value) {
  bool finished = false;
  for (size_t i = 0;; ++i) {
    RECKON_RETURN_IF_ERROR(loop->Pull(*this, i + 1));
    const Value* item = loop->Item(i);
    if (item == nullptr) return finished;
    loop->index0 = static_cast<int64_t>(i);
    auto scope = std::make_unique<Scope>();
    scope->parent = outer;
    scope_ = scope.get();
    scope->variables[template_.loop_symbol] = loop_value;
    const Value current = *item;  // looking ahead may move the items
    const absl::Status assigned = Assign(*stmt.target, current);
    const absl::StatusOr<Flow> flow = assigned.ok() ? Execute(stmt.body) : assigned;
    Leave(std::move(scope));
    if (!flow.ok()) return flow.status();
    if (*flow == Flow::kBreak) return finished;
    finished = finished || *flow == Flow::kNormal;
  }
}

absl::StatusOr<bool> Interpreter::PassesLoopFilter(const Stmt& loop, Scope* outer, const Value& item) {
  if (loop.test == nullptr) return true;
  auto scope = std::make_unique<Scope>();
  scope->parent = outer;
  Scope* const saved = scope_;
  scope_ = scope.get();
  absl::Status status = Assign(*loop.target, item);
  absl::StatusOr<Value> value = Value();
  if (status.ok()) {
    value = Evaluate(*loop.test);
    status = value.status();
  }
  scope_ = saved;
  Leave(std::move(scope));
  if (!status.ok()) return status;
  return Truthy(*value);
}

absl::StatusOr<Value> Interpreter::RenderRecursively(const Stmt& loop, Scope* outer, const Value& sequence, int depth) {
  const DepthGuard guard(this);
  RECKON_RETURN_IF_ERROR(guard.Check());
  RECKON_ASSIGN_OR_RETURN(std::string text, Capture([&] { return ExecuteFor(loop, outer, sequence, depth); }));
  return heap_.String(std::move(text));
}

}  // namespace reckon::jinja
