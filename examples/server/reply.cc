#include "server/reply.h"

#include <ctime>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"

namespace reckon_server {
namespace {

std::string RandomId(bool chat) {
  std::random_device device;
  return absl::StrCat(chat ? "chatcmpl-" : "cmpl-", absl::Hex(device(), absl::kZeroPad8),
                      absl::Hex(device(), absl::kZeroPad8), absl::Hex(device(), absl::kZeroPad8));
}

const char* Name(FinishKind kind) {
  switch (kind) {
    case FinishKind::kStop:
      return "stop";
    case FinishKind::kLength:
      return "length";
    case FinishKind::kToolCalls:
      return "tool_calls";
  }
  return "stop";
}

// What was done to the reasoning, if anything was.
void AddInterventions(const Finish& finish, OrderedJson& choice) {
  for (const reckon::Intervention intervention : finish.interventions) {
    choice["interventions"].push_back(std::string(reckon::InterventionName(intervention)));
  }
}

OrderedJson Usage(const RequestCost& cost) {
  OrderedJson usage;
  usage["prompt_tokens"] = cost.prompt_tokens;
  usage["completion_tokens"] = cost.completion_tokens;
  usage["total_tokens"] = cost.prompt_tokens + cost.completion_tokens;
  usage["prompt_tokens_details"]["cached_tokens"] = cost.cached_tokens;
  usage["completion_tokens_details"]["reasoning_tokens"] = cost.reasoning_tokens;
  return usage;
}

}  // namespace

std::string Dump(const OrderedJson& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Reply::Reply(bool chat, std::string model, reckon::Tokenizer tokenizer)
    : chat_(chat),
      model_(std::move(model)),
      tokenizer_(std::move(tokenizer)),
      id_(RandomId(chat)),
      created_(std::time(nullptr)) {}

OrderedJson Reply::Envelope(bool chunk) const {
  OrderedJson json;
  json["id"] = id_;
  json["object"] = !chat_ ? "text_completion" : chunk ? "chat.completion.chunk" : "chat.completion";
  json["created"] = created_;
  json["model"] = model_;
  json["choices"] = OrderedJson::array();
  return json;
}

OrderedJson Reply::WithChoice(int64_t index, OrderedJson content, const OrderedJson& finish,
                              const OrderedJson& logprobs) const {
  OrderedJson choice;
  choice["index"] = index;
  if (chat_) {
    choice["delta"] = std::move(content);
  } else {
    choice["text"] = content.contains("content") ? content["content"] : OrderedJson("");
  }
  choice["logprobs"] = logprobs;
  choice["finish_reason"] = finish;
  OrderedJson json = Envelope(/*chunk=*/true);
  json["choices"].push_back(std::move(choice));
  return json;
}

OrderedJson Reply::FirstChunk(int64_t index) const {
  return WithChoice(index, {{"role", "assistant"}, {"content", ""}}, nullptr, nullptr);
}

OrderedJson Reply::Chunk(int64_t index, const Delta& delta) {
  OrderedJson content = OrderedJson::object();
  if (delta.kind == DeltaKind::kReasoning) content["reasoning_content"] = delta.text;
  if (delta.kind == DeltaKind::kContent) content["content"] = delta.text;
  if (delta.kind == DeltaKind::kToolCall) {
    calls_in_choice_ = call_choice_ == index ? calls_in_choice_ + 1 : 0;
    call_choice_ = index;
    OrderedJson call = {{"index", calls_in_choice_}};
    call.update(ToolCall(delta.text));
    content["tool_calls"] = OrderedJson::array({call});
  }
  return WithChoice(index, content, nullptr, Logprobs(delta.logprobs));
}

OrderedJson Reply::LastChunk(int64_t index, const Finish& finish) const {
  OrderedJson chunk = WithChoice(index, OrderedJson::object(), Name(finish.kind), nullptr);
  AddInterventions(finish, chunk["choices"][0]);
  return chunk;
}

OrderedJson Reply::UsageChunk(const RequestCost& cost) const {
  OrderedJson json = Envelope(/*chunk=*/true);
  json["usage"] = Usage(cost);
  return json;
}

Reply::Choice& Reply::At(int64_t index) {
  if (choices_.size() <= static_cast<size_t>(index)) choices_.resize(static_cast<size_t>(index) + 1);
  return choices_[static_cast<size_t>(index)];
}

void Reply::Add(int64_t index, const Delta& delta) {
  Choice& choice = At(index);
  if (delta.kind == DeltaKind::kReasoning) choice.reasoning += delta.text;
  if (delta.kind == DeltaKind::kContent) choice.content += delta.text;
  if (delta.kind == DeltaKind::kToolCall) choice.tool_calls.push_back(ToolCall(delta.text));
  choice.logprobs.insert(choice.logprobs.end(), delta.logprobs.begin(), delta.logprobs.end());
}

void Reply::End(int64_t index, const Finish& finish) { At(index).finish = finish; }

OrderedJson Reply::Whole(const RequestCost& cost) const {
  OrderedJson json = Envelope(/*chunk=*/false);
  for (size_t i = 0; i < choices_.size(); ++i) {
    const Choice& from = choices_[i];
    OrderedJson choice;
    choice["index"] = i;
    if (chat_) {
      OrderedJson message = {{"role", "assistant"}};
      const bool only_calls = from.content.empty() && !from.tool_calls.empty();
      message["content"] = only_calls ? OrderedJson() : OrderedJson(from.content);
      if (!from.reasoning.empty()) message["reasoning_content"] = from.reasoning;
      if (!from.tool_calls.empty()) message["tool_calls"] = from.tool_calls;
      choice["message"] = std::move(message);
    } else {
      choice["text"] = from.content;
    }
    choice["logprobs"] = Logprobs(from.logprobs);
    choice["finish_reason"] = Name(from.finish.kind);
    AddInterventions(from.finish, choice);
    json["choices"].push_back(std::move(choice));
  }
  json["usage"] = Usage(cost);
  return json;
}

OrderedJson Reply::ToolCall(const std::string& json) {
  const OrderedJson call = OrderedJson::parse(json, nullptr, /*allow_exceptions=*/false);
  OrderedJson function;
  function["name"] = call.is_object() ? call.value("name", "") : "";
  function["arguments"] = call.is_object() && call.contains("arguments") ? Dump(call["arguments"]) : "{}";
  return {{"id", absl::StrCat("call_", id_.substr(id_.size() - 12), "_", calls_++)},
          {"type", "function"},
          {"function", function}};
}

OrderedJson Reply::OneLogprob(reckon::TokenId token, float logprob) const {
  const std::string bytes = tokenizer_.TokenBytes(token);
  OrderedJson json;
  json["token"] = bytes;
  json["logprob"] = logprob;
  json["bytes"] = OrderedJson::array();
  for (const char c : bytes) json["bytes"].push_back(static_cast<unsigned char>(c));
  return json;
}

OrderedJson Reply::Logprobs(const std::vector<TokenLogprob>& logprobs) const {
  if (logprobs.empty()) return nullptr;
  OrderedJson json;
  if (chat_) {
    json["content"] = OrderedJson::array();
    for (const TokenLogprob& entry : logprobs) {
      OrderedJson one = OneLogprob(entry.token, entry.logprob);
      one["top_logprobs"] = OrderedJson::array();
      for (const auto& [token, logprob] : entry.top) one["top_logprobs"].push_back(OneLogprob(token, logprob));
      json["content"].push_back(std::move(one));
    }
    return json;
  }
  for (const TokenLogprob& entry : logprobs) {
    json["tokens"].push_back(tokenizer_.TokenBytes(entry.token));
    json["token_logprobs"].push_back(entry.logprob);
    OrderedJson top = OrderedJson::object();
    for (const auto& [token, logprob] : entry.top) {
      // Names must be UTF-8 as well, or the answer could not be written.
      top[OrderedJson::parse(Dump(tokenizer_.TokenBytes(token))).get<std::string>()] = logprob;
    }
    json["top_logprobs"].push_back(std::move(top));
  }
  return json;
}

}  // namespace reckon_server
