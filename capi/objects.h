// What is behind the handles. Each .cc file implements the functions of one of them.
#ifndef RECKON_CAPI_OBJECTS_H_
#define RECKON_CAPI_OBJECTS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "capi/handle.h"
#include "capi/reckon_c.h"
#include "capi/reckon_c_chat.h"
#include "reckon/cancel.h"
#include "reckon/chat.h"
#include "reckon/generate.h"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "reckon/tokenizer.h"

struct reckon_cancel : reckon::capi::Counted<reckon_cancel> {
  reckon::CancelToken token;
};

struct reckon_model : reckon::capi::Counted<reckon_model> {
  explicit reckon_model(reckon::Model opened) : model(std::move(opened)) {}
  const reckon::Model model;
};

struct reckon_tokenizer : reckon::capi::Counted<reckon_tokenizer> {
  explicit reckon_tokenizer(reckon::Tokenizer handle) : tokenizer(std::move(handle)) {}
  const reckon::Tokenizer tokenizer;
};

struct reckon_stream : reckon::capi::Counted<reckon_stream> {
  reckon_stream(reckon::Tokenizer tokenizer, const reckon::DecodeOptions& options)
      : decoder(std::move(tokenizer), options) {}
  mutable reckon::capi::InUse in_use;
  reckon::StreamDecoder decoder;
  std::string text;  // what the last call gave
};

struct reckon_sampler : reckon::capi::Counted<reckon_sampler> {
  explicit reckon_sampler(reckon::Sampler made) : sampler(std::move(made)) {}
  mutable reckon::capi::InUse in_use;
  reckon::Sampler sampler;
};

struct reckon_session : reckon::capi::Counted<reckon_session> {
  explicit reckon_session(reckon::Session made) : session(std::move(made)) {}
  mutable reckon::capi::InUse in_use;
  reckon::Session session;
};

struct reckon_chat : reckon::capi::Counted<reckon_chat> {
  explicit reckon_chat(reckon::Chat made) : chat(std::move(made)) {}
  mutable reckon::capi::InUse in_use;
  reckon::Chat chat;
};

// A view of a turn, its own or one that an event is about.
struct reckon_turn {
  reckon_turn() = default;
  explicit reckon_turn(const reckon::ChatTurn& seen) : turn(&seen), context(&seen.context) {}
  // While the turn has only begun.
  explicit reckon_turn(const reckon::ContextReceipt& seen) : context(&seen) {}
  reckon_turn(const reckon_turn&) = delete;
  reckon_turn& operator=(const reckon_turn&) = delete;

  reckon::ChatTurn own;
  const reckon::ChatTurn* turn = &own;
  const reckon::ContextReceipt* context = &own.context;
};

// What was set, in the order of setting; a repeatable key may occur several times.
struct reckon_options {
  struct Setting {
    reckon_option option;
    std::variant<int64_t, double, std::string> value;
  };
  std::vector<Setting> settings;
  std::vector<std::pair<reckon::TokenId, float>> logit_bias;
};

namespace reckon::capi {

// A token that is never triggered for NULL.
inline CancelToken TokenOf(const reckon_cancel* cancel) {
  return cancel == nullptr ? CancelToken::Never() : cancel->token;
}

}  // namespace reckon::capi

#endif  // RECKON_CAPI_OBJECTS_H_
