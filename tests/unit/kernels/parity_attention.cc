#include <algorithm>

#include "unit/kernels/parity.h"

namespace reckon::parity {
namespace {

struct Shape {
  KvFormat format;
  int32_t head_dim;
  int32_t query_heads;
  int64_t positions;
  int64_t window;
};

// A cache filled through the table's own stores; slots never written hold NaN.
struct Cache {
  Cache(const KernelTable& table, const Shape& shape, Random& random)
      : blocks((shape.positions + kKvBlock - 1) / kKvBlock) {
    const size_t bytes = static_cast<size_t>(KvBlockBytes(shape.format, shape.head_dim));
    for (int64_t b = 0; b < blocks; ++b) {
      k_storage.push_back(new Guarded<uint8_t>(bytes));
      v_storage.push_back(new Guarded<uint8_t>(bytes));
      k_storage.back()->Fill(0xff);
      v_storage.back()->Fill(0xff);
      k_blocks.push_back(k_storage.back()->data());
      v_blocks.push_back(v_storage.back()->data());
    }
    std::vector<float> row(shape.head_dim);
    for (int64_t p = 0; p < shape.positions; ++p) {
      const int32_t slot = static_cast<int32_t>(p % kKvBlock);
      for (float& x : row) x = random.HeavyTailed();
      table.store_k(shape.format, row.data(), shape.head_dim, slot, k_storage[p / kKvBlock]->data());
      Remember(shape, row, k_storage[p / kKvBlock]->data(), true, slot, k);
      for (float& x : row) x = random.HeavyTailed();
      table.store_v(shape.format, row.data(), shape.head_dim, slot, v_storage[p / kKvBlock]->data());
      Remember(shape, row, v_storage[p / kKvBlock]->data(), false, slot, v);
    }
  }
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;
  ~Cache() {
    for (auto* storage : k_storage) delete storage;
    for (auto* storage : v_storage) delete storage;
  }

  // What the cache holds for `row` is what the result is compared with. Quantized values are read back as the layout
  // has them, after a look at how far from the row they are.
  static void Remember(const Shape& shape, const std::vector<float>& row, const uint8_t* block, bool key, int32_t slot,
                       std::vector<double>& out) {
    if (shape.format == KvFormat::kQ8) return RememberQuantized(shape, row, block, key, slot, out);
    for (const float x : row) {
      if (shape.format == KvFormat::kF32) {
        out.push_back(x);
        continue;
      }
      uint32_t bits;
      std::memcpy(&bits, &x, 4);
      out.push_back(Bf16ToDouble(static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)));
    }
  }

  static void RememberQuantized(const Shape& shape, const std::vector<float>& row, const uint8_t* block, bool key,
                                int32_t slot, std::vector<double>& out) {
    const int32_t groups = (shape.head_dim + kKvGroup - 1) / kKvGroup;
    const auto* const elements = reinterpret_cast<const int8_t*>(block);
    const auto* const scales = reinterpret_cast<const float*>(block + shape.head_dim * kKvBlock);
    for (int32_t i = 0; i < shape.head_dim; ++i) {
      const int32_t group = i / kKvGroup;
      const int32_t end = std::min(shape.head_dim, (group + 1) * kKvGroup);
      float largest = 0.0f;
      for (int32_t j = group * kKvGroup; j < end; ++j) largest = std::max(largest, std::fabs(row[j]));
      const float scale = key ? scales[group * kKvBlock + slot] : scales[slot * groups + group];
      const int32_t at = key ? (i / 2 * kKvBlock + slot) * 2 + i % 2 : (slot / 2 * shape.head_dim + i) * 2 + slot % 2;
      const double held = static_cast<double>(elements[at]) * scale;
      PARITY_EXPECT(scale == largest / 127.0f, "scale %g for %g", scale, largest / 127.0f);
      PARITY_EXPECT(std::fabs(held - row[i]) <= 0.50001 * scale, "%s slot %d feature %d: holds %g for %g",
                    key ? "K" : "V", slot, i, held, row[i]);
      out.push_back(held);
    }
  }

  int64_t blocks;
  std::vector<Guarded<uint8_t>*> k_storage, v_storage;
  std::vector<const void*> k_blocks, v_blocks;
  std::vector<double> k, v;  // [positions][head_dim]
};

struct Result {
  explicit Result(const Shape& shape, int64_t rows)
      : max(rows * shape.query_heads), sum(max.size()), acc(max.size() * shape.head_dim) {}
  Guarded<float> max, sum, acc;
};

void CheckQuery(const Shape& shape, const AttentionCall& call, const Cache& cache, int64_t row, int32_t head) {
  const int64_t position = call.first_position + row;
  int64_t begin = shape.window > position ? 0 : position - shape.window + 1;
  begin = std::max(begin, call.segment_begin);
  const int64_t end = std::min(position + 1, call.segment_end);
  const int64_t query = row * shape.query_heads + head;
  const float* acc = call.acc + query * shape.head_dim;
  if (begin >= end) {
    PARITY_EXPECT(call.max[query] == -INFINITY && call.sum[query] == 0.0f && acc[0] == 0.0f, "sees nothing: %g %g",
                  call.max[query], call.sum[query]);
    return;
  }
  const float* q = call.q + row * call.q_row_stride + head * shape.head_dim;
  std::vector<double> scores;
  double largest = -INFINITY;
  for (int64_t p = begin; p < end; ++p) {
    double score = 0.0;
    for (int32_t i = 0; i < shape.head_dim; ++i) score += q[i] * cache.k[p * shape.head_dim + i];
    scores.push_back(score * call.scale);
    largest = std::fmax(largest, scores.back());
  }
  double sum = 0.0;
  std::vector<double> out(shape.head_dim, 0.0);
  std::vector<double> magnitude(shape.head_dim, 0.0);
  for (int64_t p = begin; p < end; ++p) {
    const double weight = std::exp(scores[p - begin] - largest);
    sum += weight;
    for (int32_t i = 0; i < shape.head_dim; ++i) {
      out[i] += weight * cache.v[p * shape.head_dim + i];
      magnitude[i] += std::fabs(weight * cache.v[p * shape.head_dim + i]);
    }
  }
  PARITY_EXPECT(std::fabs(call.max[query] - largest) <= 1e-5 * (1.0 + std::fabs(largest)), "max %g for %g",
                call.max[query], largest);
  for (int32_t i = 0; i < shape.head_dim; ++i) {
    const double got = static_cast<double>(acc[i]) / call.sum[query];
    PARITY_EXPECT(std::fabs(got - out[i] / sum) <= 2e-5 * (magnitude[i] / sum),
                  "dim %d heads %d row %lld head %d feature %d: %g for %g", shape.head_dim, shape.query_heads,
                  static_cast<long long>(row), head, i, got, out[i] / sum);
  }
}

// Row by row the bits must be the same as all at once.
void CheckBits(const KernelTable& table, const Shape& shape, const AttentionCall& call) {
  for (int64_t r = 0; r < call.rows; ++r) {
    Result alone(shape, 1);
    AttentionCall one = call;
    one.rows = 1;
    one.q = call.q + r * call.q_row_stride;
    one.first_position = call.first_position + r;
    one.max = alone.max.data();
    one.sum = alone.sum.data();
    one.acc = alone.acc.data();
    table.attention(one);
    const int64_t at = r * shape.query_heads;
    const bool same = std::memcmp(alone.max.data(), call.max + at, alone.max.size() * 4) == 0 &&
                      std::memcmp(alone.sum.data(), call.sum + at, alone.sum.size() * 4) == 0 &&
                      std::memcmp(alone.acc.data(), call.acc + at * shape.head_dim, alone.acc.size() * 4) == 0;
    PARITY_EXPECT(same, "dim %d row %lld alone differs in bits", shape.head_dim, static_cast<long long>(r));
  }
}

void CheckSegment(const KernelTable& table, const Shape& shape, AttentionCall call, const Cache& cache) {
  Result result(shape, call.rows);
  call.max = result.max.data();
  call.sum = result.sum.data();
  call.acc = result.acc.data();
  table.attention(call);
  for (int64_t r = 0; r < call.rows; ++r) {
    for (int32_t h = 0; h < shape.query_heads; ++h) CheckQuery(shape, call, cache, r, h);
  }
  CheckBits(table, shape, call);
}

void TestShape(const KernelTable& table, const Shape& shape, int64_t rows) {
  Random random(static_cast<uint64_t>(shape.head_dim + shape.positions + rows));
  const Cache cache(table, shape, random);
  const int64_t stride = shape.head_dim * shape.query_heads + 3;
  Guarded<float> q((rows - 1) * stride + shape.head_dim * shape.query_heads);
  for (size_t i = 0; i < q.size(); ++i) q[i] = random.Normal();
  AttentionCall call{};
  call.format = shape.format;
  call.head_dim = shape.head_dim;
  call.query_heads = shape.query_heads;
  call.rows = rows;
  call.q = q.data();
  call.q_row_stride = stride;
  call.scale = 1.0f / std::sqrt(static_cast<float>(shape.head_dim));
  call.k_blocks = cache.k_blocks.data();
  call.v_blocks = cache.v_blocks.data();
  call.first_position = shape.positions - rows;
  call.window = shape.window;
  // Everything, one inner segment, and the last one.
  const int64_t last = (shape.positions - 1) / kKvBlock * kKvBlock;
  const int64_t segments[][2] = {{0, shape.positions}, {kKvBlock, 2 * kKvBlock}, {last, shape.positions}};
  for (const auto& segment : segments) {
    if (segment[1] > shape.positions) continue;
    call.segment_begin = segment[0];
    call.segment_end = segment[1];
    CheckSegment(table, shape, call, cache);
  }
}

}  // namespace

void TestAttention(const KernelTable& table) {
  for (const KvFormat format : {KvFormat::kF32, KvFormat::kBf16, KvFormat::kQ8}) {
    for (const int32_t head_dim : {2, 8, 16, 18, 50, 64, 80, 96, 128}) {
      TestShape(table, {format, head_dim, 3, 1, INT64_MAX}, 1);
      TestShape(table, {format, head_dim, 1, 63, INT64_MAX}, 5);
      TestShape(table, {format, head_dim, 6, 64, INT64_MAX}, 2);
      TestShape(table, {format, head_dim, 6, 140, INT64_MAX}, 1);
      TestShape(table, {format, head_dim, 3, 140, 70}, 9);
      TestShape(table, {format, head_dim, 1, 200, 5}, 1);
    }
    TestShape(table, {format, 64, 6, 201, INT64_MAX}, 7);
  }
}

}  // namespace reckon::parity
