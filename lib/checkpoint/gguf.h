// The GGUF container, versions 2 and 3, little-endian: a header of typed metadata, tensor descriptions, then data.
// Reference: https://github.com/ggerganov/ggml/blob/master/docs/gguf.md. What the keys mean is gguf_config.h's.
#ifndef RECKON_LIB_CHECKPOINT_GGUF_H_
#define RECKON_LIB_CHECKPOINT_GGUF_H_

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/byte_source.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/dtype.h"
#include "checkpoint/file_set.h"

namespace reckon {

// The type numbers of the format.
enum class GgufType : uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64,
};

// A list of scalars or strings. Scalars keep their bytes, so that a list never takes more memory than in the file;
// lists of lists, which no reader of ours asks for, are checked and left out.
struct GgufArray {
  GgufType type;
  std::vector<uint8_t> bytes;  // scalars, little-endian
  std::vector<std::string> strings;

  size_t size() const;
  double Number(size_t i) const;  // element i of a list of scalars
};

using GgufValue = std::variant<bool, uint64_t, int64_t, double, std::string, GgufArray>;
using GgufMetadata = std::map<std::string, GgufValue, std::less<>>;

struct GgufTensor {
  std::string name;
  DType dtype;
  std::vector<int64_t> shape;  // outermost first: the reverse of the file's order
  uint64_t offset;             // from the start of the file
  uint64_t nbytes;
};

struct GgufHeader {
  uint32_t version;
  GgufMetadata metadata;
  std::vector<GgufTensor> tensors;
};

bool LooksLikeGguf(const ByteSource& source);

// Reads and checks a header: every count and length against what is left of the file before memory is taken for it.
// Errors: INVALID_ARGUMENT naming file, offset, key or tensor; UNIMPLEMENTED (version 1, big-endian, a tensor type that
// is
//   known but not read).
absl::StatusOr<GgufHeader> ReadGgufHeader(const ByteSource& source);

// A whole checkpoint from a .gguf file and, if it is split, the other parts beside it.
absl::StatusOr<Checkpoint> OpenGguf(const FileSet& files, absl::string_view name);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_GGUF_H_
