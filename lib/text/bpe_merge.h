// The merge loop of byte-pair encoding (Sennrich et al., arXiv:1508.07909), for one word of any length.
#ifndef RECKON_LIB_TEXT_BPE_MERGE_H_
#define RECKON_LIB_TEXT_BPE_MERGE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace reckon {

// A piece of the word: bytes [begin, end) and what the rule knows about it (a token id, as a rule).
struct BpeSymbol {
  uint32_t id;
  uint32_t begin;
  uint32_t end;
};

// Buffers that are kept from word to word. One thread at a time.
struct BpeWorkspace {
  struct Node {
    BpeSymbol symbol;
    uint32_t prev;
    uint32_t next;
    uint32_t rank;    // of the pair that this node makes with the next one
    uint32_t merged;  // and the id it would become
  };
  std::vector<BpeSymbol> symbols;
  std::vector<Node> nodes;
  std::vector<uint64_t> heap;
  // How many candidates the merge loop has looked at, in all words so far: what the tests of linearity count.
  uint64_t steps = 0;
};

// Merges neighbours in workspace.symbols until no pair can merge, always the pair with the lowest rank, and of equals
// the leftmost. Rule: `bool Find(const BpeSymbol& left, const BpeSymbol& right, uint32_t* rank, uint32_t* merged)
// const`; ranks are below 2^32 - 1. Cost: n log n for n symbols, with a small constant: the log is a binary heap of
// 8-byte keys.
template <typename Rule>
class BpeMerger {
 public:
  BpeMerger(const Rule& rule, BpeWorkspace* workspace) : rule_(rule), w_(*workspace) {}

  void Run() {
    if (w_.symbols.size() < 2) return;
    if (w_.symbols.size() <= kFewSymbols) {
      RunByScanning();
    } else {
      RunByHeap();
    }
  }

 private:
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
  // Most words are this short; scanning them for the best pair beats a heap.
  static constexpr size_t kFewSymbols = 24;

  void SetPair(BpeWorkspace::Node* left, const BpeSymbol& right) {
    if (!rule_.Find(left->symbol, right, &left->rank, &left->merged)) left->rank = kNone;
  }

  void RunByScanning() {
    BpeWorkspace::Node nodes[kFewSymbols];
    size_t n = w_.symbols.size();
    for (size_t i = 0; i < n; ++i) nodes[i].symbol = w_.symbols[i];
    for (size_t i = 0; i + 1 < n; ++i) SetPair(&nodes[i], nodes[i + 1].symbol);
    nodes[n - 1].rank = kNone;
    while (true) {
      size_t best = 0;
      for (size_t i = 1; i < n; ++i) {
        if (nodes[i].rank < nodes[best].rank) best = i;
      }
      w_.steps += n;
      if (nodes[best].rank == kNone) break;
      nodes[best].symbol.id = nodes[best].merged;
      nodes[best].symbol.end = nodes[best + 1].symbol.end;
      std::copy(nodes + best + 2, nodes + n, nodes + best + 1);
      --n;
      nodes[best].rank = kNone;
      if (best + 1 < n) SetPair(&nodes[best], nodes[best + 1].symbol);
      if (best > 0) SetPair(&nodes[best - 1], nodes[best].symbol);
      if (n == 1) break;
    }
    w_.symbols.resize(n);
    for (size_t i = 0; i < n; ++i) w_.symbols[i] = nodes[i].symbol;
  }

  // A candidate is (rank, index of its left node). It is stale, and skipped, if the node's pair has another rank by
  // now.
  static uint64_t Key(uint32_t rank, uint32_t index) { return (uint64_t{rank} << 32) | index; }

  void FindPair(uint32_t index) {
    BpeWorkspace::Node& node = w_.nodes[index];
    node.rank = kNone;
    if (node.next != kNone) SetPair(&node, w_.nodes[node.next].symbol);
  }

  void PushPair(uint32_t index) {
    FindPair(index);
    if (w_.nodes[index].rank == kNone) return;
    w_.heap.push_back(Key(w_.nodes[index].rank, index));
    std::push_heap(w_.heap.begin(), w_.heap.end(), std::greater<>());
  }

  void RunByHeap() {
    const uint32_t n = static_cast<uint32_t>(w_.symbols.size());
    w_.nodes.resize(n);
    w_.heap.clear();
    for (uint32_t i = 0; i < n; ++i) {
      w_.nodes[i] = {w_.symbols[i], i == 0 ? kNone : i - 1, i + 1 == n ? kNone : i + 1, kNone, 0};
    }
    for (uint32_t i = 0; i < n; ++i) {
      FindPair(i);
      if (w_.nodes[i].rank != kNone) w_.heap.push_back(Key(w_.nodes[i].rank, i));
    }
    std::make_heap(w_.heap.begin(), w_.heap.end(), std::greater<>());
    while (!w_.heap.empty()) {
      const uint64_t key = w_.heap.front();
      std::pop_heap(w_.heap.begin(), w_.heap.end(), std::greater<>());
      w_.heap.pop_back();
      ++w_.steps;
      const uint32_t index = static_cast<uint32_t>(key);
      if (w_.nodes[index].rank != static_cast<uint32_t>(key >> 32)) continue;
      MergeWithNext(index);
    }
    size_t count = 0;
    for (uint32_t i = 0; i != kNone; i = w_.nodes[i].next) w_.symbols[count++] = w_.nodes[i].symbol;
    w_.symbols.resize(count);
  }

  void MergeWithNext(uint32_t index) {
    BpeWorkspace::Node& node = w_.nodes[index];
    BpeWorkspace::Node& gone = w_.nodes[node.next];
    node.symbol.id = node.merged;
    node.symbol.end = gone.symbol.end;
    node.next = gone.next;
    gone.rank = kNone;
    if (node.next != kNone) w_.nodes[node.next].prev = index;
    PushPair(index);
    if (node.prev != kNone) PushPair(node.prev);
  }

  const Rule& rule_;
  BpeWorkspace& w_;
};

template <typename Rule>
void MergeSymbols(const Rule& rule, BpeWorkspace* workspace) {
  BpeMerger<Rule>(rule, workspace).Run();
}

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_BPE_MERGE_H_
