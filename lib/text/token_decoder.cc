#include "text/token_decoder.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "text/byte_alphabet.h"
#include "text/unicode.h"

namespace reckon {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The byte of "<0x1F>", or -1.
int ByteOfSpelling(absl::string_view spelling) {
  if (spelling.size() != 6 || spelling.substr(0, 3) != "<0x" || spelling[5] != '>') return -1;
  const int high = HexDigit(spelling[3]);
  const int low = HexDigit(spelling[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string BytesOf(absl::string_view spelling, const DecoderOptions& options) {
  if (options.byte_alphabet) return BytesOfSpelling(spelling);
  std::string bytes(spelling);
  for (const auto& [from, to] : options.replacements) bytes = absl::StrReplaceAll(bytes, {{from, to}});
  return bytes;
}

}  // namespace

TokenDecoder::TokenDecoder(const Vocabulary& vocabulary, DecoderOptions options, const std::vector<TokenId>& verbatim)
    : options_(std::move(options)), verbatim_(verbatim.begin(), verbatim.end()) {
  spans_.resize(vocabulary.size());
  is_byte_.resize(vocabulary.size());
  for (size_t i = 0; i < vocabulary.size(); ++i) {
    const TokenId id = static_cast<TokenId>(i);
    const absl::string_view spelling = vocabulary.Spelling(id);
    const size_t offset = bytes_.size();
    const int byte = options_.byte_fallback ? ByteOfSpelling(spelling) : -1;
    if (byte >= 0) {
      is_byte_[i] = true;
      bytes_.push_back(static_cast<char>(byte));
    } else if (IsVerbatim(id)) {
      bytes_.append(spelling.data(), spelling.size());
    } else {
      bytes_.append(BytesOf(spelling, options_));
    }
    spans_[i] = {static_cast<uint32_t>(offset), static_cast<uint32_t>(bytes_.size() - offset)};
  }
}

void TokenDecoder::Override(TokenId id, absl::string_view bytes) {
  if (id < 0 || static_cast<size_t>(id) >= spans_.size()) return;
  const size_t offset = bytes_.size();
  bytes_.append(bytes.data(), bytes.size());
  spans_[static_cast<size_t>(id)] = {static_cast<uint32_t>(offset), static_cast<uint32_t>(bytes.size())};
  is_byte_[static_cast<size_t>(id)] = false;
  overridden_.insert(id);
}

absl::string_view TokenDecoder::Bytes(TokenId id) const {
  if (id < 0 || static_cast<size_t>(id) >= spans_.size()) return absl::string_view();
  const auto& [offset, length] = spans_[static_cast<size_t>(id)];
  return absl::string_view(bytes_).substr(offset, length);
}

std::string TokenDecoder::Decode(absl::Span<const TokenId> ids, absl::FunctionRef<bool(TokenId)> skip) const {
  if (options_.invalid == DecoderOptions::Invalid::kByteRuns) return DecodeByteRuns(ids, skip);
  std::string text;
  TextAssembler assembler(this);
  for (const TokenId id : ids) {
    if (skip(id)) {
      assembler.Skip(id);
    } else {
      assembler.Push(id, &text);
    }
  }
  assembler.Flush(&text);
  return text;
}

std::string TokenDecoder::DecodeByteRuns(absl::Span<const TokenId> ids, absl::FunctionRef<bool(TokenId)> skip) const {
  std::string text;
  std::string run;
  const auto end_run = [&] {
    if (IsValidUtf8(run)) {
      text += run;
    } else {
      for (size_t i = 0; i < run.size(); ++i) text.append(kReplacementUtf8.data(), kReplacementUtf8.size());
    }
    run.clear();
  };
  for (const TokenId id : ids) {
    if (skip(id)) continue;
    const absl::string_view bytes = Bytes(id);
    if (IsByte(id)) {
      run.append(bytes.data(), bytes.size());
    } else {
      end_run();
      text.append(bytes.data(), bytes.size());
    }
  }
  end_run();
  const size_t spaces = std::min(text.find_first_not_of(' '), text.size());
  text.erase(0, std::min(spaces, options_.strip_spaces));
  return text;
}

void TextAssembler::Reset() {
  pending_.clear();
  strip_ = decoder_->options().strip_spaces;
}

void TextAssembler::AppendInvalid(size_t length, std::string* out) const {
  const size_t count = decoder_->options().invalid == DecoderOptions::Invalid::kBytes ? length : 1;
  for (size_t i = 0; i < count; ++i) out->append(kReplacementUtf8.data(), kReplacementUtf8.size());
}

void TextAssembler::Push(TokenId id, std::string* out) {
  absl::string_view bytes = decoder_->Bytes(id);
  if (bytes.empty()) return;
  const bool restart = decoder_->options().strip_after_verbatim && decoder_->IsVerbatim(id);
  if (strip_ > 0 && pending_.empty()) {
    size_t spaces = 0;
    const size_t limit = decoder_->IsStrippable(id) ? std::min(strip_, bytes.size()) : 0;
    while (spaces < limit && bytes[spaces] == ' ') ++spaces;
    bytes.remove_prefix(spaces);
    if (!bytes.empty()) {
      strip_ = 0;
    } else if (!decoder_->options().strip_each_token) {
      strip_ -= spaces;
    }
  }
  std::string joined;
  if (!pending_.empty()) {
    joined = std::move(pending_);
    joined.append(bytes.data(), bytes.size());
    bytes = joined;
    pending_.clear();
  }
  for (size_t pos = 0; pos < bytes.size();) {
    const CodePoint c = DecodeUtf8(bytes, pos);
    if (c.truncated) {
      pending_.assign(bytes.data() + pos, bytes.size() - pos);
      break;
    }
    if (c.valid) {
      out->append(bytes.data() + pos, c.length);
    } else {
      AppendInvalid(c.length, out);
    }
    pos += c.length;
  }
  if (restart) strip_ = decoder_->options().strip_spaces;
}

void TextAssembler::Skip(TokenId id) {
  if (decoder_->options().strip_after_verbatim && decoder_->IsVerbatim(id)) strip_ = decoder_->options().strip_spaces;
}

void TextAssembler::Flush(std::string* out) {
  if (!pending_.empty()) AppendInvalid(pending_.size(), out);
  Reset();
}

}  // namespace reckon
