// How a checkpoint that comes quantized keeps the matrix of a linear layer: small whole numbers ("codes") packed into
// words, with scales and zero points for groups of inputs. AWQ, GPTQ, compressed-tensors and ChatGLM differ in where
// each number is; this says where, so that one reader (weights/code_source.h) serves them all.
//
//   weight[row][column] = (code[row][column] - zero[row][group]) * scale[row][group]
#ifndef RECKON_LIB_CHECKPOINT_INTEGER_CODES_H_
#define RECKON_LIB_CHECKPOINT_INTEGER_CODES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"

namespace reckon {

// A matrix of unsigned numbers of 4 or 8 bits, several to a word. Bounds were checked when the checkpoint was opened:
// every word of a matrix of the layer's shape lies inside the tensor.
struct PackedIntegers {
  TensorInfo tensor;
  int bits = 4;
  int word_bytes = 4;  // 4: little-endian words; 1: bytes
  // Numbers that share a word are neighbours in a column (true) or in a row (false).
  bool packed_along_rows = false;
  // Words from one word to the next one below, and to the next one on its right; 0: the same word for all.
  int64_t row_stride = 0;
  int64_t column_stride = 0;
  // The i-th number of a word is at bit bits * place[i].
  std::array<uint8_t, 8> place = {0, 1, 2, 3, 4, 5, 6, 7};
  // Flipped in each number: the sign bit where numbers are stored in two's complement, so that they count from below.
  uint8_t flip = 0;

  int per_word() const { return word_bytes * 8 / bits; }
};

struct IntegerCodes {
  std::string method;  // "AWQ", "GPTQ", for messages
  PackedIntegers codes;
  std::optional<PackedIntegers> zeros;  // [rows][groups]; none: zero_offset is the zero of all groups
  int32_t zero_offset = 0;              // added to what `zeros` holds
  // The file says that every zero is the middle, 2^(bits-1), though it stores them: then loading checks that it is so.
  bool says_symmetric = false;
  TensorInfo scales;  // F16, BF16 or F32
  int64_t scale_row_stride = 0;
  int64_t scale_group_stride = 0;
  int64_t group_size = 0;  // consecutive columns with one scale; the last group may be shorter
  int64_t groups = 0;
  // Where groups are not consecutive columns (GPTQ with desc_act): the group of each column, each below `groups`.
  std::vector<int32_t> group_of_column;

  // The zero of all groups is known to be the middle.
  bool centered() const { return says_symmetric || (!zeros.has_value() && zero_offset == 1 << (codes.bits - 1)); }
};

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_INTEGER_CODES_H_
