#include "text/jinja_objects.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "text/jinja_clock.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

constexpr int64_t kMaxRange = 100000;  // the sandbox's own limit

absl::StatusOr<Value> GlobalRange(Interpreter& interpreter, const CallArgs& args) {
  if (args.positional.empty() || args.positional.size() > 3 || !args.named.empty()) {
    return absl::InvalidArgumentError("range takes one to three numbers");
  }
  int64_t numbers[3] = {0, 0, 1};
  for (size_t i = 0; i < args.positional.size(); ++i) {
    RECKON_ASSIGN_OR_RETURN(numbers[i], IntegerArgument("range", args.positional[i]));
  }
  if (args.positional.size() == 1) std::swap(numbers[0], numbers[1]);
  if (numbers[2] == 0) return absl::InvalidArgumentError("range() arg 3 must not be zero");
  // In long double, the length of any range of int64 is exact enough to be compared with the limit.
  const long double length = (static_cast<long double>(numbers[1]) - static_cast<long double>(numbers[0])) /
                             static_cast<long double>(numbers[2]);
  if (length > static_cast<long double>(kMaxRange)) {
    return absl::ResourceExhaustedError(absl::StrCat("a range has more than ", kMaxRange, " items"));
  }
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(length > 0 ? static_cast<size_t>(length) * sizeof(Value) : 0));
  return interpreter.heap().Range(numbers[0], numbers[1], numbers[2]);
}

// dict(mapping or pairs, **more).
absl::StatusOr<std::vector<std::pair<Value, Value>>> DictEntries(Interpreter& interpreter, const CallArgs& args) {
  std::vector<std::pair<Value, Value>> entries;
  if (args.positional.size() > 1) return absl::InvalidArgumentError("dict expected at most 1 argument");
  if (!args.positional.empty() && args.positional[0].is_dict()) {
    entries = args.positional[0].rep<DictRep>().entries;
  } else if (!args.positional.empty()) {
    RECKON_ASSIGN_OR_RETURN(const auto list, interpreter.Iterate(args.positional[0]));
    for (const Value& item : list->items) {
      RECKON_ASSIGN_OR_RETURN(const auto pair, interpreter.Iterate(item));
      if (pair->items.size() != 2) return absl::InvalidArgumentError("dict items must be pairs");
      entries.emplace_back(pair->items[0], pair->items[1]);
    }
  }
  for (const auto& [name, value] : args.named) entries.emplace_back(interpreter.heap().String(name), value);
  return entries;
}

absl::StatusOr<Value> GlobalDict(Interpreter& interpreter, const CallArgs& args) {
  RECKON_ASSIGN_OR_RETURN(auto entries, DictEntries(interpreter, args));
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(entries.size() * 4 * sizeof(Value)));
  DictBuilder dict;
  for (auto& [key, value] : entries) RECKON_RETURN_IF_ERROR(dict.Set(std::move(key), std::move(value)));
  return dict.Build(interpreter.heap());
}

absl::StatusOr<Value> GlobalNamespace(Interpreter& interpreter, const CallArgs& args) {
  RECKON_ASSIGN_OR_RETURN(auto entries, DictEntries(interpreter, args));
  if (entries.size() > 4096) return absl::ResourceExhaustedError("a namespace with more than 4096 members");
  auto space = std::make_shared<NamespaceRep>();
  for (auto& [key, value] : entries) {
    if (key.is_string()) space->Set(key.as_string(), std::move(value));
  }
  interpreter.Register(space);
  const size_t bytes = 128 + space->members.size() * 2 * sizeof(Value);
  return interpreter.heap().Object(std::move(space), bytes);
}

absl::StatusOr<Value> GlobalRaise(Interpreter& interpreter, const CallArgs& args) {
  const Value* message = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("raise_exception", args, {"message"}, 1, &message));
  RECKON_ASSIGN_OR_RETURN(const std::string text, interpreter.Text(*message));
  return absl::InvalidArgumentError(text);
}

absl::StatusOr<Value> GlobalStrftime(Interpreter& interpreter, const CallArgs& args) {
  const Value* format = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("strftime_now", args, {"format"}, 1, &format));
  if (!format->is_string()) return absl::InvalidArgumentError("strftime_now needs a string");
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(format->as_string().size() * 12));
  return interpreter.heap().String(FormatLocalTime(interpreter.now(), format->as_string()));
}

struct CyclerRep : ObjectRep {
  absl::string_view type_name() const override { return "Cycler"; }
  absl::StatusOr<std::optional<Value>> Attribute(Interpreter& interpreter, absl::string_view name) override;
  std::vector<Value> items;
  size_t position = 0;
};

// cycler.next and cycler.reset: methods that keep their cycler.
struct CyclerMethodRep : ObjectRep {
  CyclerMethodRep(Value c, bool n) : cycler(std::move(c)), is_next(n) { depth = cycler.depth() + 1; }
  absl::string_view type_name() const override { return "method"; }
  bool callable() const override { return true; }
  absl::StatusOr<Value> Call(Interpreter&, const CallArgs&) override {
    auto* rep = cycler.mutable_rep<CyclerRep>();
    const Value current = rep->items[rep->position];
    rep->position = is_next ? (rep->position + 1) % rep->items.size() : 0;
    return is_next ? current : Value();
  }
  Value cycler;
  bool is_next;
};

absl::StatusOr<Value> GlobalCycler(Interpreter& interpreter, const CallArgs& args) {
  if (args.positional.empty()) return absl::InvalidArgumentError("at least one item has to be provided");
  auto rep = std::make_shared<CyclerRep>();
  rep->items = args.positional;
  for (const Value& item : rep->items) rep->depth = std::max(rep->depth, item.depth() + 1);
  const size_t bytes = rep->items.size() * sizeof(Value);
  return interpreter.heap().Object(std::move(rep), bytes);
}

struct JoinerRep : ObjectRep {
  absl::string_view type_name() const override { return "Joiner"; }
  bool callable() const override { return true; }
  absl::StatusOr<Value> Call(Interpreter& interpreter, const CallArgs&) override {
    if (used) return separator;
    used = true;
    return interpreter.heap().String("");
  }
  Value separator;
  bool used = false;
};

absl::StatusOr<Value> GlobalJoiner(Interpreter& interpreter, const CallArgs& args) {
  const Value* separator = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("joiner", args, {"sep"}, 0, &separator));
  auto rep = std::make_shared<JoinerRep>();
  rep->separator = separator == nullptr ? interpreter.heap().String(", ") : *separator;
  rep->depth = rep->separator.depth() + 1;
  return interpreter.heap().Object(std::move(rep), 0);
}

struct GlobalEntry {
  absl::string_view name;
  GlobalFunction function;
};
constexpr GlobalEntry kGlobals[] = {
    {"range", GlobalRange},           {"dict", GlobalDict},     {"namespace", GlobalNamespace},
    {"raise_exception", GlobalRaise}, {"cycler", GlobalCycler}, {"joiner", GlobalJoiner},
    {"strftime_now", GlobalStrftime},
};

// loop.cycle and loop.changed.
struct LoopMethodRep : ObjectRep {
  LoopMethodRep(std::shared_ptr<LoopRep> l, bool c) : loop(std::move(l)), is_cycle(c) { depth = loop->depth + 1; }
  absl::string_view type_name() const override { return "method"; }
  bool callable() const override { return true; }
  absl::StatusOr<Value> Call(Interpreter& interpreter, const CallArgs& args) override;
  std::shared_ptr<LoopRep> loop;
  bool is_cycle;
};

absl::StatusOr<Value> LoopMethodRep::Call(Interpreter& interpreter, const CallArgs& args) {
  if (is_cycle) {
    if (args.positional.empty()) return absl::InvalidArgumentError("no items for cycling given");
    return args.positional[static_cast<size_t>(loop->index0) % args.positional.size()];
  }
  bool same = loop->has_changed && loop->last_changed.size() == args.positional.size();
  for (size_t i = 0; same && i < args.positional.size(); ++i) {
    RECKON_ASSIGN_OR_RETURN(same, Equals(interpreter.meter(), loop->last_changed[i], args.positional[i]));
  }
  if (loop->statement != nullptr) {
    loop->has_changed = true;
    loop->last_changed = args.positional;
  }
  return Value::Bool(!same);
}

}  // namespace

absl::StatusOr<std::optional<Value>> CyclerRep::Attribute(Interpreter& interpreter, absl::string_view name) {
  if (name == "current") return items[position];
  if (name != "next" && name != "reset") return std::nullopt;
  const Value self(Kind::kObject, shared_from_this());
  return interpreter.heap().Object(std::make_shared<CyclerMethodRep>(self, name == "next"), 0);
}

std::optional<Value> FindGlobal(const Heap& heap, absl::string_view name) {
  for (const GlobalEntry& entry : kGlobals) {
    if (entry.name == name) return heap.Object(std::make_shared<FunctionRep>(entry.function), 0);
  }
  return std::nullopt;
}

std::string MacroRep::Repr() const {
  return macro->name.empty() ? "<Macro anonymous>" : absl::StrCat("<Macro ", StringRepr(macro->name), ">");
}

absl::StatusOr<std::optional<Value>> MacroRep::Attribute(Interpreter& interpreter, absl::string_view name) {
  if (name == "name") return macro->name.empty() ? Value() : interpreter.heap().String(macro->name);
  if (name == "caller") return Value::Bool(macro->uses_caller);
  if (name == "catch_kwargs") return Value::Bool(macro->uses_kwargs);
  if (name == "catch_varargs") return Value::Bool(macro->uses_varargs);
  if (name != "arguments") return std::nullopt;
  std::vector<Value> names;
  for (const std::string& parameter : macro->parameters) names.push_back(interpreter.heap().String(parameter));
  return interpreter.heap().Tuple(std::move(names));
}

std::string NamespaceRep::Repr() const {
  // The members may hold the namespace itself, so they are not written out.
  return "<Namespace>";
}

absl::StatusOr<std::optional<Value>> NamespaceRep::Attribute(Interpreter& interpreter, absl::string_view name) {
  RECKON_RETURN_IF_ERROR(interpreter.meter().Step(static_cast<int64_t>(members.size() / 8)));
  for (const auto& [key, value] : members) {
    if (key == name) return value;
  }
  return std::nullopt;
}

void NamespaceRep::Set(absl::string_view name, Value value) {
  for (auto& [key, member] : members) {
    if (key == name) {
      member = std::move(value);
      return;
    }
  }
  members.emplace_back(std::string(name), std::move(value));
}

std::string LoopRep::Repr() const { return absl::StrCat("<LoopContext ", index0 + 1, "/", source->items.size(), ">"); }

const Value* LoopRep::Item(size_t index) const {
  const bool filtered = statement != nullptr && statement->test != nullptr;
  const std::vector<Value>& list = filtered ? items : source->items;
  return index < list.size() ? &list[index] : nullptr;
}

absl::Status LoopRep::Pull(Interpreter& interpreter, size_t count) {
  if (statement == nullptr || statement->test == nullptr) return absl::OkStatus();
  while (items.size() < count && source_position < source->items.size()) {
    const Value item = source->items[source_position++];
    RECKON_ASSIGN_OR_RETURN(const bool passes, interpreter.PassesLoopFilter(*statement, outer, item));
    if (passes) items.push_back(item);
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> LoopRep::Length(Interpreter& interpreter) {
  const bool filtered = statement != nullptr && statement->test != nullptr;
  if (!filtered) return static_cast<int64_t>(source->items.size());
  RECKON_RETURN_IF_ERROR(Pull(interpreter, source->items.size()));
  return static_cast<int64_t>(items.size());
}

absl::StatusOr<std::optional<Value>> LoopRep::Attribute(Interpreter& interpreter, absl::string_view name) {
  if (name == "index") return Value::Int(index0 + 1);
  if (name == "index0") return Value::Int(index0);
  if (name == "first") return Value::Bool(index0 == 0);
  if (name == "depth") return Value::Int(depth0 + 1);
  if (name == "depth0") return Value::Int(depth0);
  if (name == "length" || name == "revindex" || name == "revindex0") {
    RECKON_ASSIGN_OR_RETURN(const int64_t length, Length(interpreter));
    if (name == "length") return Value::Int(length);
    return Value::Int(length - index0 - (name == "revindex" ? 0 : 1));
  }
  const auto index = static_cast<size_t>(std::max<int64_t>(index0, 0));
  if (name == "last" || name == "nextitem") {
    RECKON_RETURN_IF_ERROR(Pull(interpreter, index + 2));
    const Value* next = Item(index + 1);
    if (name == "last") return Value::Bool(next == nullptr);
    if (next != nullptr) return *next;
    return interpreter.heap().Undefined("there is no next item");
  }
  if (name == "previtem") {
    const Value* previous = index == 0 ? nullptr : Item(index - 1);
    if (previous != nullptr) return *previous;
    return interpreter.heap().Undefined("there is no previous item");
  }
  if (name == "cycle" || name == "changed") {
    auto self = std::static_pointer_cast<LoopRep>(shared_from_this());
    return interpreter.heap().Object(std::make_shared<LoopMethodRep>(std::move(self), name == "cycle"), 0);
  }
  return std::nullopt;
}

absl::StatusOr<Value> LoopRep::Call(Interpreter& interpreter, const CallArgs& args) {
  const Value* sequence = nullptr;
  RECKON_RETURN_IF_ERROR(BindArguments("loop", args, {"iterable"}, 1, &sequence));
  if (statement == nullptr || !statement->recursive) {
    return absl::InvalidArgumentError("the loop must have the 'recursive' marker to be called recursively");
  }
  return interpreter.RenderRecursively(*statement, outer, *sequence, depth0 + 1);
}

void LoopRep::Close() {
  statement = nullptr;
  outer = nullptr;
  last_changed.clear();  // it may hold this loop
}

absl::Status BindArguments(absl::string_view function, const CallArgs& args,
                           std::initializer_list<absl::string_view> names, size_t required, const Value** out) {
  std::fill(out, out + names.size(), nullptr);
  if (args.positional.size() > names.size()) {
    return absl::InvalidArgumentError(absl::StrCat(function, " takes at most ", names.size(), " argument(s)"));
  }
  for (size_t i = 0; i < args.positional.size(); ++i) out[i] = &args.positional[i];
  for (const auto& [name, value] : args.named) {
    const auto* it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) {
      return absl::InvalidArgumentError(absl::StrCat(function, " got an unexpected keyword argument '", name, "'"));
    }
    const auto index = static_cast<size_t>(it - names.begin());
    if (out[index] != nullptr) {
      return absl::InvalidArgumentError(absl::StrCat(function, " got multiple values for argument '", name, "'"));
    }
    out[index] = &value;
  }
  for (size_t i = 0; i < required; ++i) {
    if (out[i] == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(function, " is missing its argument '", *(names.begin() + i), "'"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> IntegerArgument(absl::string_view function, const Value& value) {
  if (value.is_integral()) return value.as_int();
  if (value.is_undefined()) return absl::InvalidArgumentError(value.rep<UndefinedRep>().message);
  return absl::InvalidArgumentError(
      absl::StrCat(function, ": '", TypeName(value), "' object cannot be interpreted as an integer"));
}

absl::StatusOr<Value> Interpreter::CallMacro(const MacroDef& macro, Scope* closure, const CallArgs& args) {
  auto scope = std::make_unique<Scope>();
  scope->parent = closure;
  const size_t count = macro.parameters.size();
  std::vector<bool> given(count, false);
  std::vector<std::pair<std::string, Value>> rest = args.named;
  for (size_t i = 0; i < count; ++i) {
    Value value;
    if (i < args.positional.size()) {
      value = args.positional[i];
    } else {
      const auto it =
          std::find_if(rest.begin(), rest.end(), [&](const auto& n) { return n.first == macro.parameters[i]; });
      if (it == rest.end()) {
        value = heap_.Undefined(absl::StrCat("parameter '", macro.parameters[i], "' was not provided"));
        scope->variables[macro.parameter_symbols[i]] = value;
        continue;
      }
      value = it->second;
      rest.erase(it);
    }
    given[i] = true;
    scope->variables[macro.parameter_symbols[i]] = value;
  }
  const auto is_caller = [](const auto& n) { return n.first == "caller"; };
  const bool explicit_caller =
      std::find(macro.parameters.begin(), macro.parameters.end(), "caller") != macro.parameters.end();
  if (macro.uses_caller && !explicit_caller) {
    const auto it = std::find_if(rest.begin(), rest.end(), is_caller);
    scope->variables[template_.caller_symbol] = it == rest.end() ? heap_.Undefined("No caller defined") : it->second;
    if (it != rest.end()) rest.erase(it);
  }
  if (macro.uses_kwargs) {
    DictBuilder dict;
    for (auto& [name, value] : rest) RECKON_RETURN_IF_ERROR(dict.Set(heap_.String(name), std::move(value)));
    scope->variables[template_.kwargs_symbol] = dict.Build(heap_);
  } else if (!rest.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("macro '", macro.name, "' takes no keyword argument '", rest[0].first, "'"));
  }
  if (macro.uses_varargs) {
    std::vector<Value> more;
    for (size_t i = count; i < args.positional.size(); ++i) more.push_back(args.positional[i]);
    scope->variables[template_.varargs_symbol] = heap_.Tuple(std::move(more));
  } else if (args.positional.size() > count) {
    return absl::InvalidArgumentError(
        absl::StrCat("macro '", macro.name, "' takes not more than ", count, " argument(s)"));
  }
  return RunMacro(macro, std::move(scope), given);
}

absl::StatusOr<Value> Interpreter::RunMacro(const MacroDef& macro, std::unique_ptr<Scope> scope,
                                            const std::vector<bool>& given) {
  Scope* const saved = scope_;
  scope_ = scope.get();
  const size_t without_default = macro.parameters.size() - macro.defaults.size();
  absl::StatusOr<std::string> text = Capture([&]() -> absl::Status {
    for (size_t i = without_default; i < given.size(); ++i) {
      if (given[i]) continue;
      RECKON_ASSIGN_OR_RETURN(scope_->variables[macro.parameter_symbols[i]],
                              Evaluate(*macro.defaults[i - without_default]));
    }
    return Execute(macro.body).status();
  });
  scope_ = saved;
  Leave(std::move(scope));
  if (!text.ok()) return text.status();
  return heap_.String(*std::move(text));
}

}  // namespace reckon::jinja
