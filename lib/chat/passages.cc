#include "chat/passages.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "text/unicode.h"

namespace reckon {
namespace {

constexpr size_t kLongestHeading = 80;

struct Paragraph {
  std::string text;
  int64_t first_line = 0;
  int64_t last_line = 0;
};

// Marks that end a sentence: . ! ? ; and their wide forms, the ideographic full stop and the ellipsis.
bool EndsSentence(uint32_t value) {
  return value == '.' || value == '!' || value == '?' || value == ';' || value == 0x3002 || value == 0xff01 ||
         value == 0xff1f || value == 0xff1b || value == 0x2026;
}

// Marks that no heading ends with: those of sentences, and commas.
bool EndsLikeProse(absl::string_view text) {
  uint32_t last = 0;
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = DecodeUtf8(text, i);
    last = point.value;
    i += point.length;
  }
  return EndsSentence(last) || last == ',' || last == 0xff0c || last == ':' || last == 0xff1a;
}

std::vector<Paragraph> Paragraphs(absl::string_view text) {
  std::vector<Paragraph> paragraphs;
  bool open = false;
  int64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const absl::string_view line = absl::StripTrailingAsciiWhitespace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.empty()) {
      open = false;
      continue;
    }
    const bool heading = absl::StartsWith(line, "#");
    if (!open || heading) paragraphs.push_back({{}, number, number});
    Paragraph& paragraph = paragraphs.back();
    absl::StrAppend(&paragraph.text, paragraph.text.empty() ? "" : "\n", line);
    paragraph.last_line = number;
    open = !heading;
  }
  return paragraphs;
}

bool IsHeading(const Paragraph& paragraph) {
  if (absl::StartsWith(paragraph.text, "#")) return true;
  return paragraph.first_line == paragraph.last_line && paragraph.text.size() <= kLongestHeading &&
         !EndsLikeProse(paragraph.text);
}

// Pieces of a paragraph, each behind a sentence if possible, that have at most about `bytes` bytes.
std::vector<std::string> Pieces(absl::string_view text, size_t bytes) {
  std::vector<std::string> pieces;
  size_t begin = 0;
  size_t sentence = 0;  // the latest place behind a sentence
  for (size_t i = 0; i < text.size();) {
    const CodePoint point = DecodeUtf8(text, i);
    i += point.length;
    if (EndsSentence(point.value)) sentence = i;
    if (i - begin >= bytes && i < text.size()) {
      const size_t cut = sentence > begin ? sentence : i;
      pieces.emplace_back(absl::StripAsciiWhitespace(text.substr(begin, cut - begin)));
      begin = cut;
    }
  }
  if (begin < text.size()) pieces.emplace_back(absl::StripAsciiWhitespace(text.substr(begin)));
  return pieces;
}

class Splitter {
 public:
  Splitter(int64_t most, absl::FunctionRef<int64_t(absl::string_view)> count) : most_(most), count_(count) {}

  void Add(const Paragraph& paragraph) {
    if (!IsHeading(paragraph)) return AddText(paragraph);
    Close();
    KeepHeading();
    const size_t marks = std::min(paragraph.text.find_first_not_of("# "), paragraph.text.size());
    heading_ = paragraph.text.substr(marks);
    heading_line_ = paragraph.first_line;
    heading_alone_ = true;
  }

  std::vector<Passage> Finish() {
    Close();
    KeepHeading();
    return std::move(passages_);
  }

 private:
  void AddText(const Paragraph& paragraph) {
    const int64_t tokens = count_(paragraph.text);
    if (tokens <= most_) return Put(paragraph, tokens);
    // The number of tokens is about proportional to the bytes; halves of what is still too long are tried again.
    const size_t bytes =
        std::max<size_t>(16, paragraph.text.size() * static_cast<size_t>(most_) / static_cast<size_t>(tokens) * 3 / 4);
    for (std::string& piece : Pieces(paragraph.text, bytes)) {
      Paragraph part = {std::move(piece), paragraph.first_line, paragraph.last_line};
      const int64_t part_tokens = count_(part.text);
      if (part_tokens > most_ && part.text.size() > 16 && part.text.size() < paragraph.text.size()) {
        AddText(part);
      } else {
        Put(part, part_tokens);
      }
    }
  }

  void Put(const Paragraph& paragraph, int64_t tokens) {
    if (paragraph.text.empty()) return;
    if (!open_.text.empty() && open_.tokens + tokens > most_) Close();
    if (open_.text.empty()) open_.first_line = paragraph.first_line;
    absl::StrAppend(&open_.text, open_.text.empty() ? "" : "\n", paragraph.text);
    open_.last_line = paragraph.last_line;
    open_.tokens += tokens + 1;
  }

  void Close() {
    if (open_.text.empty()) return;
    open_.heading = heading_;
    heading_alone_ = false;
    passages_.push_back(std::move(open_));
    open_ = Passage();
  }

  // What looked like a heading and had nothing below it is text all the same.
  void KeepHeading() {
    if (!heading_alone_ || heading_.empty()) return;
    heading_alone_ = false;
    AddText({std::exchange(heading_, {}), heading_line_, heading_line_});
    Close();
  }

  const int64_t most_;
  absl::FunctionRef<int64_t(absl::string_view)> count_;
  std::string heading_;
  int64_t heading_line_ = 0;
  bool heading_alone_ = false;
  Passage open_;
  std::vector<Passage> passages_;
};

}  // namespace

std::vector<Passage> SplitIntoPassages(absl::string_view text, int64_t most,
                                       absl::FunctionRef<int64_t(absl::string_view)> count) {
  Splitter splitter(most, count);
  for (const Paragraph& paragraph : Paragraphs(text)) splitter.Add(paragraph);
  return splitter.Finish();
}

}  // namespace reckon
