// The cutting and merging of attention, against a plain softmax in double precision.
#include "decoder/attention.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/dispatch.h"

namespace reckon {
namespace {

// A layer with random queries, keys and values of so many positions.
class Fixture {
 public:
  Fixture(int64_t position, int64_t rows, int64_t window) {
    a_.num_hidden_layers = 1;
    a_.hidden_size = 48;
    a_.intermediate_size = 16;
    a_.vocab_size = 10;
    a_.num_attention_heads = 6;
    a_.num_key_value_heads = 2;
    a_.head_dim = 8;
    a_.rope.rotary_dim = 8;
    a_.sliding_window = window;
    layer_.architecture = &a_;
    layer_.position = position;
    layer_.rows = rows;
    cache_ = KvCache(KvGeometry(a_, KvFormat::kF32));
    const int64_t context = position + rows;
    EXPECT_TRUE(cache_.PrepareWrite(0, context).ok());
    scratch_ = *Scratch::Create(ScratchShape(a_, 0), rows, context);
    std::mt19937 random(static_cast<uint32_t>(context * 7 + rows));
    std::normal_distribution<float> normal;
    const auto fill = [&](std::vector<float>& values, int64_t size) {
      values.resize(static_cast<size_t>(size));
      for (float& value : values) value = normal(random) * 2;
    };
    fill(keys_, context * 2 * 8);
    fill(values_, context * 2 * 8);
    for (int64_t p = 0; p < context; ++p) {
      for (int64_t h = 0; h < 2; ++h) {
        const int32_t slot = static_cast<int32_t>(p % kKvBlock);
        kernels_.store_k(KvFormat::kF32, &keys_[static_cast<size_t>((p * 2 + h) * 8)], 8, slot,
                         cache_.KeyBlock(0, h, p / kKvBlock));
        kernels_.store_v(KvFormat::kF32, &values_[static_cast<size_t>((p * 2 + h) * 8)], 8, slot,
                         cache_.ValueBlock(0, h, p / kKvBlock));
      }
    }
    for (int64_t i = 0; i < rows * (48 + 32); ++i) scratch_.qkv[i] = normal(random);
  }

  std::vector<float> Few() {
    AttendFewRows(kernels_, pool_, layer_, cache_, scratch_);
    return Result();
  }
  std::vector<float> Many() {
    AttendManyRows(kernels_, pool_, layer_, cache_, scratch_);
    return Result();
  }

  std::vector<double> Reference() const {
    std::vector<double> out(static_cast<size_t>(layer_.rows * 48));
    for (int64_t r = 0; r < layer_.rows; ++r) {
      const int64_t position = layer_.position + r;
      const int64_t begin = a_.sliding_window > 0 ? std::max<int64_t>(0, position - a_.sliding_window + 1) : 0;
      for (int64_t h = 0; h < 6; ++h) {
        std::vector<double> weights;
        for (int64_t p = begin; p <= position; ++p) {
          double score = 0;
          for (int64_t j = 0; j < 8; ++j) {
            score += static_cast<double>(scratch_.qkv[r * 80 + h * 8 + j]) *
                     static_cast<double>(keys_[static_cast<size_t>((p * 2 + h / 3) * 8 + j)]);
          }
          weights.push_back(score / std::sqrt(8.0));
        }
        const double max = *std::max_element(weights.begin(), weights.end());
        double sum = 0;
        for (double& weight : weights) sum += weight = std::exp(weight - max);
        for (int64_t p = begin; p <= position; ++p) {
          for (int64_t j = 0; j < 8; ++j) {
            out[static_cast<size_t>(r * 48 + h * 8 + j)] +=
                weights[static_cast<size_t>(p - begin)] / sum *
                static_cast<double>(values_[static_cast<size_t>((p * 2 + h / 3) * 8 + j)]);
          }
        }
      }
    }
    return out;
  }

 private:
  std::vector<float> Result() const { return {scratch_.attended, scratch_.attended + layer_.rows * 48}; }

  const KernelTable& kernels_ = **ChooseKernels();
  ThreadPool pool_{3};
  Architecture a_;
  AttentionLayer layer_;
  KvCache cache_;
  Scratch scratch_;
  std::vector<float> keys_, values_;
};

void ExpectNear(const std::vector<float>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 2e-5) << i;
}

TEST(AttentionTest, FewRowsAcrossSegments) {
  for (const int64_t position : {0, 1, 63, 64, 511, 512, 1300}) {
    for (const int64_t rows : {1, 3, 4}) {
      Fixture fixture(position, rows, 0);
      ExpectNear(fixture.Few(), fixture.Reference());
    }
  }
}

TEST(AttentionTest, ManyRowsAcrossSegments) {
  for (const int64_t position : {0, 5, 500, 1030}) {
    for (const int64_t rows : {5, 16, 17, 40}) {
      Fixture fixture(position, rows, 0);
      ExpectNear(fixture.Many(), fixture.Reference());
    }
  }
}

TEST(AttentionTest, SlidingWindow) {
  for (const int64_t window : {1, 7, 64, 600}) {
    Fixture few(1300, 2, window);
    ExpectNear(few.Few(), few.Reference());
    Fixture many(1300, 33, window);
    ExpectNear(many.Many(), many.Reference());
  }
}

TEST(AttentionTest, BothWaysGiveTheSameBits) {
  for (const int64_t position : {0, 100, 700, 1300}) {
    Fixture fixture(position, 4, 0);
    EXPECT_EQ(fixture.Few(), fixture.Many());
  }
}

}  // namespace
}  // namespace reckon
