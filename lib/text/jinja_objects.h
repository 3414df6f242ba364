// The objects that templates meet: functions, bound methods, macros, `loop`, namespaces, cyclers and joiners.
#ifndef RECKON_LIB_TEXT_JINJA_OBJECTS_H_
#define RECKON_LIB_TEXT_JINJA_OBJECTS_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "text/jinja_interpreter.h"
#include "text/jinja_value.h"

namespace reckon::jinja {

using GlobalFunction = absl::StatusOr<Value> (*)(Interpreter& interpreter, const CallArgs& args);
using MethodFunction = absl::StatusOr<Value> (*)(Interpreter& interpreter, const Value& self, const CallArgs& args);

// The global function of this name (range, namespace, raise_exception...), or nothing.
std::optional<Value> FindGlobal(const Heap& heap, absl::string_view name);

// The method of a string, list, tuple or dict, or null.
MethodFunction FindMethod(const Value& self, absl::string_view name);

struct FunctionRep : ObjectRep {
  explicit FunctionRep(GlobalFunction f) : function(f) {}
  absl::string_view type_name() const override { return "function"; }
  bool callable() const override { return true; }
  absl::StatusOr<Value> Call(Interpreter& interpreter, const CallArgs& args) override {
    return function(interpreter, args);
  }
  GlobalFunction function;
};

struct MethodRep : ObjectRep {
  MethodRep(Value s, MethodFunction f) : self(std::move(s)), function(f) { depth = self.depth() + 1; }
  absl::string_view type_name() const override { return "builtin_function_or_method"; }
  bool callable() const override { return true; }
  absl::StatusOr<Value> Call(Interpreter& interpreter, const CallArgs& args) override {
    return function(interpreter, self, args);
  }
  Value self;
  MethodFunction function;
};

struct MacroRep : ObjectRep {
  MacroRep(const MacroDef* m, Scope* s) : macro(m), closure(s) {}
  absl::string_view type_name() const override { return "Macro"; }
  std::string Repr() const override;
  bool callable() const override { return true; }
  absl::StatusOr<std::optional<Value>> Attribute(Interpreter& interpreter, absl::string_view name) override;
  absl::StatusOr<Value> Call(Interpreter& interpreter, const CallArgs& args) override {
    return interpreter.CallMacro(*macro, closure, args);
  }
  const MacroDef* macro;
  Scope* closure;
};

// A namespace() is the one thing that a template can change.
struct NamespaceRep : ObjectRep {
  absl::string_view type_name() const override { return "Namespace"; }
  std::string Repr() const override;
  absl::StatusOr<std::optional<Value>> Attribute(Interpreter& interpreter, absl::string_view name) override;
  void Set(absl::string_view name, Value value);
  std::vector<std::pair<std::string, Value>> members;
};

// The `loop` of a for loop. The sequence is walked lazily, because its filter may depend on what the body does.
struct LoopRep : ObjectRep {
  absl::string_view type_name() const override { return "LoopContext"; }
  std::string Repr() const override;
  bool callable() const override { return true; }
  absl::StatusOr<std::optional<Value>> Attribute(Interpreter& interpreter, absl::string_view name) override;
  absl::StatusOr<Value> Call(Interpreter& interpreter, const CallArgs& args) override;
  // Makes sure that `count` items are known, if there are as many.
  absl::Status Pull(Interpreter& interpreter, size_t count);
  absl::StatusOr<int64_t> Length(Interpreter& interpreter);
  // Ends the loop. A template may keep `loop` in a namespace, but not run it.
  void Close();

  const Stmt* statement = nullptr;  // null after the end
  Scope* outer = nullptr;
  std::shared_ptr<const ListRep> source;
  size_t source_position = 0;
  std::vector<Value> items;  // those that passed the filter so far; unused without a filter
  int64_t index0 = -1;
  int depth0 = 0;
  std::vector<Value> last_changed;
  bool has_changed = false;

  // The item at `index`, or null.
  const Value* Item(size_t index) const;
};

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_OBJECTS_H_
