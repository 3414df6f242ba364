#include "text/normalizer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "text/nfc.h"

namespace reckon {

bool Normalizer::IsIdentityFor(absl::string_view text) const {
  const auto is_below_combining = [](char byte) { return static_cast<unsigned char>(byte) < 0xcc; };  // U+0300 is CC 80
  return std::all_of(steps_.begin(), steps_.end(), [&](const Step& step) {
    return step.kind == Kind::kNfc && std::all_of(text.begin(), text.end(), is_below_combining);
  });
}

std::string Normalizer::Normalize(absl::string_view text) const {
  std::string result(text);
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Kind::kNfc:
        result = NormalizeNfc(result);
        break;
      case Kind::kPrepend:
        if (!result.empty()) result = absl::StrCat(step.to, result);
        break;
      case Kind::kReplace:
        result = absl::StrReplaceAll(result, {{step.from, step.to}});
        break;
    }
  }
  return result;
}

}  // namespace reckon
