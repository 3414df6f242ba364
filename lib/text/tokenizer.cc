#include "reckon/tokenizer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/tokenizer_impl.h"
#include "text/unicode.h"

namespace reckon {
namespace {

// Offsets in a word are 32 bits wide, and a normalizer may make a text some times longer.
constexpr size_t kMaxTextBytes = size_t{64} << 20;

}  // namespace

absl::Status Tokenizer::Impl::CheckId(TokenId id) const {
  const size_t size = parts_.vocabulary->size();
  if (id >= 0 && static_cast<size_t>(id) < size) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("token id ", id, " is outside of the vocabulary of ", size, " tokens"));
}

void Tokenizer::Impl::AddSpecial(std::vector<TokenId>* ids) const {
  const auto& prefix = parts_.prefix;
  const auto& suffix = parts_.suffix;
  const bool has_prefix = ids->size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), ids->begin());
  const bool has_suffix = ids->size() >= suffix.size() && std::equal(suffix.rbegin(), suffix.rend(), ids->rbegin());
  if (!has_suffix) ids->insert(ids->end(), suffix.begin(), suffix.end());
  if (!has_prefix) ids->insert(ids->begin(), prefix.begin(), prefix.end());
}

absl::StatusOr<std::vector<TokenId>> Tokenizer::Impl::Encode(absl::string_view text,
                                                             const EncodeOptions& options) const {
  BpeWorkspace workspace;
  return Encode(text, options, &workspace);
}

absl::StatusOr<std::vector<TokenId>> Tokenizer::Impl::Encode(absl::string_view text, const EncodeOptions& options,
                                                             BpeWorkspace* workspace) const {
  if (text.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the text is ", text.size(), " bytes long; at most ", kMaxTextBytes, " can be encoded at once"));
  }
  std::string repaired;
  if (!IsValidUtf8(text)) {
    repaired = ReplaceInvalidUtf8(text);
    text = repaired;
  }
  std::vector<TokenId> ids;
  absl::Status status;
  const auto on_word = [&](absl::string_view word) {
    if (status.ok()) status = parts_.model->Encode(word, workspace, &ids);
  };
  parts_.added_tokens.Split(
      text, parts_.normalizer, options.parse_special, [&](TokenId id) { ids.push_back(id); },
      [&](absl::string_view piece, bool first) { parts_.pretokenizer.ForEachWord(piece, first, on_word); });
  RECKON_RETURN_IF_ERROR(status);
  if (options.add_special) AddSpecial(&ids);
  return ids;
}

absl::StatusOr<std::string> Tokenizer::Impl::Decode(absl::Span<const TokenId> ids, const DecodeOptions& options) const {
  for (const TokenId id : ids) RECKON_RETURN_IF_ERROR(CheckId(id));
  return parts_.decoder.Decode(ids,
                               [&](TokenId id) { return options.skip_special && parts_.added_tokens.IsSpecial(id); });
}

absl::StatusOr<std::vector<TokenId>> Tokenizer::Encode(absl::string_view text, const EncodeOptions& options) const {
  return impl_->Encode(text, options);
}

absl::StatusOr<std::string> Tokenizer::Decode(absl::Span<const TokenId> ids, const DecodeOptions& options) const {
  return impl_->Decode(ids, options);
}

absl::StatusOr<std::string> Tokenizer::ApplyChatTemplate(const std::vector<Message>& messages,
                                                         const ChatTemplateOptions& options) const {
  return impl_->ApplyChatTemplate(messages, options);
}

size_t Tokenizer::vocab_size() const { return impl_->parts().vocabulary->size(); }

std::optional<TokenId> Tokenizer::TokenToId(absl::string_view token) const {
  return impl_->parts().vocabulary->Find(token);
}

std::string Tokenizer::IdToToken(TokenId id) const { return std::string(impl_->parts().vocabulary->Spelling(id)); }

std::string Tokenizer::TokenBytes(TokenId id) const { return std::string(impl_->parts().decoder.Bytes(id)); }

bool Tokenizer::IsSpecial(TokenId id) const { return impl_->parts().added_tokens.IsSpecial(id); }

std::optional<TokenId> Tokenizer::bos_id() const { return impl_->parts().bos_id; }

std::optional<TokenId> Tokenizer::eos_id() const { return impl_->parts().eos_id; }

std::optional<TokenId> Tokenizer::pad_id() const { return impl_->parts().pad_id; }

const std::string& Tokenizer::chat_template() const { return impl_->chat_template(); }

class StreamDecoder::State {
 public:
  State(Tokenizer tokenizer, const DecodeOptions& options)
      : tokenizer_(std::move(tokenizer)), options_(options), assembler_(&tokenizer_.impl().parts().decoder) {}

  absl::StatusOr<std::string> Push(TokenId id) {
    RECKON_RETURN_IF_ERROR(tokenizer_.impl().CheckId(id));
    std::string text;
    if (options_.skip_special && tokenizer_.IsSpecial(id)) {
      assembler_.Skip(id);
    } else {
      assembler_.Push(id, &text);
    }
    return text;
  }

  std::string Flush() {
    std::string text;
    assembler_.Flush(&text);
    return text;
  }

 private:
  Tokenizer tokenizer_;  // keeps the tables alive
  DecodeOptions options_;
  TextAssembler assembler_;
};

StreamDecoder::StreamDecoder(Tokenizer tokenizer, const DecodeOptions& options)
    : state_(std::make_unique<State>(std::move(tokenizer), options)) {}
StreamDecoder::~StreamDecoder() = default;
StreamDecoder::StreamDecoder(StreamDecoder&&) noexcept = default;
StreamDecoder& StreamDecoder::operator=(StreamDecoder&&) noexcept = default;

absl::StatusOr<std::string> StreamDecoder::Push(TokenId id) { return state_->Push(id); }

std::string StreamDecoder::Flush() { return state_->Flush(); }

}  // namespace reckon
