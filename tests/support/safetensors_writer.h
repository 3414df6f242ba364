// Writes safetensors files in memory.
#ifndef RECKON_TESTS_SUPPORT_SAFETENSORS_WRITER_H_
#define RECKON_TESTS_SUPPORT_SAFETENSORS_WRITER_H_

#include <cstdint>
#include <cstring>
#include <string>

namespace reckon::testing {

// A file with this header, as it is, and this data.
inline std::string SafetensorsFile(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + data;
}

class SafetensorsWriter {
 public:
  // `shape` as JSON has it: "[2, 3]".
  SafetensorsWriter& Tensor(const std::string& name, const std::string& dtype, const std::string& shape,
                            const std::string& data) {
    if (!header_.empty()) header_ += ',';
    header_ += '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":[)" +
               std::to_string(data_.size()) + ',' + std::to_string(data_.size() + data.size()) + "]}";
    data_ += data;
    return *this;
  }
  std::string Bytes() const { return SafetensorsFile('{' + header_ + '}', data_); }

 private:
  std::string header_;
  std::string data_;
};

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_SAFETENSORS_WRITER_H_
