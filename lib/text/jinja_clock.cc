#include "text/jinja_clock.h"

#include "absl/strings/str_cat.h"

namespace reckon::jinja {
namespace {

constexpr absl::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr absl::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};

template <size_t N>
absl::string_view NameOf(const absl::string_view (&names)[N], int index) {
  return index >= 0 && static_cast<size_t>(index) < N ? names[index] : "?";
}

std::string Padded(int value, size_t width, char fill, bool pad) {
  std::string digits = absl::StrCat(value);
  if (pad && digits.size() < width) digits.insert(0, width - digits.size(), fill);
  return digits;
}

// The value of one directive; false if it is not known. `pad` is off for "%-d" and the like.
bool AppendDirective(const std::tm& t, char directive, bool pad, std::string* out) {
  const int hour12 = t.tm_hour % 12 == 0 ? 12 : t.tm_hour % 12;
  switch (directive) {
    case 'Y':
      *out += absl::StrCat(t.tm_year + 1900);
      return true;
    case 'y':
      *out += Padded(t.tm_year % 100, 2, '0', pad);
      return true;
    case 'm':
      *out += Padded(t.tm_mon + 1, 2, '0', pad);
      return true;
    case 'd':
      *out += Padded(t.tm_mday, 2, '0', pad);
      return true;
    case 'e':
      *out += Padded(t.tm_mday, 2, ' ', pad);
      return true;
    case 'H':
      *out += Padded(t.tm_hour, 2, '0', pad);
      return true;
    case 'I':
      *out += Padded(hour12, 2, '0', pad);
      return true;
    case 'M':
      *out += Padded(t.tm_min, 2, '0', pad);
      return true;
    case 'S':
      *out += Padded(t.tm_sec, 2, '0', pad);
      return true;
    case 'f':
      *out += "000000";
      return true;
    case 'j':
      *out += Padded(t.tm_yday + 1, 3, '0', pad);
      return true;
    case 'u':
      *out += absl::StrCat(t.tm_wday == 0 ? 7 : t.tm_wday);
      return true;
    case 'w':
      *out += absl::StrCat(t.tm_wday);
      return true;
    case 'p':
      *out += t.tm_hour < 12 ? "AM" : "PM";
      return true;
    case 'a':
      absl::StrAppend(out, NameOf(kDays, t.tm_wday).substr(0, 3));
      return true;
    case 'A':
      absl::StrAppend(out, NameOf(kDays, t.tm_wday));
      return true;
    case 'b':
    case 'h':
      absl::StrAppend(out, NameOf(kMonths, t.tm_mon).substr(0, 3));
      return true;
    case 'B':
      absl::StrAppend(out, NameOf(kMonths, t.tm_mon));
      return true;
    case 'z':
    case 'Z':  // datetime.now() has no zone, and Python prints nothing for it
      return true;
    case 'n':
      *out += '\n';
      return true;
    case 't':
      *out += '\t';
      return true;
    case '%':
      *out += '%';
      return true;
    default:
      return false;
  }
}

// The directives that stand for several others; empty if this is not one.
absl::string_view Expansion(char directive) {
  switch (directive) {
    case 'F':
      return "%Y-%m-%d";
    case 'T':
    case 'X':
      return "%H:%M:%S";
    case 'R':
      return "%H:%M";
    case 'D':
    case 'x':
      return "%m/%d/%y";
    case 'c':
      return "%a %b %e %H:%M:%S %Y";
    case 'r':
      return "%I:%M:%S %p";
    default:
      return "";
  }
}

void AppendFormat(const std::tm& t, absl::string_view format, std::string* out) {
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      *out += format[i];
      continue;
    }
    const bool pad = format[i + 1] != '-' || i + 2 == format.size();
    const size_t at = i + (pad ? 1 : 2);
    const absl::string_view expansion = Expansion(format[at]);
    if (!expansion.empty()) {
      AppendFormat(t, expansion, out);  // expansions hold no expansions
    } else if (!AppendDirective(t, format[at], pad, out)) {
      absl::StrAppend(out, format.substr(i, at - i + 1));
    }
    i = at;
  }
}

}  // namespace

std::string FormatLocalTime(std::time_t time, absl::string_view format) {
  std::tm t{};
#ifdef _WIN32
  if (localtime_s(&t, &time) != 0) return "";
#else
  if (localtime_r(&time, &t) == nullptr) return "";
#endif
  std::string out;
  AppendFormat(t, format, &out);
  return out;
}

}  // namespace reckon::jinja
