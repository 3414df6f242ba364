#include "chat/bridge.h"

#include <cstddef>
#include <cstdint>

#include "text/unicode.h"

namespace reckon {
namespace {

// 时间有限，根据以上思考给出答案。
constexpr char kChinese[] =
    "\u65f6\u95f4\u6709\u9650\uff0c\u6839\u636e\u4ee5\u4e0a\u601d\u8003\u7ed9\u51fa\u7b54\u6848\u3002";
// 時間が限られているので、ここまでの考えから答えます。
constexpr char kJapanese[] =
    "\u6642\u9593\u304c\u9650\u3089\u308c\u3066\u3044\u308b\u306e\u3067\u3001\u3053\u3053\u307e\u3067\u306e"
    "\u8003\u3048\u304b\u3089\u7b54\u3048\u307e\u3059\u3002";
// 시간이 부족하므로 지금까지의 생각으로 답하겠습니다.
constexpr char kKorean[] =
    "\uc2dc\uac04\uc774 \ubd80\uc871\ud558\ubbc0\ub85c \uc9c0\uae08\uae4c\uc9c0\uc758 \uc0dd\uac01\uc73c"
    "\ub85c \ub2f5\ud558\uaca0\uc2b5\ub2c8\ub2e4.";
// Времени больше нет: отвечу, исходя из сказанного.
constexpr char kRussian[] =
    "\u0412\u0440\u0435\u043c\u0435\u043d\u0438 \u0431\u043e\u043b\u044c\u0448\u0435 \u043d\u0435\u0442: "
    "\u043e\u0442\u0432\u0435\u0447\u0443, \u0438\u0441\u0445\u043e\u0434\u044f \u0438\u0437 \u0441\u043a"
    "\u0430\u0437\u0430\u043d\u043d\u043e\u0433\u043e.";
constexpr char kEnglish[] = "Time is up: I will answer with what I have so far.";

bool IsBetween(uint32_t value, uint32_t first, uint32_t last) { return first <= value && value <= last; }

// Letters of each script in a text.
struct Scripts {
  size_t han = 0;
  size_t kana = 0;
  size_t hangul = 0;
  size_t cyrillic = 0;
  size_t other = 0;
};

Scripts CountScripts(absl::string_view text) {
  Scripts scripts;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = DecodeUtf8(text, i);
    i += point.length;
    if (IsBetween(point.value, 0x4e00, 0x9fff) || IsBetween(point.value, 0x3400, 0x4dbf)) {
      ++scripts.han;
    } else if (IsBetween(point.value, 0x3041, 0x30ff)) {
      ++scripts.kana;
    } else if (IsBetween(point.value, 0xac00, 0xd7a3)) {
      ++scripts.hangul;
    } else if (IsBetween(point.value, 0x0400, 0x04ff)) {
      ++scripts.cyrillic;
    } else if (ClassOf(point.value) == CharClass::kLetter) {
      ++scripts.other;
    }
  }
  return scripts;
}

}  // namespace

absl::string_view BridgeFor(absl::string_view text) {
  const Scripts scripts = CountScripts(text);
  // A character of Chinese says about as much as four letters.
  const size_t east = 4 * (scripts.han + scripts.kana + 2 * scripts.hangul);
  if (east > scripts.other && east > scripts.cyrillic) {
    if (2 * scripts.hangul > scripts.han + scripts.kana) return kKorean;
    return 4 * scripts.kana > scripts.han ? kJapanese : kChinese;
  }
  return scripts.cyrillic > scripts.other ? kRussian : kEnglish;
}

}  // namespace reckon
