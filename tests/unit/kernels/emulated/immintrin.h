// AVX-512 and AVX-VNNI for CPUs that have AVX2 only: files of lib/kernels/isa that are compiled with this header's
// folder before the compiler's own find their instructions done by hand, as the Intel 64 and IA-32 Architectures
// Software Developer's Manual (volume 2) describes them. A name in namespace reckon hides the compiler's function of
// that name.
//
// Loads and stores touch exactly the bytes that the instructions touch, so that guard pages say what they would say.
#ifndef RECKON_TESTS_UNIT_KERNELS_EMULATED_IMMINTRIN_H_
#define RECKON_TESTS_UNIT_KERNELS_EMULATED_IMMINTRIN_H_

#include_next <immintrin.h>
#include <stddef.h>
#include <stdint.h>

// Without optimization gcc's functions that take constants are macros.
#undef _mm512_cmp_ps_mask
#undef _mm512_cvt_roundps_epi32
#undef _mm512_cvtps_ph
#undef _mm512_extractf32x8_ps
#undef _mm512_roundscale_ps
#undef _mm512_setr_epi32
#undef _mm512_slli_epi32
#undef _mm512_srai_epi32
#undef _mm512_srli_epi16
#undef _mm512_srli_epi32

#define RECKON_EMULATED [[maybe_unused]] static inline __attribute__((always_inline))

// NOLINTBEGIN(bugprone-reserved-identifier): the compiler's names are what is wanted
namespace reckon {
namespace {

// A register as its lanes, and as the two halves that AVX2 has instructions for.
template <typename T>
struct Lanes {
  static constexpr int kCount = 64 / static_cast<int>(sizeof(T));
  T at[kCount];
};
template <typename To, typename From>
RECKON_EMULATED To As(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &from, sizeof(to));
  return to;
}
struct FloatHalves {
  __m256 lower;
  __m256 upper;
};
struct IntegerHalves {
  __m256i lower;
  __m256i upper;
};
template <class Halves, typename Whole, class Body>
RECKON_EMULATED Whole EachHalf(const Body& body, const Whole& a, const Whole& b) {
  const auto x = As<Halves>(a);
  const auto y = As<Halves>(b);
  return As<Whole>(Halves{body(x.lower, y.lower), body(x.upper, y.upper)});
}

RECKON_EMULATED __m512 _mm512_set1_ps(float x) {
  const __m256 half = _mm256_set1_ps(x);
  return As<__m512>(FloatHalves{half, half});
}
RECKON_EMULATED __m512 _mm512_setzero_ps() { return _mm512_set1_ps(0.0f); }
RECKON_EMULATED __m512i _mm512_set1_epi32(int32_t x) {
  const __m256i half = _mm256_set1_epi32(x);
  return As<__m512i>(IntegerHalves{half, half});
}
RECKON_EMULATED __m512i _mm512_set1_epi8(int8_t x) {
  const __m256i half = _mm256_set1_epi8(x);
  return As<__m512i>(IntegerHalves{half, half});
}
template <typename... T>
RECKON_EMULATED __m512i _mm512_setr_epi32(T... x) {
  return As<__m512i>(Lanes<int32_t>{{x...}});
}

RECKON_EMULATED __m512 _mm512_loadu_ps(const void* p) {
  __m512 out;
  __builtin_memcpy(&out, p, sizeof(out));
  return out;
}
RECKON_EMULATED void _mm512_storeu_ps(void* p, __m512 a) { __builtin_memcpy(p, &a, sizeof(a)); }
RECKON_EMULATED __m512i _mm512_loadu_si512(const void* p) {
  __m512i out;
  __builtin_memcpy(&out, p, sizeof(out));
  return out;
}
RECKON_EMULATED void _mm512_storeu_si512(void* p, __m512i a) { __builtin_memcpy(p, &a, sizeof(a)); }
// Traps where the instruction faults.
RECKON_EMULATED __m512i _mm512_load_si512(const void* p) {
  if (reinterpret_cast<uintptr_t>(p) % 64 != 0) __builtin_trap();
  return _mm512_loadu_si512(p);
}
RECKON_EMULATED __m512 _mm512_maskz_loadu_ps(__mmask16 mask, const void* p) {
  Lanes<float> out{};
  for (int i = 0; i < 16; ++i) {
    if ((mask >> i & 1) != 0) __builtin_memcpy(&out.at[i], static_cast<const char*>(p) + 4 * i, 4);
  }
  return As<__m512>(out);
}
RECKON_EMULATED void _mm512_mask_storeu_ps(void* p, __mmask16 mask, __m512 a) {
  const auto lanes = As<Lanes<float>>(a);
  for (int i = 0; i < 16; ++i) {
    if ((mask >> i & 1) != 0) __builtin_memcpy(static_cast<char*>(p) + 4 * i, &lanes.at[i], 4);
  }
}

RECKON_EMULATED __m512 _mm512_castsi512_ps(__m512i a) { return As<__m512>(a); }
RECKON_EMULATED __m512i _mm512_castps_si512(__m512 a) { return As<__m512i>(a); }
RECKON_EMULATED __m256 _mm512_castps512_ps256(__m512 a) { return As<FloatHalves>(a).lower; }
RECKON_EMULATED __m256 _mm512_extractf32x8_ps(__m512 a, int half) {
  const auto halves = As<FloatHalves>(a);
  return half == 0 ? halves.lower : halves.upper;
}

RECKON_EMULATED __m512 _mm512_add_ps(__m512 a, __m512 b) { return a + b; }
RECKON_EMULATED __m512 _mm512_sub_ps(__m512 a, __m512 b) { return a - b; }
RECKON_EMULATED __m512 _mm512_mul_ps(__m512 a, __m512 b) { return a * b; }
RECKON_EMULATED __m512 _mm512_div_ps(__m512 a, __m512 b) { return a / b; }
RECKON_EMULATED __m512 _mm512_max_ps(__m512 a, __m512 b) {
  return EachHalf<FloatHalves>([](__m256 x, __m256 y) { return _mm256_max_ps(x, y); }, a, b);
}
RECKON_EMULATED __m512 _mm512_min_ps(__m512 a, __m512 b) {
  return EachHalf<FloatHalves>([](__m256 x, __m256 y) { return _mm256_min_ps(x, y); }, a, b);
}
RECKON_EMULATED __m512 _mm512_abs_ps(__m512 a) {
  return EachHalf<FloatHalves>([](__m256 x, __m256 sign) { return _mm256_andnot_ps(sign, x); }, a,
                               _mm512_set1_ps(-0.0f));
}
RECKON_EMULATED __m512 _mm512_fmadd_ps(__m512 a, __m512 b, __m512 c) {
  const auto x = As<FloatHalves>(a);
  const auto y = As<FloatHalves>(b);
  const auto z = As<FloatHalves>(c);
  return As<__m512>(
      FloatHalves{_mm256_fmadd_ps(x.lower, y.lower, z.lower), _mm256_fmadd_ps(x.upper, y.upper, z.upper)});
}
// The only rounding that is asked for here.
inline constexpr int kToNearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
RECKON_EMULATED __m512 _mm512_roundscale_ps(__m512 a, int how) {
  if (how != kToNearest) __builtin_trap();
  const auto x = As<FloatHalves>(a);
  return As<__m512>(FloatHalves{_mm256_round_ps(x.lower, kToNearest), _mm256_round_ps(x.upper, kToNearest)});
}
RECKON_EMULATED __m512i _mm512_cvt_roundps_epi32(__m512 a, int how) {
  const auto x = As<FloatHalves>(_mm512_roundscale_ps(a, how));
  return As<__m512i>(IntegerHalves{_mm256_cvtps_epi32(x.lower), _mm256_cvtps_epi32(x.upper)});
}
RECKON_EMULATED __m512 _mm512_cvtepi32_ps(__m512i a) {
  const auto x = As<IntegerHalves>(a);
  return As<__m512>(FloatHalves{_mm256_cvtepi32_ps(x.lower), _mm256_cvtepi32_ps(x.upper)});
}
RECKON_EMULATED __m512 _mm512_cvtph_ps(__m256i a) {
  return As<__m512>(
      FloatHalves{_mm256_cvtph_ps(_mm256_castsi256_si128(a)), _mm256_cvtph_ps(_mm256_extracti128_si256(a, 1))});
}
RECKON_EMULATED __m256i _mm512_cvtps_ph(__m512 a, int how) {
  if (how != kToNearest) __builtin_trap();
  const auto x = As<FloatHalves>(a);
  return _mm256_setr_m128i(_mm256_cvtps_ph(x.lower, kToNearest), _mm256_cvtps_ph(x.upper, kToNearest));
}
RECKON_EMULATED __mmask16 _mm512_cmp_ps_mask(__m512 a, __m512 b, int how) {
  const auto x = As<Lanes<float>>(a);
  const auto y = As<Lanes<float>>(b);
  unsigned mask = 0;
  for (int i = 0; i < 16; ++i) {
    const float p = x.at[i];
    const float q = y.at[i];
    if (how == _CMP_LT_OQ ? p < q : how == _CMP_UNORD_Q ? p != p || q != q : (__builtin_trap(), false)) mask |= 1u << i;
  }
  return static_cast<__mmask16>(mask);
}
RECKON_EMULATED __m512 _mm512_mask_blend_ps(__mmask16 mask, __m512 unset, __m512 set) {
  auto out = As<Lanes<float>>(unset);
  const auto other = As<Lanes<float>>(set);
  for (int i = 0; i < 16; ++i) {
    if ((mask >> i & 1) != 0) out.at[i] = other.at[i];
  }
  return As<__m512>(out);
}
RECKON_EMULATED __m512 _mm512_permutex2var_ps(__m512 a, __m512i index, __m512 b) {
  const auto first = As<Lanes<float>>(a);
  const auto second = As<Lanes<float>>(b);
  const auto which = As<Lanes<int32_t>>(index);
  Lanes<float> out;
  for (int i = 0; i < 16; ++i) {
    const int j = which.at[i] & 31;
    out.at[i] = j < 16 ? first.at[j] : second.at[j - 16];
  }
  return As<__m512>(out);
}

RECKON_EMULATED __m512i _mm512_add_epi32(__m512i a, __m512i b) {
  return EachHalf<IntegerHalves>([](__m256i x, __m256i y) { return _mm256_add_epi32(x, y); }, a, b);
}
RECKON_EMULATED __m512i _mm512_sub_epi32(__m512i a, __m512i b) {
  return EachHalf<IntegerHalves>([](__m256i x, __m256i y) { return _mm256_sub_epi32(x, y); }, a, b);
}
RECKON_EMULATED __m512i _mm512_or_si512(__m512i a, __m512i b) { return a | b; }
RECKON_EMULATED __m512i _mm512_and_si512(__m512i a, __m512i b) { return a & b; }
RECKON_EMULATED __m512i _mm512_mask_or_epi32(__m512i unset, __mmask16 mask, __m512i a, __m512i b) {
  return _mm512_castps_si512(_mm512_mask_blend_ps(mask, _mm512_castsi512_ps(unset), _mm512_castsi512_ps(a | b)));
}
RECKON_EMULATED __m512i _mm512_slli_epi32(__m512i a, int bits) {
  return EachHalf<IntegerHalves>([bits](__m256i x, __m256i) { return _mm256_slli_epi32(x, bits); }, a, a);
}
RECKON_EMULATED __m512i _mm512_srai_epi32(__m512i a, int bits) {
  return EachHalf<IntegerHalves>([bits](__m256i x, __m256i) { return _mm256_srai_epi32(x, bits); }, a, a);
}
RECKON_EMULATED __m512i _mm512_srli_epi32(__m512i a, int bits) {
  return EachHalf<IntegerHalves>([bits](__m256i x, __m256i) { return _mm256_srli_epi32(x, bits); }, a, a);
}
RECKON_EMULATED __m512i _mm512_srli_epi16(__m512i a, int bits) {
  return EachHalf<IntegerHalves>([bits](__m256i x, __m256i) { return _mm256_srli_epi16(x, bits); }, a, a);
}
RECKON_EMULATED int32_t _mm512_reduce_add_epi32(__m512i a) {
  uint32_t sum = 0;
  for (const uint32_t lane : As<Lanes<uint32_t>>(a).at) sum += lane;
  return static_cast<int32_t>(sum);
}
RECKON_EMULATED __m512i _mm512_cvtepi16_epi32(__m256i a) {
  return As<__m512i>(IntegerHalves{_mm256_cvtepi16_epi32(_mm256_castsi256_si128(a)),
                                   _mm256_cvtepi16_epi32(_mm256_extracti128_si256(a, 1))});
}
// The lower bits of each lane.
template <typename To, typename Narrow>
RECKON_EMULATED To Narrowed(__m512i a) {
  const auto lanes = As<Lanes<uint32_t>>(a);
  Narrow out[16];
  for (int i = 0; i < 16; ++i) out[i] = static_cast<Narrow>(lanes.at[i]);
  return As<To>(out);
}
RECKON_EMULATED __m128i _mm512_cvtepi32_epi8(__m512i a) { return Narrowed<__m128i, uint8_t>(a); }
RECKON_EMULATED __m256i _mm512_cvtepi32_epi16(__m512i a) { return Narrowed<__m256i, uint16_t>(a); }

// VPDPBUSD: the sums of four products of unsigned and signed bytes, which do not saturate. The halves of words that
// AVX2 multiplies hold a product of each pair at a time.
RECKON_EMULATED __m256i DotQuads(__m256i sum, __m256i weights, __m256i x) {
  const __m256i low = _mm256_set1_epi16(0xff);
  const __m256i even = _mm256_madd_epi16(_mm256_and_si256(weights, low), _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8));
  const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(weights, 8), _mm256_srai_epi16(x, 8));
  return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
}
RECKON_EMULATED __m256i _mm256_dpbusd_avx_epi32(__m256i sum, __m256i weights, __m256i x) {
  return DotQuads(sum, weights, x);
}
RECKON_EMULATED __m512i _mm512_dpbusd_epi32(__m512i sum, __m512i weights, __m512i x) {
  const auto s = As<IntegerHalves>(sum);
  const auto w = As<IntegerHalves>(weights);
  const auto v = As<IntegerHalves>(x);
  return As<__m512i>(IntegerHalves{DotQuads(s.lower, w.lower, v.lower), DotQuads(s.upper, w.upper, v.upper)});
}
// VDPBF16PS: the second product of each pair first; numbers below the normal ones count as zero.
RECKON_EMULATED float FlushToZero(float x) { return __builtin_fabsf(x) < 0x1p-126f ? 0.0f : x; }
RECKON_EMULATED float Bf16Lane(uint32_t bits) { return FlushToZero(As<float>(bits)); }
RECKON_EMULATED __m512 _mm512_dpbf16_ps(__m512 sum, __m512bh a, __m512bh b) {
  auto out = As<Lanes<float>>(sum);
  const auto x = As<Lanes<uint32_t>>(a);
  const auto y = As<Lanes<uint32_t>>(b);
  for (int i = 0; i < 16; ++i) {
    const float odd = Bf16Lane(x.at[i] & 0xffff0000u) * Bf16Lane(y.at[i] & 0xffff0000u);
    const float first = FlushToZero(FlushToZero(out.at[i]) + odd);
    out.at[i] = FlushToZero(first + Bf16Lane(x.at[i] << 16) * Bf16Lane(y.at[i] << 16));
  }
  return As<__m512>(out);
}

}  // namespace
}  // namespace reckon
// NOLINTEND(bugprone-reserved-identifier)

#endif  // RECKON_TESTS_UNIT_KERNELS_EMULATED_IMMINTRIN_H_
