#include "decoder/decoder.h"

#include <algorithm>

#include "base/status.h"
#include "decoder/attention.h"
#include "decoder/prepare.h"

namespace reckon {
namespace {

constexpr int64_t kRowsPerTask = 8;

// Moves the last `kept` of `rows` rows of the residual stream, and of queries, keys and values, to the front.
void KeepLastRows(const Architecture& a, int64_t rows, int64_t kept, Scratch& s) {
  const auto move = [&](float* values, int64_t stride) {
    std::copy(values + (rows - kept) * stride, values + rows * stride, values);
  };
  if (kept == rows) return;
  move(s.x, a.hidden_size);
  move(s.qkv, a.query_size() + 2 * a.key_value_size());
}

absl::Status Cancelled() { return absl::CancelledError("the computation was cancelled"); }

}  // namespace

Decoder::Decoder(const Architecture& architecture, const ModelWeights& weights, const KernelTable& kernels,
                 ThreadPool& pool)
    : architecture_(architecture),
      weights_(weights),
      kernels_(kernels),
      pool_(pool),
      rope_(architecture.rope, weights.rope_factors()) {}

absl::Status Decoder::Forward(absl::Span<const TokenId> tokens, int64_t position, int64_t outputs, KvCache& cache,
                              Scratch& s, const CancelToken& cancel) const {
  const Architecture& a = architecture_;
  int64_t rows = static_cast<int64_t>(tokens.size());
  RECKON_RETURN_IF_ERROR(cache.PrepareWrite(position, position + rows));
  RECKON_RETURN_IF_ERROR(Embed(tokens, s));
  FillRope(position, cache.rope_variant(), rows, s);
  for (int64_t index = 0; index < a.num_hidden_layers; ++index) {
    const LayerWeights& layer = weights_.layers()[static_cast<size_t>(index)];
    // x += o(attention(qkv(norm(x))))
    PackedRows input = Prepare(layer.qkv, s.x, layer.input_norm, rows, s);
    Multiply(layer.qkv, input, Epilogue::kStore, s.qkv, layer.qkv.matrix.n, layer.qkv.matrix.n);
    if (cancel.cancelled()) return Cancelled();
    RotateAndStore(index, position, rows, cache, s);
    if (index + 1 == a.num_hidden_layers) {
      // Keys and values of all rows are stored, and there is no layer left that would look at the rest of them.
      if (outputs == 0) break;
      KeepLastRows(a, rows, outputs, s);
      position += rows - outputs;
      rows = outputs;
    }
    Attend(index, position, rows, cache, s);
    if (cancel.cancelled()) return Cancelled();
    input = Prepare(layer.o, s.attended, nullptr, rows, s);
    Multiply(layer.o, input, Epilogue::kAdd, s.x, a.hidden_size, a.hidden_size);
    RECKON_RETURN_IF_ERROR(FeedForward(layer, rows, s, cancel));
  }
  ForRows(0, outputs, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      kernels_.rms_norm(s.x + r * a.hidden_size, weights_.final_norm(), a.rms_norm_eps, a.hidden_size,
                        s.normed + r * a.hidden_size);
    }
  });
  return absl::OkStatus();
}

absl::Status Decoder::FeedForward(const LayerWeights& layer, int64_t rows, Scratch& s,
                                  const CancelToken& cancel) const {
  const Architecture& a = architecture_;
  // x += down(silu(gate(norm(x))) * up(norm(x)))
  PackedRows input = Prepare(layer.gate_up, s.x, layer.post_attention_norm, rows, s);
  Multiply(layer.gate_up, input, Epilogue::kSwiGlu, s.activated, a.intermediate_size, a.intermediate_size);
  if (cancel.cancelled()) return Cancelled();
  input = Prepare(layer.down, s.activated, nullptr, rows, s);
  Multiply(layer.down, input, Epilogue::kAdd, s.x, a.hidden_size, a.hidden_size);
  return cancel.cancelled() ? Cancelled() : absl::OkStatus();
}

void Decoder::Logits(int64_t row, int64_t count, Scratch& scratch, float* out) const {
  const Linear& head = weights_.lm_head();
  const PackedRows input = Prepare(head, scratch.normed + row * architecture_.hidden_size, nullptr, count, scratch);
  Multiply(head, input, Epilogue::kStore, out, architecture_.vocab_size, architecture_.vocab_size);
}

void Decoder::Multiply(const Linear& linear, const PackedRows& rows, Epilogue epilogue, float* out, int64_t out_stride,
                       int64_t out_columns) const {
  // About eight tasks a thread even out a slow or interrupted core; an even number of panels keeps gate and up
  // together.
  const int64_t panels = linear.matrix.panels;
  const int64_t wanted_tasks = static_cast<int64_t>(pool_.threads()) * 8;
  const int64_t chunk = std::max<int64_t>(2, (panels + wanted_tasks - 1) / wanted_tasks / 2 * 2);
  pool_.ParallelFor((panels + chunk - 1) / chunk, [&](int64_t task) {
    MatmulCall call{};
    call.weights = &linear.matrix;
    call.rows = &rows;
    call.panel_begin = task * chunk;
    call.panel_end = std::min(panels, call.panel_begin + chunk);
    call.epilogue = epilogue;
    call.bias = linear.bias;
    call.out = out;
    call.out_stride = out_stride;
    call.out_columns = out_columns;
    kernels_.matmul[static_cast<size_t>(linear.matrix.format)](call);
  });
}

PackedRows Decoder::Prepare(const Linear& linear, const float* x, const float* norm, int64_t rows,
                            Scratch& scratch) const {
  const int64_t k = linear.matrix.k;
  const float* const source = norm == nullptr ? x : scratch.normed;
  const PackedRows prepared = LayOutPrepared(kernels_, linear, source, rows, scratch.prepared);
  ForRows(0, rows, [&](int64_t begin, int64_t end) {
    if (norm != nullptr) {
      for (int64_t r = begin; r < end; ++r) {
        kernels_.rms_norm(x + r * k, norm, architecture_.rms_norm_eps, k, scratch.normed + r * k);
      }
    }
    PrepareRows(kernels_, linear, source, begin, end, prepared);
  });
  return prepared;
}

absl::Status Decoder::Embed(absl::Span<const TokenId> tokens, Scratch& scratch) const {
  const size_t hidden = static_cast<size_t>(architecture_.hidden_size);
  for (size_t r = 0; r < tokens.size(); ++r) {
    RECKON_RETURN_IF_ERROR(weights_.embedding().ReadRow(tokens[r], absl::MakeSpan(scratch.x + r * hidden, hidden),
                                                        &scratch.embedding_row));
  }
  return absl::OkStatus();
}

void Decoder::FillRope(int64_t position, int variant, int64_t rows, Scratch& scratch) const {
  const int64_t half = rope_.half();
  ForRows(position, rows, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      rope_.Fill(position + r, variant, absl::MakeSpan(scratch.cos + r * half, static_cast<size_t>(half)),
                 absl::MakeSpan(scratch.sin + r * half, static_cast<size_t>(half)));
    }
  });
}

void Decoder::RotateAndStore(int64_t index, int64_t position, int64_t rows, KvCache& cache, Scratch& scratch) const {
  const Architecture& a = architecture_;
  const LayerWeights& layer = weights_.layers()[static_cast<size_t>(index)];
  const int64_t d = a.head_dim;
  const int32_t rotary_dim = static_cast<int32_t>(a.rope.rotary_dim);
  const KvFormat format = cache.geometry().format;
  ForRows(position, rows, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* const cos = scratch.cos + r * rope_.half();
      const float* const sin = scratch.sin + r * rope_.half();
      float* head = scratch.qkv + r * (a.query_size() + 2 * a.key_value_size());
      for (int64_t h = 0; h < a.num_attention_heads + a.num_key_value_heads; ++h, head += d) {
        const float* const norm = h < a.num_attention_heads ? layer.q_norm : layer.k_norm;
        if (norm != nullptr) kernels_.rms_norm(head, norm, a.rms_norm_eps, d, head);
        kernels_.rope(head, cos, sin, rotary_dim, a.rope.interleaved);
      }
      const int64_t block = (position + r) / kKvBlock;
      const int32_t slot = static_cast<int32_t>((position + r) % kKvBlock);
      const float* const values = head;
      const float* const keys = head - a.key_value_size();
      for (int64_t h = 0; h < a.num_key_value_heads; ++h) {
        kernels_.store_k(format, keys + h * d, static_cast<int32_t>(d), slot, cache.KeyBlock(index, h, block));
        kernels_.store_v(format, values + h * d, static_cast<int32_t>(d), slot, cache.ValueBlock(index, h, block));
      }
    }
  });
}

void Decoder::Attend(int64_t index, int64_t position, int64_t rows, KvCache& cache, Scratch& scratch) const {
  AttentionLayer layer;
  layer.architecture = &architecture_;
  layer.index = index;
  layer.position = position;
  layer.rows = rows;
  if (rows <= kSplitRows) {
    AttendFewRows(kernels_, pool_, layer, cache, scratch);
  } else {
    AttendManyRows(kernels_, pool_, layer, cache, scratch);
  }
}

void Decoder::ForRows(int64_t position, int64_t rows, absl::FunctionRef<void(int64_t, int64_t)> body) const {
  if (rows <= kSplitRows) {
    body(0, rows);
    return;
  }
  const int64_t first_task = position / kRowsPerTask;
  const int64_t last_task = (position + rows - 1) / kRowsPerTask;
  pool_.ParallelFor(last_task - first_task + 1, [&](int64_t task) {
    const int64_t begin = (first_task + task) * kRowsPerTask - position;
    body(std::max<int64_t>(begin, 0), std::min(begin + kRowsPerTask, rows));
  });
}

}  // namespace reckon
