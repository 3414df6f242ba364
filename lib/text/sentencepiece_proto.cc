#include "text/sentencepiece_proto.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/unicode.h"

namespace reckon {
namespace {

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  uint32_t number;
  uint32_t type;
  uint64_t value;           // of a varint
  absl::string_view bytes;  // of the others
  absl::string_view whole;  // with its tag
};

bool ReadVarint(absl::string_view* in, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !in->empty(); shift += 7) {
    const uint8_t byte = static_cast<uint8_t>(in->front());
    in->remove_prefix(1);
    *value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool ReadField(absl::string_view* in, Field* field) {
  const absl::string_view start = *in;
  uint64_t tag = 0;
  if (!ReadVarint(in, &tag) || tag > UINT32_MAX || (tag >> 3) == 0) return false;
  field->number = static_cast<uint32_t>(tag >> 3);
  field->type = static_cast<uint32_t>(tag & 7);
  uint64_t size = 0;
  switch (field->type) {
    case kVarint:
      if (!ReadVarint(in, &field->value)) return false;
      break;
    case kFixed64:
      size = 8;
      break;
    case kFixed32:
      size = 4;
      break;
    case kBytes:
      if (!ReadVarint(in, &size)) return false;
      break;
    default:  // groups are not used in this format
      return false;
  }
  if (size > in->size()) return false;
  field->bytes = in->substr(0, static_cast<size_t>(size));
  in->remove_prefix(static_cast<size_t>(size));
  field->whole = start.substr(0, start.size() - in->size());
  return true;
}

absl::Status Damaged(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("not a sentencepiece model, or damaged: ", what));
}

absl::Status ForEachField(absl::string_view message, absl::string_view name,
                          absl::FunctionRef<absl::Status(const Field&)> on_field) {
  while (!message.empty()) {
    Field field{};
    if (!ReadField(&message, &field)) return Damaged(absl::StrCat(name, " is cut off or garbled"));
    RECKON_RETURN_IF_ERROR(on_field(field));
  }
  return absl::OkStatus();
}

absl::Status CheckPiece(absl::string_view message, size_t index) {
  const std::string name = absl::StrCat("pieces[", index, "]");
  absl::string_view piece;
  const absl::Status status = ForEachField(message, name, [&](const Field& field) -> absl::Status {
    if (field.number == 1 && field.type == kBytes) piece = field.bytes;
    if (field.number == 2 && field.type == kFixed32) {
      float score = 0;
      std::memcpy(&score, field.bytes.data(), sizeof(score));
      if (!std::isfinite(score)) return Damaged(absl::StrCat(name, ": the score is not a finite number"));
    }
    if (field.number == 3 && field.type == kVarint && (field.value < 1 || field.value > 6)) {
      return Damaged(absl::StrCat(name, ": the type is ", field.value));
    }
    return absl::OkStatus();
  });
  RECKON_RETURN_IF_ERROR(status);
  if (piece.empty()) return Damaged(absl::StrCat(name, " is empty"));
  if (piece.find('\0') != absl::string_view::npos || !IsValidUtf8(piece)) {
    return Damaged(absl::StrCat(name, " is not UTF-8 text"));
  }
  return absl::OkStatus();
}

absl::Status CheckTrainerSpec(absl::string_view message) {
  return ForEachField(message, "trainer_spec", [](const Field& field) -> absl::Status {
    if (field.number != 3 || field.type != kVarint) return absl::OkStatus();
    if (field.value != 1 && field.value != 2) {
      return absl::UnimplementedError(
          absl::StrCat("trainer_spec.model_type is ", field.value, "; only unigram (1) and BPE (2) are supported"));
    }
    return absl::OkStatus();
  });
}

uint32_t LittleEndian32(absl::string_view bytes, size_t offset) {
  const auto byte = [&](size_t i) { return uint32_t{static_cast<uint8_t>(bytes[offset + i])}; };
  return byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24);
}

// The map is: size of the double array in bytes (uint32), the array (Darts-clone units of uint32), and the
// replacements, each ended by NUL. Every step that a look-up can take from any unit must stay inside.
absl::Status CheckCharsmap(absl::string_view map) {
  if (map.empty()) return absl::OkStatus();
  absl::Status damaged = Damaged("normalizer_spec.precompiled_charsmap points outside of itself");
  if (map.size() < 4) return damaged;
  const size_t array_size = LittleEndian32(map, 0);
  if (array_size % 4 != 0 || array_size < 1024 || array_size > map.size() - 4) return damaged;
  const absl::string_view units = map.substr(4, array_size);
  const absl::string_view replacements = map.substr(4 + array_size);
  if (replacements.empty() || replacements.back() != '\0') return damaged;
  const size_t count = array_size / 4;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t unit = LittleEndian32(units, i * 4);
    if ((unit >> 31) != 0) {  // a leaf: an offset into the replacements
      if ((unit & 0x7fffffffu) >= replacements.size()) return damaged;
      continue;
    }
    const size_t offset = size_t{unit >> 10} << ((unit & (1u << 9)) >> 6);
    // Children are at i ^ offset ^ label for the 256 labels.
    if (((i ^ offset) | 0xff) >= count) return damaged;
  }
  return absl::OkStatus();
}

absl::Status CheckNormalizerSpec(absl::string_view message, SentencePieceProto* proto) {
  return ForEachField(message, "normalizer_spec", [proto](const Field& field) -> absl::Status {
    if (field.number == 2 && field.type == kBytes) return CheckCharsmap(field.bytes);
    if (field.number == 3 && field.type == kVarint && proto != nullptr) proto->add_dummy_prefix = field.value != 0;
    if (field.number == 4 && field.type == kVarint && proto != nullptr) {
      proto->remove_extra_whitespaces = field.value != 0;
    }
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<SentencePieceProto> CheckSentencePieceProto(absl::string_view bytes) {
  enum : uint32_t { kPieces = 1, kTrainerSpec = 2, kNormalizerSpec = 3, kSelfTestData = 4, kDenormalizerSpec = 5 };
  SentencePieceProto proto;
  proto.serialized.reserve(bytes.size());
  const absl::Status status = ForEachField(bytes, "the file", [&](const Field& field) -> absl::Status {
    if (field.number <= kDenormalizerSpec && field.type != kBytes) return Damaged("a part has the wrong type");
    switch (field.number) {
      case kPieces:
        RECKON_RETURN_IF_ERROR(CheckPiece(field.bytes, proto.pieces));
        ++proto.pieces;
        break;
      case kTrainerSpec:
        RECKON_RETURN_IF_ERROR(CheckTrainerSpec(field.bytes));
        break;
      case kNormalizerSpec:
        RECKON_RETURN_IF_ERROR(CheckNormalizerSpec(field.bytes, &proto));
        break;
      case kDenormalizerSpec:
        RECKON_RETURN_IF_ERROR(CheckNormalizerSpec(field.bytes, nullptr));
        break;
      case kSelfTestData:
        return absl::OkStatus();
      default:
        break;
    }
    proto.serialized.append(field.whole.data(), field.whole.size());
    return absl::OkStatus();
  });
  RECKON_RETURN_IF_ERROR(status);
  if (proto.pieces == 0) return Damaged("there are no pieces");
  return proto;
}

}  // namespace reckon
