#include "decoder/attention.h"

#include <algorithm>
#include <cmath>

namespace reckon {
namespace {

constexpr int64_t kRowsPerTask = 16;

// Partial results of a run of (row, head) pairs, as AttentionCall leaves them.
struct Partial {
  float* max;
  float* sum;
  float* acc;

  Partial Skip(int64_t pairs, int64_t head_dim) const { return {max + pairs, sum + pairs, acc + pairs * head_dim}; }
};

// Adds the partial results of a later segment (online softmax, arXiv 2205.14135, section 3.1).
void Merge(const Partial& later, int64_t pairs, int64_t head_dim, const Partial& into) {
  for (int64_t i = 0; i < pairs; ++i) {
    if (later.sum[i] == 0) continue;
    const float* const from = later.acc + i * head_dim;
    float* const to = into.acc + i * head_dim;
    if (into.sum[i] == 0) {
      std::copy(from, from + head_dim, to);
      into.max[i] = later.max[i];
      into.sum[i] = later.sum[i];
      continue;
    }
    const float max = std::max(into.max[i], later.max[i]);
    const float keep = std::exp(into.max[i] - max);
    const float add = std::exp(later.max[i] - max);
    for (int64_t j = 0; j < head_dim; ++j) to[j] = to[j] * keep + from[j] * add;
    into.sum[i] = into.sum[i] * keep + later.sum[i] * add;
    into.max[i] = max;
  }
}

// Divides, and puts rows [0, rows) of the key/value head's query heads where they belong.
void Finish(const Partial& total, int64_t rows, int64_t heads, int64_t head_dim, float* out, int64_t out_stride) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t h = 0; h < heads; ++h) {
      const int64_t pair = r * heads + h;
      const float inverse = 1.0f / total.sum[pair];
      const float* const from = total.acc + pair * head_dim;
      float* const to = out + r * out_stride + h * head_dim;
      for (int64_t j = 0; j < head_dim; ++j) to[j] = from[j] * inverse;
    }
  }
}

// The arrays of block pointers that the kernel takes, for all key/value heads of the layer.
void CollectBlocks(const AttentionLayer& layer, KvCache& cache, Scratch& scratch) {
  const int64_t heads = layer.architecture->num_key_value_heads;
  const int64_t blocks = (layer.position + layer.rows + kKvBlock - 1) / kKvBlock;
  scratch.key_blocks.resize(static_cast<size_t>(heads * blocks));
  scratch.value_blocks.resize(static_cast<size_t>(heads * blocks));
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t b = 0; b < blocks; ++b) {
      scratch.key_blocks[static_cast<size_t>(h * blocks + b)] = cache.KeyBlock(layer.index, h, b);
      scratch.value_blocks[static_cast<size_t>(h * blocks + b)] = cache.ValueBlock(layer.index, h, b);
    }
  }
}

// A call for rows [row, row + rows) of key/value head `head`, without segment and results.
AttentionCall MakeCall(const AttentionLayer& layer, const KvCache& cache, const Scratch& scratch, int64_t head,
                       int64_t row, int64_t rows) {
  const Architecture& a = *layer.architecture;
  const int64_t query_heads = a.num_attention_heads / a.num_key_value_heads;
  const int64_t blocks = (layer.position + layer.rows + kKvBlock - 1) / kKvBlock;
  AttentionCall call{};
  call.format = cache.geometry().format;
  call.head_dim = static_cast<int32_t>(a.head_dim);
  call.query_heads = static_cast<int32_t>(query_heads);
  call.rows = rows;
  call.q_row_stride = a.query_size() + 2 * a.key_value_size();
  call.q = scratch.qkv + row * call.q_row_stride + head * query_heads * a.head_dim;
  call.scale = 1.0f / std::sqrt(static_cast<float>(a.head_dim));
  call.k_blocks = scratch.key_blocks.data() + head * blocks;
  call.v_blocks = scratch.value_blocks.data() + head * blocks;
  call.first_position = layer.position + row;
  call.window = a.WindowOf(layer.index);
  return call;
}

void SetSegment(AttentionCall* call, int64_t segment, int64_t context, const Partial& result) {
  call->segment_begin = segment * kAttentionSegment;
  call->segment_end = std::min(call->segment_begin + kAttentionSegment, context);
  call->max = result.max;
  call->sum = result.sum;
  call->acc = result.acc;
}

int64_t Segments(int64_t context) { return (context + kAttentionSegment - 1) / kAttentionSegment; }

// The first segment that the window of `position` reaches.
int64_t FirstSegment(int64_t position, int64_t window) {
  return window > position ? 0 : (position - window + 1) / kAttentionSegment;
}

}  // namespace

void AttendFewRows(const KernelTable& kernels, ThreadPool& pool, const AttentionLayer& layer, KvCache& cache,
                   Scratch& scratch) {
  const Architecture& a = *layer.architecture;
  const int64_t kv_heads = a.num_key_value_heads;
  const int64_t query_heads = a.num_attention_heads / kv_heads;
  const int64_t pairs = layer.rows * query_heads;  // of one key/value head
  const int64_t context = layer.position + layer.rows;
  const int64_t first = FirstSegment(layer.position, a.WindowOf(layer.index));
  const int64_t segments = Segments(context) - first;
  CollectBlocks(layer, cache, scratch);
  const Partial all{scratch.partial_max, scratch.partial_sum, scratch.partial_acc};
  const auto partial_of = [&](int64_t head, int64_t segment) {
    return all.Skip((head * segments + segment) * pairs, a.head_dim);
  };
  pool.ParallelFor(kv_heads * segments, [&](int64_t task) {
    const int64_t head = task / segments;
    const int64_t segment = task % segments;
    AttentionCall call = MakeCall(layer, cache, scratch, head, 0, layer.rows);
    SetSegment(&call, first + segment, context, partial_of(head, segment));
    kernels.attention(call);
  });
  for (int64_t head = 0; head < kv_heads; ++head) {
    const Partial total = partial_of(head, 0);
    for (int64_t segment = 1; segment < segments; ++segment) {
      Merge(partial_of(head, segment), pairs, a.head_dim, total);
    }
    Finish(total, layer.rows, query_heads, a.head_dim, scratch.attended + head * query_heads * a.head_dim,
           a.query_size());
  }
}

void AttendManyRows(const KernelTable& kernels, ThreadPool& pool, const AttentionLayer& layer, KvCache& cache,
                    Scratch& scratch) {
  const Architecture& a = *layer.architecture;
  const int64_t kv_heads = a.num_key_value_heads;
  const int64_t query_heads = a.num_attention_heads / kv_heads;
  const int64_t row_blocks = (layer.rows + kRowsPerTask - 1) / kRowsPerTask;
  CollectBlocks(layer, cache, scratch);
  const Partial all{scratch.partial_max, scratch.partial_sum, scratch.partial_acc};
  const Partial later_half = all.Skip(layer.rows * a.num_attention_heads, a.head_dim);
  pool.ParallelFor(kv_heads * row_blocks, [&](int64_t task) {
    // The last rows see the most; beginning with them leaves small tasks for the end.
    const int64_t head = task % kv_heads;
    const int64_t row = (row_blocks - 1 - task / kv_heads) * kRowsPerTask;
    const int64_t rows = std::min(kRowsPerTask, layer.rows - row);
    const int64_t skipped = head * layer.rows * query_heads + row * query_heads;
    const Partial total = all.Skip(skipped, a.head_dim);
    const Partial current = later_half.Skip(skipped, a.head_dim);
    const int64_t context = layer.position + row + rows;
    const int64_t first = FirstSegment(layer.position + row, a.WindowOf(layer.index));
    AttentionCall call = MakeCall(layer, cache, scratch, head, row, rows);
    for (int64_t segment = first; segment < Segments(context); ++segment) {
      SetSegment(&call, segment, context, segment == first ? total : current);
      kernels.attention(call);
      if (segment != first) Merge(current, rows * query_heads, a.head_dim, total);
    }
    Finish(total, rows, query_heads, a.head_dim,
           scratch.attended + row * a.query_size() + head * query_heads * a.head_dim, a.query_size());
  });
}

}  // namespace reckon
