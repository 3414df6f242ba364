// Every type against the values that the `gguf` package computes (tests/data/gguf/make_dequant_refs.py), bit for bit.
#include "weights/dequantize.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace reckon {
namespace {

struct Reference {
  std::vector<uint8_t> bytes;
  std::vector<float> values;
};

std::map<std::string, Reference> ReadReferences() {
  std::ifstream file(RECKON_TEST_DATA "/gguf/dequant_refs.bin", std::ios::binary);
  std::map<std::string, Reference> references;
  char name[9] = {};
  uint32_t counts[2];
  while (file.read(name, 8) && file.read(reinterpret_cast<char*>(counts), sizeof(counts))) {
    Reference& reference = references[name];
    reference.values.resize(counts[0]);
    reference.bytes.resize(counts[1]);
    file.read(reinterpret_cast<char*>(reference.bytes.data()), counts[1]);
    file.read(reinterpret_cast<char*>(reference.values.data()),
              static_cast<std::streamsize>(counts[0] * sizeof(float)));
  }
  return references;
}

constexpr DType kReferenced[] = {DType::kF16,  DType::kBF16, DType::kQ4_0,   DType::kQ4_1,  DType::kQ5_0,
                                 DType::kQ5_1, DType::kQ8_0, DType::kQ2_K,   DType::kQ3_K,  DType::kQ4_K,
                                 DType::kQ5_K, DType::kQ6_K, DType::kIQ4_NL, DType::kIQ4_XS};

// Not a number is not a number, whatever its payload; everything else must agree to the bit.
::testing::AssertionResult Same(const std::vector<float>& got, const std::vector<float>& want) {
  if (got.size() != want.size()) return ::testing::AssertionFailure() << got.size() << " values for " << want.size();
  for (size_t i = 0; i < want.size(); ++i) {
    const bool same =
        std::isnan(want[i]) ? std::isnan(got[i]) : std::bit_cast<uint32_t>(got[i]) == std::bit_cast<uint32_t>(want[i]);
    if (!same) return ::testing::AssertionFailure() << "element " << i << ": " << got[i] << ", not " << want[i];
  }
  return ::testing::AssertionSuccess();
}

TEST(DequantizeRow, AgreesWithReferenceToTheBit) {
  const std::map<std::string, Reference> references = ReadReferences();
  for (const DType dtype : kReferenced) {
    const std::string name(InfoOf(dtype).name);
    SCOPED_TRACE(name);
    ASSERT_EQ(references.count(name), 1u);
    const Reference& reference = references.at(name);
    ASSERT_FALSE(reference.values.empty());
    std::vector<float> out(reference.values.size());
    ASSERT_TRUE(DequantizeRow(dtype, reference.bytes, absl::MakeSpan(out)).ok());
    EXPECT_TRUE(Same(out, reference.values));
  }
}

TEST(DequantizeRow, TakesUnalignedBytesAndSingleBlocks) {
  const std::map<std::string, Reference> references = ReadReferences();
  for (const DType dtype : kReferenced) {
    const DTypeInfo& info = InfoOf(dtype);
    SCOPED_TRACE(std::string(info.name));
    const Reference& reference = references.at(std::string(info.name));
    const size_t elements = static_cast<size_t>(info.block_elements);
    const size_t bytes = static_cast<size_t>(info.block_bytes);
    std::vector<uint8_t> shifted(bytes + 1);
    std::memcpy(shifted.data() + 1, reference.bytes.data() + bytes, bytes);
    std::vector<float> out(elements);
    ASSERT_TRUE(DequantizeRow(dtype, absl::MakeConstSpan(shifted).subspan(1), absl::MakeSpan(out)).ok());
    const auto second = reference.values.begin() + static_cast<std::ptrdiff_t>(elements);
    EXPECT_TRUE(Same(out, std::vector<float>(second, second + static_cast<std::ptrdiff_t>(elements))));
  }
}

TEST(DequantizeRow, ReadsPlainFloats) {
  const std::vector<float> values = {0.0f, -1.5f, 3.4e38f, 1e-40f, std::numeric_limits<float>::infinity()};
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  std::vector<float> out(values.size());
  ASSERT_TRUE(DequantizeRow(DType::kF32, bytes, absl::MakeSpan(out)).ok());
  EXPECT_TRUE(Same(out, values));

  const std::vector<double> doubles = {0.1, -2.0, 1e300, 1.0 + 0x1p-24};
  bytes.resize(doubles.size() * sizeof(double));
  std::memcpy(bytes.data(), doubles.data(), bytes.size());
  out.resize(doubles.size());
  ASSERT_TRUE(DequantizeRow(DType::kF64, bytes, absl::MakeSpan(out)).ok());
  EXPECT_TRUE(Same(out, {0.1f, -2.0f, std::numeric_limits<float>::infinity(), 1.0f}));
}

TEST(DequantizeRow, RefusesWhatDoesNotFit) {
  std::vector<uint8_t> bytes(144);
  std::vector<float> out(256);
  EXPECT_TRUE(DequantizeRow(DType::kQ4_K, bytes, absl::MakeSpan(out)).ok());
  EXPECT_EQ(DequantizeRow(DType::kQ4_K, bytes, absl::MakeSpan(out).subspan(0, 128)).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DequantizeRow(DType::kQ4_K, absl::MakeConstSpan(bytes).subspan(1), absl::MakeSpan(out)).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DequantizeRow(DType::kQ4_K, {}, absl::MakeSpan(out)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(DequantizeRow(DType::kQ4_K, {}, {}).ok());
}

TEST(DequantizeRow, NamesTypesThatAreNoWeights) {
  std::vector<uint8_t> bytes(8);
  std::vector<float> out(1);
  const absl::Status status = DequantizeRow(DType::kI64, bytes, absl::MakeSpan(out));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("I64"));
  EXPECT_FALSE(CanDequantize(DType::kBool));
  EXPECT_TRUE(CanDequantize(DType::kF64));
}

}  // namespace
}  // namespace reckon
