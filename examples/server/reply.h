// The shape of answers: whole, or as chunks of a stream.
#ifndef RECKON_EXAMPLES_SERVER_REPLY_H_
#define RECKON_EXAMPLES_SERVER_REPLY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "reckon/tokenizer.h"
#include "server/answer.h"
#include "server/metrics.h"

namespace reckon_server {

using OrderedJson = nlohmann::ordered_json;

// As JSON text; what is not UTF-8 is replaced.
std::string Dump(const OrderedJson& json);

class Reply {
 public:
  Reply(bool chat, std::string model, reckon::Tokenizer tokenizer);

  // One of the events of a stream. The first of a choice has its role.
  OrderedJson FirstChunk(int64_t index) const;
  OrderedJson Chunk(int64_t index, const Delta& delta);
  OrderedJson LastChunk(int64_t index, const Finish& finish) const;
  OrderedJson UsageChunk(const RequestCost& cost) const;

  // Collects for Whole().
  void Add(int64_t index, const Delta& delta);
  void End(int64_t index, const Finish& finish);
  OrderedJson Whole(const RequestCost& cost) const;

 private:
  struct Choice {
    std::string reasoning;
    std::string content;
    OrderedJson tool_calls = OrderedJson::array();
    std::vector<TokenLogprob> logprobs;
    Finish finish;
  };
  OrderedJson Envelope(bool chunk) const;
  OrderedJson WithChoice(int64_t index, OrderedJson content, const OrderedJson& finish,
                         const OrderedJson& logprobs) const;
  OrderedJson ToolCall(const std::string& json);
  OrderedJson Logprobs(const std::vector<TokenLogprob>& logprobs) const;
  OrderedJson OneLogprob(reckon::TokenId token, float logprob) const;
  Choice& At(int64_t index);

  const bool chat_;
  const std::string model_;
  const reckon::Tokenizer tokenizer_;
  const std::string id_;
  const int64_t created_;
  std::vector<Choice> choices_;
  int64_t calls_ = 0;
  int64_t calls_in_choice_ = 0;
  int64_t call_choice_ = -1;
};

}  // namespace reckon_server

#endif  // RECKON_EXAMPLES_SERVER_REPLY_H_
