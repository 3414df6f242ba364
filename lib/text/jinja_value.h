// The values that a chat template computes with: Python's None, bool, int, float, str, list, tuple and dict as far as
// templates can see them, jinja2's Undefined, and objects (functions, macros, `loop`, namespaces).
//
// Values are immutable once made, except for the position of iterators and the members of namespaces, which exist only
// while one render runs. Strings are valid UTF-8. Memory is metered: every heap part of a value tells its Meter when it
// is born and when it dies, and a render that holds more than its limit ends with RESOURCE_EXHAUSTED.
#ifndef RECKON_LIB_TEXT_JINJA_VALUE_H_
#define RECKON_LIB_TEXT_JINJA_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon::jinja {

class Interpreter;
class Value;

// What one render may use up.
struct Limits {
  int64_t max_steps = 20'000'000;       // evaluated nodes, and bytes handled in units of 64
  size_t max_output_bytes = 32u << 20;  // of the rendered text
  size_t max_live_bytes = 128u << 20;   // held by values and captured text at one time
  int max_depth = 192;                  // nested evaluations; also bounds the use of the machine stack
};

// Lists in lists deeper than this are refused, so that everything that walks a value may recurse.
inline constexpr int kMaxValueDepth = 100;

// Counts what a render uses.
class Meter {
 public:
  explicit Meter(const Limits& limits) : limits_(limits) {}
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  // Counts `n` steps. RESOURCE_EXHAUSTED when a limit of the render is exceeded.
  absl::Status Step(int64_t n = 1);
  // Counts the handling of so many bytes.
  absl::Status Work(size_t bytes) { return Step(static_cast<int64_t>(bytes / 64)); }
  // Asks before something large is made. Also counts the work of making it.
  absl::Status Reserve(size_t bytes);

  void Charge(size_t bytes) { live_ += bytes; }
  void Release(size_t bytes) { live_ -= bytes; }
  void ReportDepth(int depth) { too_deep_ = too_deep_ || depth > kMaxValueDepth; }
  const Limits& limits() const { return limits_; }

 private:
  const Limits limits_;
  int64_t steps_ = 0;
  size_t live_ = 0;
  bool too_deep_ = false;
};

enum class Kind : uint8_t {
  kUndefined,
  kNone,
  kBool,
  kInt,
  kBigInt,
  kFloat,
  kString,
  kList,
  kDict,
  kIterator,
  kObject
};

// The heap part of a value.
struct Rep {
  Rep() = default;
  Rep(const Rep&) = delete;
  Rep& operator=(const Rep&) = delete;
  virtual ~Rep() {
    if (meter != nullptr) meter->Release(bytes);
  }
  Meter* meter = nullptr;  // null for constants of the template
  size_t bytes = 0;
  int depth = 0;  // of nesting
};

class Value {
 public:
  Value() : kind_(Kind::kNone) {}
  static Value None() { return Value(); }
  static Value Bool(bool b) {
    Value v;
    v.kind_ = Kind::kBool;
    v.int_ = b ? 1 : 0;
    return v;
  }
  static Value Int(int64_t i) {
    Value v;
    v.kind_ = Kind::kInt;
    v.int_ = i;
    return v;
  }
  static Value Float(double d) {
    Value v;
    v.kind_ = Kind::kFloat;
    v.float_ = d;
    return v;
  }
  Value(Kind kind, std::shared_ptr<Rep> rep) : kind_(kind), rep_(std::move(rep)) {}

  Kind kind() const { return kind_; }
  bool is_undefined() const { return kind_ == Kind::kUndefined; }
  bool is_none() const { return kind_ == Kind::kNone; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_list() const { return kind_ == Kind::kList; }
  bool is_dict() const { return kind_ == Kind::kDict; }
  // bool and int, as Python has it.
  bool is_integral() const { return kind_ == Kind::kBool || kind_ == Kind::kInt; }
  bool is_number() const { return is_integral() || kind_ == Kind::kFloat || kind_ == Kind::kBigInt; }

  bool as_bool() const { return int_ != 0; }
  int64_t as_int() const { return int_; }
  // Of a bool, int or float.
  double as_double() const { return kind_ == Kind::kFloat ? float_ : static_cast<double>(int_); }
  absl::string_view as_string() const;  // of a string; of a big integer its digits

  template <typename T>
  const T& rep() const {
    return static_cast<const T&>(*rep_);
  }
  template <typename T>
  T* mutable_rep() const {
    return static_cast<T*>(rep_.get());
  }
  const Rep* identity() const { return rep_.get(); }
  const std::shared_ptr<Rep>& shared_rep() const { return rep_; }
  int depth() const { return rep_ == nullptr ? 0 : rep_->depth; }

 private:
  Kind kind_;
  union {
    int64_t int_ = 0;
    double float_;
  };
  std::shared_ptr<Rep> rep_;
};

struct StringRep : Rep {
  std::string text;
  bool ascii = true;    // code points are bytes
  bool markup = false;  // came out of |escape or |safe: joins with `+` escape the other side
};

struct UndefinedRep : Rep {
  std::string message;  // what to say when it is used
};

// Python's sequences differ in how they print and in what they are equal to, not in how they are read.
enum class ListKind : uint8_t { kList, kTuple, kGroup, kRange, kDictKeys, kDictValues, kDictItems };

struct ListRep : Rep {
  ListKind list_kind = ListKind::kList;
  std::vector<Value> items;
  int64_t range[3] = {0, 0, 1};  // of a range: start, stop, step
  bool is_tuple() const { return list_kind == ListKind::kTuple || list_kind == ListKind::kGroup; }
  // Only lists, tuples and ranges can be indexed.
  bool is_sequence() const { return list_kind <= ListKind::kRange; }
};

struct DictRep : Rep {
  std::vector<std::pair<Value, Value>> entries;      // in order of insertion
  std::map<std::string, size_t, std::less<>> index;  // by EncodeKey; only if there are many entries
};

// What a generator of Python is: it can be walked once, has no length and is always true.
struct IteratorRep : Rep {
  std::vector<Value> items;
  size_t next = 0;
};

struct CallArgs {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

// Functions, bound methods, macros, `loop`, namespaces.
struct ObjectRep : Rep, std::enable_shared_from_this<ObjectRep> {
  virtual absl::string_view type_name() const = 0;
  virtual std::string Repr() const;
  virtual bool callable() const { return false; }
  // The attribute of this name, or nothing.
  virtual absl::StatusOr<std::optional<Value>> Attribute(Interpreter& interpreter, absl::string_view name);
  virtual absl::StatusOr<Value> Call(Interpreter& interpreter, const CallArgs& args);
};

// Makes values. Without a meter it makes constants.
class Heap {
 public:
  explicit Heap(Meter* meter) : meter_(meter) {}
  Value String(std::string text, bool markup = false) const;
  Value String(absl::string_view text) const { return String(std::string(text)); }
  Value String(const char* text) const { return String(std::string(text)); }
  Value BigInt(std::string digits) const;
  Value Undefined(std::string message) const;
  Value List(std::vector<Value> items, ListKind kind = ListKind::kList) const;
  Value Tuple(std::vector<Value> items) const { return List(std::move(items), ListKind::kTuple); }
  // range(start, stop, step); `step` is not 0, and the caller has bounded the length.
  Value Range(int64_t start, int64_t stop, int64_t step) const;
  Value Iterator(std::vector<Value> items) const;
  template <typename T>
  Value Object(std::shared_ptr<T> rep, size_t bytes) const {
    Adopt(rep.get(), bytes + sizeof(T));
    return Value(Kind::kObject, std::move(rep));
  }
  Meter* meter() const { return meter_; }

 private:
  friend class DictBuilder;
  void Adopt(Rep* rep, size_t bytes) const;
  Meter* meter_;
};

// Fills a dict. A repeated key keeps its place and takes the last value.
class DictBuilder {
 public:
  DictBuilder();
  // INVALID_ARGUMENT for a key that Python cannot hash.
  absl::Status Set(Value key, Value value);
  Value Build(const Heap& heap);

 private:
  std::shared_ptr<DictRep> rep_;
};

// The value of a key, or null. Keys that cannot be hashed are an error, as in Python.
absl::StatusOr<const Value*> DictFind(const DictRep& dict, const Value& key);
const Value* DictFind(const DictRep& dict, absl::string_view key);

// A string that is the same for equal keys: 1, 1.0 and True are one key in Python.
absl::StatusOr<std::string> EncodeKey(const Value& key);

// The name of the Python type ("str", "dict"), for messages.
std::string TypeName(const Value& value);

// Python's bool(value). Infallible: every value has a truth.
bool Truthy(const Value& value);
// len(value), or nothing if it has none.
std::optional<int64_t> Length(const Value& value);
int64_t CodePointCount(const StringRep& text);

// a == b, and the sign of a - b. Compare: INVALID_ARGUMENT if Python has no order for the two.
absl::StatusOr<bool> Equals(Meter& meter, const Value& a, const Value& b);
absl::StatusOr<int> Compare(Meter& meter, const Value& a, const Value& b, absl::string_view op = "<");

// str(value) and repr(value). They stop with RESOURCE_EXHAUSTED when the text outgrows the meter's limits.
absl::StatusOr<std::string> ToText(Meter& meter, const Value& value);
absl::StatusOr<std::string> ToRepr(Meter& meter, const Value& value);
// repr() of a float: the shortest decimal that reads back as the same double.
std::string FloatRepr(double value);
std::string StringRepr(absl::string_view text);

}  // namespace reckon::jinja

#endif  // RECKON_LIB_TEXT_JINJA_VALUE_H_
