// A hash table in two arrays, for the large tables that are looked into for every piece of a text.
#ifndef RECKON_LIB_BASE_FLAT_MAP_H_
#define RECKON_LIB_BASE_FLAT_MAP_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"

namespace reckon {

// Why not a library's: absl::flat_hash_map does not survive running out of memory (base/hash_table.h says why), and
// std::unordered_map, with its node for each entry, makes encoding text take twice as long.
//
// Open addressing with linear probing, at most two thirds full; entries are never removed. Key and Value are values
// without resources of their own. If memory runs out, Insert and Reserve throw std::bad_alloc and change nothing.
template <typename Key, typename Value>
class FlatMap {
 public:
  // Makes room for so many entries in all.
  void Reserve(size_t entries) {
    size_t capacity = kLeastCapacity;
    while (capacity / 3 * 2 < entries) capacity *= 2;
    if (capacity > tags_.size()) Rehash(capacity);
  }

  // The value of `key` and true if it is new, else the value that is there and false. The pointer is valid until the
  // next Insert or Reserve.
  std::pair<Value*, bool> Insert(const Key& key, const Value& value) {
    if (size_ >= tags_.size() / 3 * 2) Rehash(tags_.empty() ? kLeastCapacity : tags_.size() * 2);
    const size_t hash = absl::Hash<Key>{}(key);
    const size_t index = Locate(hash, key);
    if (tags_[index] != kFree) return {&slots_[index].value, false};
    tags_[index] = TagOf(hash);
    slots_[index] = {key, value};
    ++size_;
    return {&slots_[index].value, true};
  }

  // Asks memory for what Find(key) or Insert(key) will look at. In a loop over many keys, asking a few ahead is faster
  // than waiting for one after the other.
  void Prefetch(const Key& key) const {
    if (tags_.empty()) return;
    const size_t index = absl::Hash<Key>{}(key) & (tags_.size() - 1);
    __builtin_prefetch(&tags_[index]);
    __builtin_prefetch(&slots_[index]);
  }

  // nullptr if there is none.
  const Value* Find(const Key& key) const {
    if (size_ == 0) return nullptr;
    const size_t index = Locate(absl::Hash<Key>{}(key), key);
    return tags_[index] == kFree ? nullptr : &slots_[index].value;
  }

 private:
  struct Slot {
    Key key;
    Value value;
  };
  static constexpr uint32_t kFree = 0;
  static constexpr size_t kLeastCapacity = 16;  // all are powers of two

  // The index is made of the low bits of the hash, the tag of the high ones.
  static uint32_t TagOf(size_t hash) { return static_cast<uint32_t>(uint64_t{hash} >> 32) | 1; }

  // Where `key` is, or the free place where it would go.
  size_t Locate(size_t hash, const Key& key) const {
    const size_t mask = tags_.size() - 1;
    const uint32_t tag = TagOf(hash);
    size_t index = hash & mask;
    while (tags_[index] != kFree && !(tags_[index] == tag && slots_[index].key == key)) index = (index + 1) & mask;
    return index;
  }

  void Rehash(size_t capacity) {
    FlatMap larger;
    larger.tags_.resize(capacity, kFree);
    larger.slots_.resize(capacity);
    for (size_t i = 0; i < tags_.size(); ++i) {
      if (tags_[i] == kFree) continue;
      const size_t hash = absl::Hash<Key>{}(slots_[i].key);
      const size_t index = larger.Locate(hash, slots_[i].key);
      larger.tags_[index] = tags_[i];
      larger.slots_[index] = slots_[i];
    }
    tags_.swap(larger.tags_);
    slots_.swap(larger.slots_);
  }

  size_t size_ = 0;
  std::vector<uint32_t> tags_;
  std::vector<Slot> slots_;
};

}  // namespace reckon

#endif  // RECKON_LIB_BASE_FLAT_MAP_H_
