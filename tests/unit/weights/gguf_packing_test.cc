// GGUF's types that are grids of 32 elements are packed as they are: every weight of the packed matrices is, to the
// bit, the value that the `gguf` package gives it (dequantize_test.cc holds DequantizeRow to that).
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "arch/architecture.h"
#include "checkpoint/checkpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kernels/dispatch.h"
#include "support/gguf_writer.h"
#include "weights/dequantize.h"
#include "weights/holding.h"
#include "weights/pack_matrix.h"
#include "weights/tensor_rows.h"
#include "weights/weight_layout.h"

namespace reckon {
namespace {

uint32_t BitsOf(float value) { return std::bit_cast<uint32_t>(value); }

// Checks all channels of a matrix of stacked or interleaved parts. Returns the number of weights compared.
int64_t CheckMatrix(const Checkpoint& checkpoint, const MatrixSlot& slot) {
  ThreadPool pool(2, nullptr);
  std::vector<uint8_t> data(static_cast<size_t>(PackedBytes(slot.shape)));
  const absl::Status status = PackMatrix(checkpoint, slot, kGenericTable, pool, {}, data.data());
  EXPECT_TRUE(status.ok()) << status;
  std::vector<float> got(static_cast<size_t>(slot.shape.k));
  std::vector<float> want(static_cast<size_t>(slot.shape.k));
  std::vector<uint8_t> scratch;
  int64_t compared = 0;
  int64_t stacked = 0;
  for (size_t p = 0; p < slot.parts.size(); ++p) {
    const TensorPart& part = slot.parts[p];
    const TensorInfo* tensor = checkpoint.Find(part.name);
    for (int64_t r = 0; r < part.rows; ++r) {
      const int64_t channel =
          slot.order == FusedOrder::kStacked
              ? stacked + r
              : (r / 16 * static_cast<int64_t>(slot.parts.size()) + static_cast<int64_t>(p)) * 16 + r % 16;
      UnpackChannel(slot.shape, data.data(), channel, absl::MakeSpan(got));
      EXPECT_TRUE(ReadRow(checkpoint, *tensor, part.row_begin + r, absl::MakeSpan(want), &scratch).ok());
      for (size_t i = 0; i < want.size(); ++i) {
        if (BitsOf(got[i]) != BitsOf(want[i])) {
          ADD_FAILURE() << part.name << " row " << r << " column " << i << ": " << got[i] << " for " << want[i];
          return compared;
        }
        ++compared;
      }
    }
    stacked += part.rows;
  }
  return compared;
}

// The bytes stay the caller's.
absl::StatusOr<Checkpoint> OpenBytes(const std::string& bytes) {
  ModelFile model;
  model.name = "model.gguf";
  model.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return Checkpoint::Open(ModelSource::Files({model}));
}

struct Case {
  const char* file;
  PackedFormat format;
  PackedZero zero;
};

TEST(GgufPacking, KeepsEveryWeightOfTinyModels) {
  // Of the llama file the rows of q and k are in another order on disk.
  const Case cases[] = {{"qwen2-q4_0", PackedFormat::kQ4, PackedZero::kCenter},
                        {"qwen2-q4_1", PackedFormat::kQ4, PackedZero::kMinimum},
                        {"llama-tied-q4_1", PackedFormat::kQ4, PackedZero::kMinimum},
                        {"qwen2-q8_0", PackedFormat::kQ8, PackedZero::kCenter},
                        {"llama-q8_0", PackedFormat::kQ8, PackedZero::kCenter}};
  for (const Case& test : cases) {
    SCOPED_TRACE(test.file);
    const absl::StatusOr<Checkpoint> checkpoint =
        Checkpoint::Open(ModelSource::Path(std::string(RECKON_TEST_DATA "/gguf/") + test.file + ".gguf"));
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    const absl::StatusOr<Architecture> architecture = RecognizeArchitecture(checkpoint->config());
    ASSERT_TRUE(architecture.ok()) << architecture.status();
    const WeightLayout layout = LayOutWeights(*architecture, [&](absl::Span<const TensorPart> parts) {
      return HoldMatrix(*checkpoint, parts, std::nullopt, PlainFormat(*checkpoint));
    });
    int64_t compared = 0;
    for (const LayerSlots& layer : layout.layers) {
      for (const MatrixSlot* slot : {&layer.qkv, &layer.o, &layer.gate_up, &layer.down}) {
        ASSERT_TRUE(slot->from_codes);
        EXPECT_EQ(slot->shape.format, test.format);
        EXPECT_EQ(slot->shape.zero, test.zero);
        compared += CheckMatrix(*checkpoint, *slot);
      }
    }
    EXPECT_GT(compared, 40000);
  }
}

// All bit patterns of the reference blocks whose halves are finite, also in the format that is wider than needed.
TEST(GgufPacking, KeepsEveryPattern) {
  struct Kind {
    DType dtype;
    uint32_t number;  // ggml's
    PackedFormat format;
    PackedZero zero;
  };
  const Kind kinds[] = {{DType::kQ4_0, 2, PackedFormat::kQ4, PackedZero::kCenter},
                        {DType::kQ4_1, 3, PackedFormat::kQ4, PackedZero::kMinimum},
                        {DType::kQ5_0, 6, PackedFormat::kQ8, PackedZero::kCenter},
                        {DType::kQ8_0, 8, PackedFormat::kQ8, PackedZero::kCenter},
                        {DType::kIQ4_NL, 20, PackedFormat::kQ8, PackedZero::kCenter}};
  std::map<std::string, std::string> records;
  std::ifstream file(RECKON_TEST_DATA "/gguf/dequant_refs.bin", std::ios::binary);
  char name[9] = {};
  uint32_t counts[2];
  while (file.read(name, 8) && file.read(reinterpret_cast<char*>(counts), sizeof(counts))) {
    std::string& bytes = records[name];
    bytes.resize(counts[1]);
    file.read(bytes.data(), counts[1]);
    file.seekg(static_cast<std::streamoff>(counts[0] * sizeof(float)), std::ios::cur);
  }
  for (const Kind& kind : kinds) {
    const DTypeInfo& info = InfoOf(kind.dtype);
    SCOPED_TRACE(std::string(info.name));
    const size_t size = static_cast<size_t>(info.block_bytes);
    std::string finite;
    uint64_t rows = 0;
    const std::string& all = records.at(std::string(info.name));
    for (size_t at = 0; at + size <= all.size(); at += size) {
      float values[32];
      const auto* block = reinterpret_cast<const uint8_t*>(all.data() + at);
      ASSERT_TRUE(DequantizeRow(kind.dtype, absl::MakeConstSpan(block, size), absl::MakeSpan(values)).ok());
      bool ok = true;
      for (const float value : values) ok = ok && std::isfinite(value);
      if (!ok) continue;
      finite += all.substr(at, size);
      ++rows;
    }
    ASSERT_GT(rows, 40u);
    testing::GgufWriter writer = testing::MinimalGguf("qwen2");
    writer.Tensor("blk.0.ffn_down.weight", {32, rows}, kind.number, finite);
    const std::string bytes = writer.Bytes();
    const absl::StatusOr<Checkpoint> checkpoint = OpenBytes(bytes);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    const std::vector<TensorPart> parts = {
        TensorPart{"model.layers.0.mlp.down_proj.weight", 0, static_cast<int64_t>(rows), 0}};
    const Holding own = HoldMatrix(*checkpoint, parts, std::nullopt, PackedFormat::kBf16);
    EXPECT_EQ(own.format, kind.format);
    EXPECT_EQ(own.zero, kind.zero);
    const Holding wide = HoldMatrix(*checkpoint, parts, PackedFormat::kQ8, PackedFormat::kBf16);
    for (const Holding& holding : {own, wide}) {
      ASSERT_TRUE(holding.from_codes);
      MatrixSlot slot;
      slot.shape = MakePackedShape(holding.format, static_cast<int64_t>(rows), 32, 32, holding.zero);
      slot.from_codes = true;
      slot.parts = parts;
      EXPECT_EQ(CheckMatrix(*checkpoint, slot), static_cast<int64_t>(rows) * 32);
    }
  }
}

// Of the second row of two, the second block: as it is packed from blocks (Q4_0 as q4, Q8_0) and from codes (Q4_0 as
// q8).
TEST(GgufPacking, RefusesScalesThatAreNotFinite) {
  struct Kind {
    uint32_t number;
    size_t block_bytes;
    PackedFormat format;
  };
  for (const Kind& kind :
       {Kind{2, 18, PackedFormat::kQ4}, Kind{2, 18, PackedFormat::kQ8}, Kind{8, 34, PackedFormat::kQ8}}) {
    for (const uint16_t scale : {0x7c00, 0xfc00, 0x7e01}) {
      std::string blocks(4 * kind.block_bytes, '\1');
      std::memcpy(blocks.data() + 3 * kind.block_bytes, &scale, 2);
      testing::GgufWriter writer = testing::MinimalGguf("qwen2");
      writer.Tensor("blk.0.ffn_down.weight", {64, 2}, kind.number, blocks);
      const std::string bytes = writer.Bytes();
      const absl::StatusOr<Checkpoint> checkpoint = OpenBytes(bytes);
      ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
      MatrixSlot slot;
      slot.shape = MakePackedShape(kind.format, 2, 64, 32);
      slot.from_codes = true;
      slot.parts = {TensorPart{"model.layers.0.mlp.down_proj.weight", 0, 2, 0}};
      ThreadPool pool(1, nullptr);
      std::vector<uint8_t> data(static_cast<size_t>(PackedBytes(slot.shape)));
      const absl::Status status = PackMatrix(*checkpoint, slot, kGenericTable, pool, {}, data.data());
      EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      EXPECT_THAT(std::string(status.message()),
                  ::testing::AllOf(::testing::HasSubstr("group 1 of row 1"), ::testing::HasSubstr("not finite")));
    }
  }
}

}  // namespace
}  // namespace reckon
