// Counts allocations: a sampler that has seen the vocabulary once must not allocate when it samples.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <vector>

#include "reckon/sampler.h"

namespace {
std::atomic<int> allocations{0};
}  // namespace

void* operator new(size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new(size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory, const std::nothrow_t& /*tag*/) noexcept { std::free(memory); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t /*size*/) noexcept { std::free(memory); }

namespace reckon {
namespace {

TEST(AllocationTest, SamplingAllocatesOnlyTheFirstTime) {
  std::vector<float> logits(5000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i * 7919 % 5000) / 500.0f;
  std::vector<float> flat(5000, 1.0f);
  for (const SamplerOptions& options : std::vector<SamplerOptions>{
           {},
           {.temperature = 0.0f},
           {.top_k = 40},
           {.top_k = 3000},
           {.typical_p = 0.9f},
           {.temperature = 0.6f, .top_p = 0.95f},
           {.min_p = 0.05f},
           {.xtc_probability = 1.0f},
           {.logit_bias = {{3, 1.0f}},
           .repetition_penalty = 1.1f,
           .dry_multiplier = 0.8f,
           .top_k = 4000,
           .typical_p = 0.9f,
           .top_p = 0.95f,
           .min_p = 0.05f,
           .xtc_probability = 0.5f},
       }) {
    auto sampler = Sampler::Create(options);
    ASSERT_TRUE(sampler.ok()) << sampler.status();
    for (int i = 0; i < 1000; ++i) sampler->Accept(i % 50);
    ASSERT_TRUE(sampler->Sample(logits).ok());
    const int before = allocations;
    EXPECT_GT(before, 0);
    for (int i = 0; i < 5; ++i) {
      ASSERT_TRUE(sampler->Sample(logits).ok());
      ASSERT_TRUE(sampler->Sample(flat).ok());
    }
    EXPECT_EQ(allocations, before);
  }
}

}  // namespace
}  // namespace reckon
