// Tensors whose elements are whole numbers on a grid, read as these numbers instead of as floats: layers of quantized
// checkpoints (checkpoint/integer_codes.h) and those block types of GGUF that are grids of 32 elements. What they hold
// can then be packed without being rounded a second time (pack_codes.h).
#ifndef RECKON_LIB_WEIGHTS_CODE_SOURCE_H_
#define RECKON_LIB_WEIGHTS_CODE_SOURCE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/integer_codes.h"
#include "kernels/packed_matrix.h"

namespace reckon {

// What grid a tensor's elements are on: PackedZero says how a weight comes from its code, its group's scale and zero.
struct CodeGrid {
  int bits = 4;  // codes are below 2^bits
  // kCenter: the zero of all groups is 2^(bits-1).
  PackedZero zero = PackedZero::kCenter;
  int64_t group_size = 32;  // consecutive columns with one scale and zero; 0: groups are scattered (GPTQ's desc_act)
  bool half_scales = true;  // scales are F16; else they may lose bits when they become F16
};

// None if the tensor's type is no grid. Reads nothing.
std::optional<CodeGrid> GridOf(const TensorInfo& tensor);

// Up to 16 rows of codes.
struct CodeRows {
  int64_t columns = 0;
  int64_t groups = 0;
  std::vector<uint8_t> codes;  // [16][columns]
  std::vector<float> scales;   // [16][groups]
  std::vector<float> zeros;    // [16][groups]; for kCenter 2^(bits-1)

  void Resize(int64_t new_columns, int64_t new_groups);
};

// Threads: Read may be called concurrently. The tensor and checkpoint must outlive the source.
class CodeSource {
 public:
  // For a tensor that GridOf() knows. Where the checkpoint is not mapped, a quantized layer's bytes are read as a
  // whole, because those of a row are scattered over all of it. Errors: the source's.
  static absl::StatusOr<CodeSource> Open(const Checkpoint& checkpoint, const TensorInfo& tensor);

  const CodeGrid& grid() const { return grid_; }
  const TensorInfo& tensor() const { return *tensor_; }
  // Rows [row, row + count), count <= 16, in published order (TensorInfo::interleaved_heads).
  // Errors: the source's; INVALID_ARGUMENT (a scale that is not finite; a zero that is not the middle though the config
  // says so).
  absl::Status Read(int64_t row, int64_t count, CodeRows* out) const;
  // The blocks of rows [row, row + *count) of a tensor that has blocks, as ViewRows() gives them. Errors: as Read.
  absl::StatusOr<absl::Span<const uint8_t>> Blocks(int64_t row, int64_t most, int64_t* count,
                                                   std::vector<uint8_t>* scratch) const;
  // One row of `rows` as floats. Shapes: out [columns].
  void Dequantize(const CodeRows& rows, int64_t index, absl::Span<float> out) const;

 private:
  // Bytes of a tensor: in the map, or read into memory.
  struct Bytes {
    const uint8_t* data = nullptr;
    std::vector<uint8_t> read;
    const uint8_t* get() const { return data != nullptr ? data : read.data(); }
  };

  CodeSource(const Checkpoint& checkpoint, const TensorInfo& tensor, const CodeGrid& grid)
      : checkpoint_(&checkpoint), tensor_(&tensor), grid_(grid) {}

  absl::Status Load(const TensorInfo& tensor, Bytes* bytes) const;
  absl::Status ReadIntegers(int64_t row, int64_t count, CodeRows* out) const;
  absl::Status ReadBlocks(int64_t row, int64_t count, CodeRows* out) const;
  absl::Status CheckGroup(int64_t row, int64_t group, float scale, float zero) const;

  const Checkpoint* checkpoint_;
  const TensorInfo* tensor_;
  CodeGrid grid_;
  Bytes codes_, zeros_, scales_;
};

}  // namespace reckon

#endif  // RECKON_LIB_WEIGHTS_CODE_SOURCE_H_
