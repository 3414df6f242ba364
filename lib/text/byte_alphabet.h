// GPT-2's way to spell any byte as a printable character (Radford et al. 2019, encoder.py bytes_to_unicode): the
// printable bytes of Latin-1 stand for themselves, the other 68 are U+0100, U+0101... in order. A space is "Ġ".
#ifndef RECKON_LIB_TEXT_BYTE_ALPHABET_H_
#define RECKON_LIB_TEXT_BYTE_ALPHABET_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace reckon {

// The code point for each byte.
const std::array<uint16_t, 256>& ByteAlphabet();

// The byte that `code_point` stands for, or -1.
int ByteOfCodePoint(uint32_t code_point);

std::string SpellBytes(absl::string_view bytes);

// The bytes that `spelling` stands for. A spelling with any other character stands for itself.
std::string BytesOfSpelling(absl::string_view spelling);

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_BYTE_ALPHABET_H_
