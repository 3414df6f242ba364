// Text to tokens and back, and conversations to prompts.
//
//   absl::StatusOr<std::string> prompt = model.tokenizer().ApplyChatTemplate({{.role = "user", .content = "Hello"}});
//   absl::StatusOr<std::vector<reckon::TokenId>> ids = model.tokenizer().Encode(*prompt, {.parse_special = true});
//
// Results equal those of the tokenizer that was published with the model: Hugging Face `tokenizers` for tokenizer.json
// and for GGUF's "gpt2" vocabularies, the sentencepiece library for tokenizer.model and GGUF's "llama" vocabularies.
#ifndef RECKON_TOKENIZER_H_
#define RECKON_TOKENIZER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "reckon/types.h"

namespace reckon {

struct EncodeOptions {
  // Put the tokens in front (and behind) that the model expects around every text, such as BOS: once, and not at all if
  // the text already begins with it as a parsed special token. A rendered chat template has them already.
  bool add_special = false;
  // Recognise special tokens such as <｜User｜> written out in the text. Leave it off for text from outside, or it
  // could speak as the system. Added tokens that are not special (<think> in R1's vocabulary) are recognised either
  // way.
  bool parse_special = false;
};

struct DecodeOptions {
  // Leave special tokens (BOS, EOS, <｜User｜>...) out of the text.
  bool skip_special = false;
};

// One message of a conversation, as chat templates see it.
struct Message {
  std::string role{};  // "system", "user", "assistant" or "tool"
  // The text. Absent (None in templates) for an assistant turn that only calls tools.
  std::optional<std::string> content{};
  // Reasoning of an assistant turn, for templates that take it apart from the content (Qwen3). Empty: not given.
  std::string reasoning_content{};
  // JSON array of {"type": "function", "function": {"name", "arguments"}}, or empty.
  std::string tool_calls_json{};
  // Other members of the message object as a JSON object (for example {"name": "get_weather"}), or empty.
  std::string extra_json{};
};

struct ChatTemplateOptions {
  // End the prompt where the assistant's answer begins.
  bool add_generation_prompt = true;
  // JSON array of tool descriptions in the OpenAI form, or empty.
  std::string tools_json{};
  // JSON object of further variables, for example {"enable_thinking": false}, or empty.
  std::string variables_json{};
  // A named template of a model that ships several ("default", "tool_use"). Empty: "tool_use" if there are tools and
  // the model has it, else the default.
  std::string name{};
};

// Immutable; a cheap handle: copies share the tables.
// Threads: every member may be called concurrently.
class Tokenizer {
 public:
  class Impl;  // lib/text

  Tokenizer() = default;  // an empty handle: only assignment and destruction are allowed
  explicit Tokenizer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  // Whether it is an empty handle, as that of a model that came without tokenizer files.
  [[nodiscard]] bool empty() const { return impl_ == nullptr; }

  // Turns UTF-8 text into tokens.
  // Cost: linear in the text's length, whatever the text is.
  // Invalid UTF-8 is replaced by U+FFFD first. What a vocabulary has no token for becomes <unk>, or is left out if it
  // has no <unk> either, as in the reference. Errors: INVALID_ARGUMENT for more than 64 MiB at once.
  [[nodiscard]] absl::StatusOr<std::vector<TokenId>> Encode(absl::string_view text,
                                                            const EncodeOptions& options = {}) const;

  // Turns tokens into text. Byte sequences that are not UTF-8 become U+FFFD, as the reference does it: one for each
  // maximal ill-formed part (byte-level BPE), for each byte of it (sentencepiece), or for each byte of a run of byte
  // tokens that is not UTF-8 as a whole (tokenizer.json with byte fallback).
  // Errors: INVALID_ARGUMENT for an id outside the vocabulary.
  [[nodiscard]] absl::StatusOr<std::string> Decode(absl::Span<const TokenId> ids,
                                                   const DecodeOptions& options = {}) const;

  // Renders a conversation with the model's own chat template (Jinja, as transformers' apply_chat_template).
  // Errors: FAILED_PRECONDITION if the model has no template; INVALID_ARGUMENT if the template raises an error about
  // the
  //   messages (its text is in the message) or JSON in the options does not parse; RESOURCE_EXHAUSTED if the template
  //   exceeds the interpreter's bounds on steps, output or depth.
  [[nodiscard]] absl::StatusOr<std::string> ApplyChatTemplate(const std::vector<Message>& messages,
                                                              const ChatTemplateOptions& options = {}) const;

  // The number of entries; ids are below it. The model's vocab_size may be larger (padding).
  [[nodiscard]] size_t vocab_size() const;
  // The id of a token written exactly like this ("<think>"), or nothing.
  [[nodiscard]] std::optional<TokenId> TokenToId(absl::string_view token) const;
  // The vocabulary's own spelling of a token (byte-level BPE writes a space as "Ġ"). Empty for ids outside.
  [[nodiscard]] std::string IdToToken(TokenId id) const;
  // The bytes that a token stands for; they need not be whole characters.
  [[nodiscard]] std::string TokenBytes(TokenId id) const;
  // Whether a token is marked special (left out by skip_special).
  [[nodiscard]] bool IsSpecial(TokenId id) const;
  [[nodiscard]] std::optional<TokenId> bos_id() const;
  [[nodiscard]] std::optional<TokenId> eos_id() const;
  [[nodiscard]] std::optional<TokenId> pad_id() const;
  // The source text of the default chat template; empty if the model has none.
  [[nodiscard]] const std::string& chat_template() const;

  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

// Turns a stream of tokens into a stream of text that can be shown at once: it never emits part of a character, and
// never holds back a character that is complete. The pieces, joined, equal Decode() of all tokens; but for
// tokenizer.json with byte fallback, ill-formed byte tokens spoil only themselves here, where Decode() takes back the
// characters before. Threads: one thread at a time.
class StreamDecoder {
 public:
  explicit StreamDecoder(Tokenizer tokenizer, const DecodeOptions& options = {});
  ~StreamDecoder();
  StreamDecoder(StreamDecoder&&) noexcept;
  StreamDecoder& operator=(StreamDecoder&&) noexcept;

  // The text that this token completes; empty while a character is incomplete.
  // Errors: INVALID_ARGUMENT for an id outside the vocabulary.
  [[nodiscard]] absl::StatusOr<std::string> Push(TokenId id);
  // What is left at the end: U+FFFD for an incomplete character. The decoder is then as new.
  [[nodiscard]] std::string Flush();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace reckon

#endif  // RECKON_TOKENIZER_H_
