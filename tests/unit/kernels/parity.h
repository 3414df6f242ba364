// Parity tests of the kernel tables against plain double-precision references. No test framework: the same sources are
// cross-compiled for other architectures and run under an emulator, where only a compiler is at hand.
#ifndef RECKON_TESTS_UNIT_KERNELS_PARITY_H_
#define RECKON_TESTS_UNIT_KERNELS_PARITY_H_

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "kernels/kernel_table.h"

namespace reckon::parity {

extern int failures;
extern const char* current_table;

// Counts and prints a failure; prints only the first few, because one fault fails thousands of elements.
#define PARITY_EXPECT(condition, ...)                                                                   \
  do {                                                                                                  \
    if (!(condition) && ++::reckon::parity::failures <= 20) {                                           \
      std::printf("%s:%d: [%s] %s: ", __FILE__, __LINE__, ::reckon::parity::current_table, #condition); \
      std::printf(__VA_ARGS__);                                                                         \
      std::printf("\n");                                                                                \
    }                                                                                                   \
  } while (false)

// An array that ends at a page which cannot be touched, and begins after one.
template <typename T>
class Guarded {
 public:
  explicit Guarded(size_t count) : count_(count) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t inner = (count * sizeof(T) + page - 1) / page * page;
    bytes_ = inner + 2 * page;
    base_ = static_cast<uint8_t*>(mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED || (inner > 0 && mprotect(base_ + page, inner, PROT_READ | PROT_WRITE) != 0)) {
      std::perror("mmap");
      std::exit(2);
    }
    data_ = reinterpret_cast<T*>(base_ + page + inner - count * sizeof(T));
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() { munmap(base_, bytes_); }
  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return count_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  void Fill(T value) {
    for (size_t i = 0; i < count_; ++i) data_[i] = value;
  }

 private:
  size_t count_;
  size_t bytes_ = 0;
  uint8_t* base_ = nullptr;
  T* data_ = nullptr;
};

// xorshift64*: the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 0x1234567u) {}
  uint64_t Next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1du;
  }
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  int64_t Below(int64_t n) { return static_cast<int64_t>(Next() % static_cast<uint64_t>(n)); }
  float Normal() {
    const double u = 1.0 - Uniform();
    return static_cast<float>(std::sqrt(-2.0 * std::log(u)) * std::cos(6.283185307179586 * Uniform()));
  }
  // Heavy-tailed, like the weights and activations of real models: a normal over the root of a uniform.
  float HeavyTailed() { return Normal() / static_cast<float>(std::sqrt(Uniform() + 1e-3)); }

 private:
  uint64_t state_;
};

// Independent decoding of the packed layout, by its description in packed_matrix.h.
double HalfToDouble(uint16_t half);
double Bf16ToDouble(uint16_t bits);
// Value i of rows in the two-term form, as the table holds them.
int64_t TwoTermValue(const KernelTable& table, const int8_t* hi, const int8_t* lo, int64_t i);
double PackedWeight(const PackedMatrix& matrix, int64_t channel, int64_t k);

void TestPack(const KernelTable& table, const KernelTable& reference);
void TestRows(const KernelTable& table);
void TestMatmul(const KernelTable& table);
void TestAttention(const KernelTable& table);

}  // namespace reckon::parity

#endif  // RECKON_TESTS_UNIT_KERNELS_PARITY_H_
