// Writes GGUF files in memory, right ones and wrong ones. Reference: ggml's docs/gguf.md.
#ifndef RECKON_TESTS_SUPPORT_GGUF_WRITER_H_
#define RECKON_TESTS_SUPPORT_GGUF_WRITER_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace reckon::testing {

class GgufWriter {
 public:
  // The format's type numbers.
  enum Type : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };

  template <typename T>
  static std::string Raw(T value) {
    static_assert(std::is_arithmetic_v<T>);
    std::string bytes(sizeof(T), '\0');
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
  }
  static std::string RawString(const std::string& text) { return Raw<uint64_t>(text.size()) + text; }

  // A key with a value of any type, the value as raw bytes.
  GgufWriter& Key(const std::string& key, uint32_t type, const std::string& raw) {
    keys_ += RawString(key) + Raw<uint32_t>(type) + raw;
    ++key_count;
    return *this;
  }
  GgufWriter& U16(const std::string& key, uint16_t value) { return Key(key, kU16, Raw(value)); }
  GgufWriter& U32(const std::string& key, uint32_t value) { return Key(key, kU32, Raw(value)); }
  GgufWriter& I32(const std::string& key, int32_t value) { return Key(key, kI32, Raw(value)); }
  GgufWriter& F32(const std::string& key, float value) { return Key(key, kF32, Raw(value)); }
  GgufWriter& Bool(const std::string& key, bool value) { return Key(key, kBool, std::string(1, value ? 1 : 0)); }
  GgufWriter& String(const std::string& key, const std::string& value) { return Key(key, kString, RawString(value)); }
  GgufWriter& Strings(const std::string& key, const std::vector<std::string>& values) {
    std::string raw = Raw<uint32_t>(kString) + Raw<uint64_t>(values.size());
    for (const std::string& value : values) raw += RawString(value);
    return Key(key, kArray, raw);
  }
  template <typename T>
  GgufWriter& Numbers(const std::string& key, uint32_t type, const std::vector<T>& values) {
    std::string raw = Raw<uint32_t>(type) + Raw<uint64_t>(values.size());
    for (const T value : values) raw += Raw(value);
    return Key(key, kArray, raw);
  }

  // `dimensions` innermost first, as the file has them; `type` is ggml's number. The offset follows the tensor before.
  GgufWriter& Tensor(const std::string& name, const std::vector<uint64_t>& dimensions, uint32_t type,
                     const std::string& data) {
    return TensorAt(name, dimensions, type, data_.size(), data);
  }
  GgufWriter& TensorAt(const std::string& name, const std::vector<uint64_t>& dimensions, uint32_t type, uint64_t offset,
                       const std::string& data) {
    tensors_ += RawString(name) + Raw<uint32_t>(static_cast<uint32_t>(dimensions.size()));
    for (const uint64_t dimension : dimensions) tensors_ += Raw(dimension);
    tensors_ += Raw(type) + Raw(offset);
    data_ += data;
    data_.resize((data_.size() + alignment - 1) / alignment * alignment);
    ++tensor_count;
    return *this;
  }

  std::string Bytes() const {
    std::string bytes = magic + Raw(version) + Raw(tensor_count) + Raw(key_count) + keys_ + tensors_;
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    return bytes + data_;
  }

  // To be changed by tests of wrong files.
  std::string magic = "GGUF";
  uint32_t version = 3;
  uint64_t tensor_count = 0;
  uint64_t key_count = 0;
  uint64_t alignment = 32;  // what the data is laid out by; the key general.alignment is the caller's

 private:
  std::string keys_;
  std::string tensors_;
  std::string data_;
};

// The hyper-parameters that every architecture has, for files that should open.
inline GgufWriter MinimalGguf(const std::string& architecture) {
  GgufWriter writer;
  writer.String("general.architecture", architecture)
      .U32(architecture + ".block_count", 1)
      .U32(architecture + ".embedding_length", 8)
      .U32(architecture + ".attention.head_count", 2);
  return writer;
}

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_GGUF_WRITER_H_
