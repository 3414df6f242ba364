#include "text/byte_alphabet.h"

#include "text/unicode.h"

namespace reckon {
namespace {

constexpr uint16_t kLastCodePoint = 0x143;

constexpr bool IsPrintable(int byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

struct Tables {
  std::array<uint16_t, 256> to_code_point{};
  std::array<int16_t, kLastCodePoint + 1> to_byte{};
};

constexpr Tables MakeTables() {
  Tables tables;
  for (int16_t& byte : tables.to_byte) byte = -1;
  uint16_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const uint16_t c = IsPrintable(byte) ? static_cast<uint16_t>(byte) : next++;
    tables.to_code_point[static_cast<size_t>(byte)] = c;
    tables.to_byte[c] = static_cast<int16_t>(byte);
  }
  return tables;
}
constexpr Tables kTables = MakeTables();

}  // namespace

const std::array<uint16_t, 256>& ByteAlphabet() { return kTables.to_code_point; }

int ByteOfCodePoint(uint32_t code_point) { return code_point <= kLastCodePoint ? kTables.to_byte[code_point] : -1; }

std::string SpellBytes(absl::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char byte : bytes) AppendUtf8(kTables.to_code_point[static_cast<uint8_t>(byte)], &out);
  return out;
}

std::string BytesOfSpelling(absl::string_view spelling) {
  std::string out;
  out.reserve(spelling.size());
  for (size_t pos = 0; pos < spelling.size();) {
    const CodePoint c = DecodeUtf8(spelling, pos);
    const int byte = c.valid ? ByteOfCodePoint(c.value) : -1;
    if (byte < 0) return std::string(spelling);
    out.push_back(static_cast<char>(byte));
    pos += c.length;
  }
  return out;
}

}  // namespace reckon
