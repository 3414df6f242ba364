#include "hub/names.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace reckon_hub {
namespace {

constexpr size_t kMaxComponents = 16;
constexpr size_t kMaxComponentBytes = 200;  // of the 255 that file systems allow, with room for an ending of ours
constexpr size_t kMaxRepoPart = 96;

bool IsPlain(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.'; }

bool IsRepoPart(absl::string_view part) {
  if (part.empty() || part.size() > kMaxRepoPart) return false;
  for (const char c : part) {
    if (!IsPlain(c)) return false;
  }
  const auto edge = [](char c) { return c == '-' || c == '.'; };
  return !edge(part.front()) && !edge(part.back()) && !absl::StrContains(part, "--") && !absl::StrContains(part, "..");
}

}  // namespace

bool IsRepoId(absl::string_view id) {
  const std::vector<absl::string_view> parts = absl::StrSplit(id, '/');
  return parts.size() == 2 && IsRepoPart(parts[0]) && IsRepoPart(parts[1]);
}

bool IsSafePath(absl::string_view path) {
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || c == '\\' || c == ':') return false;
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() > kMaxComponents) return false;
  for (const absl::string_view part : parts) {
    if (part.empty() || part == "." || part == ".." || part.size() > kMaxComponentBytes) return false;
  }
  return true;
}

bool IsRevision(absl::string_view revision) {
  if (!IsSafePath(revision) || revision.front() == '-' || absl::StrContains(revision, "..")) return false;
  for (const char c : revision) {
    if (!IsPlain(c) && c != '/') return false;
  }
  for (const absl::string_view part : absl::StrSplit(revision, '/')) {
    if (part.front() == '.') return false;
  }
  return true;
}

bool IsHex(absl::string_view text, size_t digits) {
  if (text.size() != digits) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

std::string PercentEncode(absl::string_view text, bool keep_slashes) {
  std::string out;
  for (const char c : text) {
    if (IsPlain(c) || c == '~' || (c == '/' && keep_slashes)) {
      out += c;
    } else {
      absl::StrAppend(&out, "%",
                      absl::AsciiStrToUpper(absl::StrCat(absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2))));
    }
  }
  return out;
}

bool MatchesGlob(absl::string_view pattern, absl::string_view text) {
  // The last `*` takes one more character whenever what follows it does not match: quadratic at worst, no recursion.
  size_t p = 0;
  size_t t = 0;
  size_t star = absl::string_view::npos;
  size_t after_star = 0;
  const auto same = [](char a, char b) {
    return absl::ascii_tolower(static_cast<unsigned char>(a)) == absl::ascii_tolower(static_cast<unsigned char>(b));
  };
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || same(pattern[p], text[t]))) {
      ++p;
      ++t;
    } else if (star != absl::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace reckon_hub
