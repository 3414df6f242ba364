// Hash tables that stay whole when memory runs out.
#ifndef RECKON_LIB_BASE_HASH_TABLE_H_
#define RECKON_LIB_BASE_HASH_TABLE_H_

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace reckon {

// The standard library's tables and not abseil's: absl::flat_hash_map notes its new capacity before it allocates the
// new slots, so when that throws, its destructor walks and frees what is not there. A failed insertion into one of
// these throws std::bad_alloc and changes nothing.
template <typename Key, typename Value>
using HashMap = std::unordered_map<Key, Value, absl::Hash<Key>>;
template <typename Key>
using HashSet = std::unordered_set<Key, absl::Hash<Key>>;

struct StringHash {
  using is_transparent = void;
  size_t operator()(absl::string_view text) const { return absl::Hash<absl::string_view>{}(text); }
};
// By strings of its own; looked up by any kind of string without a copy.
template <typename Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

}  // namespace reckon

#endif  // RECKON_LIB_BASE_HASH_TABLE_H_
