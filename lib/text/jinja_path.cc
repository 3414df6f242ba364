#include "text/jinja_path.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_split.h"
#include "base/status.h"
#include "text/jinja_format.h"
#include "text/jinja_unicode.h"

namespace reckon::jinja {
namespace {

bool AllDigits(absl::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

// std::sort must not be used with an order that may fail, so the merge is written out: it stops at the first error.
absl::Status Merge(Interpreter& interpreter, std::vector<Keyed>* items, std::vector<Keyed>* spare, size_t begin,
                   size_t middle, size_t end, bool reverse) {
  size_t left = begin;
  size_t right = middle;
  for (size_t to = begin; to < end; ++to) {
    bool take_right = left == middle;
    if (left < middle && right < end) {
      // Stable either way: the right one goes first only if it has to.
      const Value& a = (*items)[reverse ? left : right].key;
      const Value& b = (*items)[reverse ? right : left].key;
      RECKON_ASSIGN_OR_RETURN(const int order, Compare(interpreter.meter(), a, b));
      take_right = order == -1;
    }
    (*spare)[to] = std::move((*items)[take_right ? right++ : left++]);
  }
  std::move(spare->begin() + static_cast<ptrdiff_t>(begin), spare->begin() + static_cast<ptrdiff_t>(end),
            items->begin() + static_cast<ptrdiff_t>(begin));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Value> PathOf(Interpreter& interpreter, const Value& item, const Value& path, const Value* fallback) {
  if (path.is_none()) return item;
  const bool use_fallback = fallback != nullptr && !fallback->is_none();
  Value value = item;
  const auto follow = [&](const Value& key) -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(value, interpreter.GetItem(value, key));
    if (use_fallback && value.is_undefined()) value = *fallback;
    return absl::OkStatus();
  };
  RECKON_RETURN_IF_ERROR(interpreter.meter().Step());
  if (!path.is_string()) {
    RECKON_RETURN_IF_ERROR(follow(path));
    return value;
  }
  RECKON_RETURN_IF_ERROR(interpreter.meter().Work(path.as_string().size() * 8));
  for (const absl::string_view part : absl::StrSplit(path.as_string(), '.')) {
    const std::optional<int64_t> index = AllDigits(part) ? ParseInt(part, 10) : std::nullopt;
    RECKON_RETURN_IF_ERROR(follow(index.has_value() ? Value::Int(*index) : interpreter.heap().String(part)));
  }
  return value;
}

absl::StatusOr<Value> IgnoreCase(Interpreter& interpreter, const Value& value) {
  if (!value.is_string()) return value;
  RECKON_RETURN_IF_ERROR(interpreter.meter().Reserve(value.as_string().size()));
  return interpreter.heap().String(Lower(value.as_string()));
}

absl::Status SortKeyed(Interpreter& interpreter, std::vector<Keyed>* items, bool reverse) {
  std::vector<Keyed> spare(items->size());
  for (size_t width = 1; width < items->size(); width *= 2) {
    for (size_t begin = 0; begin + width < items->size(); begin += 2 * width) {
      const size_t end = std::min(begin + 2 * width, items->size());
      RECKON_RETURN_IF_ERROR(Merge(interpreter, items, &spare, begin, begin + width, end, reverse));
    }
  }
  return absl::OkStatus();
}

}  // namespace reckon::jinja
