#include "support/npz.h"

#include <zlib.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status.h"

namespace reckon::testing {
namespace {

constexpr uint32_t kEndOfDirectory = 0x06054b50;
constexpr uint32_t kDirectoryEntry = 0x02014b50;
constexpr uint16_t kZip64Extra = 1;

// A little-endian integer at `offset`; 0 past the end (the signatures and sizes that follow then fail to match).
template <typename T>
T Read(absl::string_view bytes, size_t offset) {
  T value = 0;
  if (offset <= bytes.size() && sizeof(T) <= bytes.size() - offset) {
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
  }
  return value;
}

struct Entry {
  std::string name;
  uint16_t method = 0;
  uint64_t compressed = 0, size = 0, header = 0;
};

// Sizes and offsets of 4 GiB and more, or any that the writer did not know beforehand, stand in the zip64 extra field.
void ReadZip64(absl::string_view extra, Entry* entry) {
  while (extra.size() >= 4) {
    const auto id = Read<uint16_t>(extra, 0);
    const size_t length = Read<uint16_t>(extra, 2);
    if (id == kZip64Extra) {
      size_t at = 4;
      for (uint64_t* field : {&entry->size, &entry->compressed, &entry->header}) {
        if (*field != UINT32_MAX) continue;
        *field = Read<uint64_t>(extra, at);
        at += 8;
      }
      return;
    }
    extra.remove_prefix(std::min(extra.size(), 4 + length));
  }
}

absl::StatusOr<std::string> Inflate(absl::string_view data, uint64_t size) {
  std::string out(size, '\0');
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return absl::InternalError("zlib does not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (result != Z_STREAM_END || stream.total_out != size) return absl::InvalidArgumentError("damaged deflate data");
  return out;
}

absl::StatusOr<std::string> Extract(absl::string_view archive, const Entry& entry) {
  // The local header repeats the name and has an extra field of its own length.
  const size_t begin =
      entry.header + 30 + Read<uint16_t>(archive, entry.header + 26) + Read<uint16_t>(archive, entry.header + 28);
  if (begin > archive.size() || entry.compressed > archive.size() - begin || entry.size > UINT32_MAX) {
    return absl::InvalidArgumentError("data past the end of the archive");
  }
  const absl::string_view data = archive.substr(begin, entry.compressed);
  if (entry.method == 0) return std::string(data);
  if (entry.method == 8) return Inflate(data, entry.size);
  return absl::UnimplementedError(absl::StrCat("compression method ", entry.method));
}

absl::StatusOr<std::vector<Entry>> ReadDirectory(absl::string_view archive) {
  constexpr size_t kEndSize = 22;
  size_t end = archive.size() < kEndSize ? 0 : archive.size() - kEndSize;
  while (end > 0 && Read<uint32_t>(archive, end) != kEndOfDirectory) --end;
  if (Read<uint32_t>(archive, end) != kEndOfDirectory) return absl::InvalidArgumentError("not a zip archive");
  std::vector<Entry> entries(Read<uint16_t>(archive, end + 10));
  size_t at = Read<uint32_t>(archive, end + 16);
  for (Entry& entry : entries) {
    if (Read<uint32_t>(archive, at) != kDirectoryEntry) return absl::InvalidArgumentError("damaged zip directory");
    const size_t name = Read<uint16_t>(archive, at + 28);
    const size_t extra = Read<uint16_t>(archive, at + 30);
    const size_t comment = Read<uint16_t>(archive, at + 32);
    if (at + 46 + name + extra > archive.size()) return absl::InvalidArgumentError("damaged zip directory");
    entry.method = Read<uint16_t>(archive, at + 10);
    entry.compressed = Read<uint32_t>(archive, at + 20);
    entry.size = Read<uint32_t>(archive, at + 24);
    entry.header = Read<uint32_t>(archive, at + 42);
    entry.name = std::string(archive.substr(at + 46, name));
    ReadZip64(archive.substr(at + 46 + name, extra), &entry);
    at += 46 + name + extra + comment;
  }
  return entries;
}

template <typename To, typename From>
std::vector<To> Convert(const std::string& bytes) {
  std::vector<From> from(bytes.size() / sizeof(From));
  std::memcpy(from.data(), bytes.data(), from.size() * sizeof(From));
  return std::vector<To>(from.begin(), from.end());
}

template <typename To>
absl::StatusOr<std::vector<To>> ConvertArray(const NpyArray& array) {
  if (array.dtype == "<f4") return Convert<To, float>(array.bytes);
  if (array.dtype == "<f8") return Convert<To, double>(array.bytes);
  if (array.dtype == "<i4") return Convert<To, int32_t>(array.bytes);
  if (array.dtype == "<i8") return Convert<To, int64_t>(array.bytes);
  return absl::InvalidArgumentError(absl::StrCat("unexpected dtype ", array.dtype));
}

// The text between `key` and `end` in the header, which is a Python dictionary written out.
absl::string_view Between(absl::string_view header, absl::string_view key, absl::string_view end) {
  const size_t at = header.find(key);
  if (at == absl::string_view::npos) return {};
  header.remove_prefix(at + key.size());
  return header.substr(0, header.find(end));
}

}  // namespace

absl::StatusOr<std::vector<float>> NpyArray::Floats() const { return ConvertArray<float>(*this); }
absl::StatusOr<std::vector<int32_t>> NpyArray::Ints() const { return ConvertArray<int32_t>(*this); }

absl::StatusOr<NpyArray> ParseNpy(absl::string_view bytes) {
  if (!absl::StartsWith(bytes, "\x93NUMPY") || bytes.size() < 12) return absl::InvalidArgumentError("not a .npy file");
  const bool first_version = bytes[6] == 1;
  const size_t length = first_version ? Read<uint16_t>(bytes, 8) : Read<uint32_t>(bytes, 8);
  const size_t start = first_version ? 10 : 12;
  if (length > bytes.size() - start) return absl::InvalidArgumentError("cut .npy header");
  const absl::string_view header = bytes.substr(start, length);
  if (!absl::StrContains(header, "'fortran_order': False")) return absl::UnimplementedError("Fortran order");
  NpyArray array;
  array.dtype = std::string(Between(header, "'descr': '", "'"));
  uint64_t elements = 1;
  for (absl::string_view part : absl::StrSplit(Between(header, "'shape': (", ")"), ',', absl::SkipWhitespace())) {
    int64_t extent = 0;
    if (!absl::SimpleAtoi(part, &extent)) return absl::InvalidArgumentError("damaged .npy shape");
    array.shape.push_back(extent);
    elements *= static_cast<uint64_t>(extent);
  }
  array.bytes = std::string(bytes.substr(start + length));
  const uint64_t element = array.dtype.empty() ? 0 : static_cast<uint64_t>(array.dtype.back() - '0');
  if (array.bytes.size() != elements * element) return absl::InvalidArgumentError(".npy size does not fit its shape");
  return array;
}

absl::StatusOr<std::map<std::string, NpyArray>> ReadNpz(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be opened"));
  const std::string archive((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const absl::StatusOr<std::vector<Entry>> entries = ReadDirectory(archive);
  if (!entries.ok()) return Annotate(entries.status(), path);
  std::map<std::string, NpyArray> arrays;
  for (const Entry& entry : *entries) {
    absl::StatusOr<std::string> bytes = Extract(archive, entry);
    if (!bytes.ok()) return Annotate(bytes.status(), absl::StrCat(path, ": ", entry.name));
    absl::StatusOr<NpyArray> array = ParseNpy(*bytes);
    if (!array.ok()) return Annotate(array.status(), absl::StrCat(path, ": ", entry.name));
    arrays[std::string(absl::StripSuffix(entry.name, ".npy"))] = *std::move(array);
  }
  return arrays;
}

}  // namespace reckon::testing
