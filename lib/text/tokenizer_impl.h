// What stands behind the public Tokenizer.
#ifndef RECKON_LIB_TEXT_TOKENIZER_IMPL_H_
#define RECKON_LIB_TEXT_TOKENIZER_IMPL_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "reckon/tokenizer.h"
#include "text/tokenizer_parts.h"

namespace reckon {

class ChatTemplate;

// Immutable, and so usable from any thread.
class Tokenizer::Impl {
 public:
  // `templates` by name. One that does not parse is reported by ApplyChatTemplate(), not here: a model whose template
  // we cannot read is still a model.
  Impl(TokenizerParts parts, std::map<std::string, std::string> templates);
  ~Impl();

  absl::StatusOr<std::vector<TokenId>> Encode(absl::string_view text, const EncodeOptions& options) const;
  // The same, with the caller's buffers (and their step counter).
  absl::StatusOr<std::vector<TokenId>> Encode(absl::string_view text, const EncodeOptions& options,
                                              BpeWorkspace* workspace) const;
  absl::StatusOr<std::string> Decode(absl::Span<const TokenId> ids, const DecodeOptions& options) const;
  absl::StatusOr<std::string> ApplyChatTemplate(const std::vector<Message>& messages,
                                                const ChatTemplateOptions& options) const;

  const TokenizerParts& parts() const { return parts_; }
  const std::string& chat_template() const { return chat_template_; }
  absl::Status CheckId(TokenId id) const;

 private:
  struct Templates;

  void AddSpecial(std::vector<TokenId>* ids) const;

  const TokenizerParts parts_;
  std::string chat_template_;  // the source of the default one
  std::unique_ptr<const Templates> templates_;
};

}  // namespace reckon

#endif  // RECKON_LIB_TEXT_TOKENIZER_IMPL_H_
