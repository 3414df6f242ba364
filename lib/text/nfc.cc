#include "text/nfc.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "text/unicode.h"

namespace reckon {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// Code points of Unicode 10 and later that have a combining class, or that are the second of a composing pair.
constexpr Range kInertByReference[] = {
    {0x05C8, 0x05C9},   {0x07FD, 0x07FD},   {0x0897, 0x089F},   {0x08CA, 0x08D3},   {0x09FE, 0x09FE},
    {0x0C3C, 0x0C3C},   {0x0D3B, 0x0D3C},   {0x0EBA, 0x0EBA},   {0x1715, 0x1715},   {0x1ABF, 0x1AF0},
    {0x1DF6, 0x1DFA},   {0xA82C, 0xA82C},   {0x10D24, 0x10D27}, {0x10D69, 0x10D6D}, {0x10EAB, 0x10EAC},
    {0x10ECB, 0x10ECF}, {0x10EF0, 0x10EFB}, {0x10EFD, 0x10EFF}, {0x10F46, 0x10F50}, {0x10F82, 0x10F85},
    {0x11070, 0x11070}, {0x1133B, 0x1133B}, {0x113B8, 0x113BB}, {0x113C2, 0x113C9}, {0x113CE, 0x113D0},
    {0x1145E, 0x1145E}, {0x11839, 0x1183A}, {0x11930, 0x11930}, {0x1193D, 0x1193E}, {0x11943, 0x11943},
    {0x119E0, 0x119E0}, {0x11A34, 0x11A34}, {0x11A47, 0x11A47}, {0x11A99, 0x11A99}, {0x11D42, 0x11D42},
    {0x11D44, 0x11D45}, {0x11D97, 0x11D97}, {0x11F41, 0x11F42}, {0x1611E, 0x1612F}, {0x16D63, 0x16D6A},
    {0x16FF0, 0x16FF1}, {0x1D127, 0x1D128}, {0x1D250, 0x1D252}, {0x1D25B, 0x1D25C}, {0x1D25F, 0x1D25F},
    {0x1D280, 0x1D281}, {0x1E08F, 0x1E08F}, {0x1E130, 0x1E136}, {0x1E2AE, 0x1E2AE}, {0x1E2EC, 0x1E2EF},
    {0x1E4EC, 0x1E4EF}, {0x1E5EE, 0x1E5EF}, {0x1E6E3, 0x1E6E3}, {0x1E6E6, 0x1E6E6}, {0x1E6EE, 0x1E6EF},
    {0x1E6F5, 0x1E6F5},
};

bool IsInertByReference(uint32_t c) {
  const Range* it = std::lower_bound(std::begin(kInertByReference), std::end(kInertByReference), c,
                                     [](const Range& range, uint32_t value) { return range.last < value; });
  return it != std::end(kInertByReference) && it->first <= c;
}

enum class Role : uint8_t {
  kInert,    // never changes, and nothing before it can change because of it
  kStarter,  // may be replaced by itself (singletons), but what stands before it is finished
  kJoins,    // may be reordered or composed with what stands before it
};

Role RoleOf(uint32_t c) {
  if (c < 0x300) return Role::kInert;                   // (composes forward only: see NormalizeNfc)
  if (c >= 0x3400 && c <= 0x9fff) return Role::kInert;  // unified ideographs
  if (c >= 0xac00 && c <= 0xd7a3) return Role::kInert;  // Hangul syllables
  if (IsInertByReference(c)) return Role::kInert;
  if (c >= 0x1160 && c <= 0x11ff) return Role::kJoins;  // Hangul vowels and final consonants
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    // Every character with a combining class, and every second of a composing pair but the Jamo above, is a mark.
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
      return Role::kJoins;
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
      return Role::kInert;
    default:
      return Role::kStarter;
  }
}

// Composes one segment: a starter and all that may join it.
class Segment {
 public:
  void Add(uint32_t c) {
    utf8proc_int32_t decomposed[32];
    int boundary_class = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), decomposed,
                                                       static_cast<utf8proc_ssize_t>(std::size(decomposed)),
                                                       UTF8PROC_DECOMPOSE, &boundary_class);
    if (n < 1 || n > static_cast<utf8proc_ssize_t>(std::size(decomposed))) {
      points_.push_back(static_cast<utf8proc_int32_t>(c));
      return;
    }
    points_.insert(points_.end(), decomposed, decomposed + n);
  }

  void Finish(std::string* out) {
    Sort();
    // Stable composition only: utf8proc would sort with a quadratic method, so it is given sorted input.
    const utf8proc_ssize_t n =
        utf8proc_normalize_utf32(points_.data(), static_cast<utf8proc_ssize_t>(points_.size()),
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    for (utf8proc_ssize_t i = 0; i < n; ++i) AppendUtf8(static_cast<uint32_t>(points_[static_cast<size_t>(i)]), out);
    points_.clear();
  }

 private:
  static int ClassOfMark(utf8proc_int32_t c) { return utf8proc_get_property(c)->combining_class; }

  // Canonical ordering: marks between two starters by combining class, equal ones in the order given.
  void Sort() {
    auto begin = points_.begin();
    while (begin != points_.end()) {
      if (ClassOfMark(*begin) == 0) {
        ++begin;
        continue;
      }
      auto end = std::find_if(begin, points_.end(), [](utf8proc_int32_t c) { return ClassOfMark(c) == 0; });
      const auto by_class = [](utf8proc_int32_t a, utf8proc_int32_t b) { return ClassOfMark(a) < ClassOfMark(b); };
      if (!std::is_sorted(begin, end, by_class)) std::stable_sort(begin, end, by_class);
      begin = end;
    }
  }

  std::vector<utf8proc_int32_t> points_;
};

// Where a segment that ends the inert text before `pos` begins: one code point back.
size_t PreviousCodePoint(absl::string_view text, size_t pos, size_t floor) {
  size_t begin = pos;
  while (begin > floor && (static_cast<uint8_t>(text[--begin]) & 0xc0) == 0x80) {
  }
  return begin;
}

}  // namespace

std::string NormalizeNfc(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  Segment segment;
  size_t copied = 0;  // text before this offset is in `out`
  size_t pos = 0;
  while (pos < text.size()) {
    if (static_cast<uint8_t>(text[pos]) < 0x80) {
      ++pos;
      continue;
    }
    CodePoint c = DecodeUtf8(text, pos);
    const Role role = RoleOf(c.value);
    if (role == Role::kInert) {
      pos += c.length;
      continue;
    }
    // The segment is this code point (and the one before it, which it may join) and all behind that join.
    size_t begin = pos;
    if (role == Role::kJoins) begin = PreviousCodePoint(text, pos, copied);
    out.append(text.data() + copied, begin - copied);
    pos = begin;
    do {
      c = DecodeUtf8(text, pos);
      if (pos == begin && IsInertByReference(c.value)) {
        AppendUtf8(c.value, &out);
      } else {
        segment.Add(c.value);
      }
      pos += c.length;
    } while (pos < text.size() && RoleOf(DecodeUtf8(text, pos).value) == Role::kJoins);
    segment.Finish(&out);
    copied = pos;
  }
  out.append(text.data() + copied, text.size() - copied);
  return out;
}

}  // namespace reckon
