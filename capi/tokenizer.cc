// reckon_tokenizer and reckon_stream.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "capi/call.h"
#include "capi/objects.h"
#include "capi/options_apply.h"
#include "checkpoint/json.h"

namespace reckon::capi {
namespace {

// Deeper than any conversation, and what the template's own values may be.
constexpr size_t kMaxJsonDepth = 64;

// Each message as a JSON object of its own, which is what the template sees: nothing in it is lost on the way.
absl::StatusOr<std::vector<Message>> ParseMessages(absl::string_view json) {
  RECKON_ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json, "messages_json", kMaxJsonDepth));
  simdjson::dom::array array;
  if (document.root().get(array) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError("messages_json is not an array of messages");
  }
  std::vector<Message> messages;
  for (const simdjson::dom::element element : array) {
    simdjson::dom::object object;
    std::string_view role;
    if (element.get(object) != simdjson::SUCCESS || object["role"].get(role) != simdjson::SUCCESS) {
      return absl::InvalidArgumentError(
          absl::StrCat("messages_json[", messages.size(), "] is not an object with a string \"role\""));
    }
    Message message;
    message.role = std::string(role);
    message.extra_json = simdjson::minify(object);
    messages.push_back(std::move(message));
  }
  return messages;
}

absl::Status CheckToken(const Tokenizer& tokenizer, reckon_token token) {
  if (token >= 0 && static_cast<size_t>(token) < tokenizer.vocab_size()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("token ", token, " is outside the tokenizer's vocabulary of ", tokenizer.vocab_size()));
}

}  // namespace
}  // namespace reckon::capi

using reckon::capi::Call;
using reckon::capi::View;

extern "C" {

reckon_status reckon_model_tokenizer(const reckon_model* model, reckon_tokenizer** out_tokenizer,
                                     reckon_error** error) {
  reckon::capi::Clear(out_tokenizer);
  return Call(__func__, error, {{"model", model}, {"out_tokenizer", out_tokenizer}}, [&] {
    if (model->model.tokenizer().empty()) {
      return absl::FailedPreconditionError(absl::StrCat(model->model.info().name, " came without a tokenizer"));
    }
    *out_tokenizer = new reckon_tokenizer(model->model.tokenizer());
    return absl::OkStatus();
  });
}

reckon_tokenizer* reckon_tokenizer_retain(const reckon_tokenizer* tokenizer) {
  return tokenizer == nullptr ? nullptr : tokenizer->Retain();
}

void reckon_tokenizer_release(reckon_tokenizer* tokenizer) {
  if (tokenizer != nullptr) tokenizer->Release();
}

reckon_status reckon_tokenizer_get_info(const reckon_tokenizer* tokenizer, reckon_tokenizer_info* out_info,
                                        reckon_error** error) {
  return Call(__func__, error, {{"tokenizer", tokenizer}, {"out_info", out_info}}, [&] {
    const reckon::Tokenizer& t = tokenizer->tokenizer;
    return reckon::capi::FillOut(reckon_tokenizer_info{0, t.bos_id().value_or(-1), t.eos_id().value_or(-1),
                                                       t.pad_id().value_or(-1), static_cast<int64_t>(t.vocab_size())},
                                 out_info);
  });
}

reckon_status reckon_tokenizer_encode(const reckon_tokenizer* tokenizer, const char* text, size_t text_size,
                                      reckon_encode_flags flags, reckon_token* buffer, size_t capacity,
                                      size_t* out_size, reckon_error** error) {
  return Call(__func__, error, {{"tokenizer", tokenizer}, {"text", text, text_size}, {"out_size", out_size}},
              [&]() -> absl::Status {
                constexpr reckon_encode_flags kKnown = RECKON_ENCODE_ADD_SPECIAL | RECKON_ENCODE_PARSE_SPECIAL;
                if ((flags & ~kKnown) != 0) {
                  return absl::InvalidArgumentError(absl::StrCat("flags are ", flags, "; this version knows ", kKnown));
                }
                reckon::EncodeOptions options;
                options.add_special = (flags & RECKON_ENCODE_ADD_SPECIAL) != 0;
                options.parse_special = (flags & RECKON_ENCODE_PARSE_SPECIAL) != 0;
                RECKON_ASSIGN_OR_RETURN(const std::vector<reckon::TokenId> tokens,
                                        tokenizer->tokenizer.Encode(View(text, text_size), options));
                return reckon::capi::CopyOut(tokens, buffer, capacity, out_size);
              });
}

reckon_status reckon_tokenizer_decode(const reckon_tokenizer* tokenizer, const reckon_token* tokens,
                                      size_t tokens_count, int32_t skip_special, char* buffer, size_t capacity,
                                      size_t* out_size, reckon_error** error) {
  return Call(__func__, error, {{"tokenizer", tokenizer}, {"tokens", tokens, tokens_count}, {"out_size", out_size}},
              [&]() -> absl::Status {
                reckon::DecodeOptions options;
                options.skip_special = skip_special != 0;
                RECKON_ASSIGN_OR_RETURN(
                    const std::string text,
                    tokenizer->tokenizer.Decode(absl::MakeConstSpan(tokens, tokens_count), options));
                return reckon::capi::CopyOut(text, buffer, capacity, out_size);
              });
}

reckon_status reckon_tokenizer_token_bytes(const reckon_tokenizer* tokenizer, reckon_token token, char* buffer,
                                           size_t capacity, size_t* out_size, reckon_error** error) {
  return Call(__func__, error, {{"tokenizer", tokenizer}, {"out_size", out_size}}, [&]() -> absl::Status {
    RECKON_RETURN_IF_ERROR(reckon::capi::CheckToken(tokenizer->tokenizer, token));
    return reckon::capi::CopyOut(tokenizer->tokenizer.TokenBytes(token), buffer, capacity, out_size);
  });
}

reckon_status reckon_tokenizer_token_id(const reckon_tokenizer* tokenizer, const char* text, size_t text_size,
                                        reckon_token* out_token, reckon_error** error) {
  return Call(__func__, error, {{"tokenizer", tokenizer}, {"text", text, text_size}, {"out_token", out_token}}, [&] {
    const absl::string_view spelling = View(text, text_size);
    const std::optional<reckon::TokenId> token = tokenizer->tokenizer.TokenToId(spelling);
    if (!token.has_value()) return absl::NotFoundError(absl::StrCat("no token is written '", spelling, "'"));
    *out_token = *token;
    return absl::OkStatus();
  });
}

reckon_status reckon_tokenizer_apply_chat_template(const reckon_tokenizer* tokenizer, const char* messages_json,
                                                   size_t messages_json_size, const reckon_options* options,
                                                   char* buffer, size_t capacity, size_t* out_size,
                                                   reckon_error** error) {
  return Call(__func__, error,
              {{"tokenizer", tokenizer}, {"messages_json", messages_json, messages_json_size}, {"out_size", out_size}},
              [&]() -> absl::Status {
                RECKON_ASSIGN_OR_RETURN(const std::vector<reckon::Message> messages,
                                        reckon::capi::ParseMessages(View(messages_json, messages_json_size)));
                reckon::ChatTemplateOptions template_options;
                reckon::capi::Apply(options, &template_options);
                RECKON_ASSIGN_OR_RETURN(const std::string prompt,
                                        tokenizer->tokenizer.ApplyChatTemplate(messages, template_options));
                return reckon::capi::CopyOut(prompt, buffer, capacity, out_size);
              });
}

reckon_status reckon_stream_new(const reckon_tokenizer* tokenizer, int32_t skip_special, reckon_stream** out_stream,
                                reckon_error** error) {
  reckon::capi::Clear(out_stream);
  return Call(__func__, error, {{"tokenizer", tokenizer}, {"out_stream", out_stream}}, [&] {
    reckon::DecodeOptions options;
    options.skip_special = skip_special != 0;
    *out_stream = new reckon_stream(tokenizer->tokenizer, options);
    return absl::OkStatus();
  });
}

void reckon_stream_free(reckon_stream* stream) {
  if (stream != nullptr) stream->Release();
}

reckon_status reckon_stream_push(reckon_stream* stream, reckon_token token, const char** out_text, size_t* out_size,
                                 reckon_error** error) {
  reckon::capi::Clear(out_text);
  return Call(__func__, error, {{"stream", stream}, {"out_text", out_text}, {"out_size", out_size}},
              [&]() -> absl::Status {
                const reckon::capi::Changing<reckon_stream> changing(stream);
                RECKON_RETURN_IF_ERROR(changing.status(reckon::capi::kStreamBusy));
                RECKON_ASSIGN_OR_RETURN(stream->text, stream->decoder.Push(token));
                *out_text = stream->text.c_str();
                *out_size = stream->text.size();
                return absl::OkStatus();
              });
}

reckon_status reckon_stream_flush(reckon_stream* stream, const char** out_text, size_t* out_size,
                                  reckon_error** error) {
  reckon::capi::Clear(out_text);
  return Call(__func__, error, {{"stream", stream}, {"out_text", out_text}, {"out_size", out_size}},
              [&]() -> absl::Status {
                const reckon::capi::Changing<reckon_stream> changing(stream);
                RECKON_RETURN_IF_ERROR(changing.status(reckon::capi::kStreamBusy));
                stream->text = stream->decoder.Flush();
                *out_text = stream->text.c_str();
                *out_size = stream->text.size();
                return absl::OkStatus();
              });
}

}  // extern "C"
