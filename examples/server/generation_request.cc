#include "server/generation_request.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace reckon_server {
namespace {

using Json = nlohmann::json;

constexpr int kDepth = 32;
constexpr int64_t kValues = 50000;
constexpr size_t kStops = 16;
constexpr size_t kStopBytes = 1024;
constexpr int64_t kChoices = 16;
constexpr int64_t kTopLogprobs = 20;
constexpr size_t kBiases = 1024;
constexpr int64_t kMostTokens = int64_t{1} << 40;

// What the levels of reasoning_effort are in tokens.
struct Effort {
  const char* name;
  int64_t max_reasoning_tokens;
};
constexpr Effort kEfforts[] = {{"none", 0},      {"minimal", 128}, {"low", 512},
                               {"medium", 2048}, {"high", 8192},   {"xhigh", -1}};

// Thrown inside of this file only.
struct Refused {
  ApiError error;
};

[[noreturn]] void Refuse(absl::string_view param, absl::string_view what) {
  throw Refused{{.status = 400, .message = absl::StrCat(param, " ", what), .param = std::string(param)}};
}

// A tree of JSON takes up to fifty times the memory of its text; this looks at the text before there is a tree.
void CheckShape(absl::string_view text) {
  int depth = 0;
  int64_t values = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
      continue;
    }
    quoted = c == '"';
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    values += c == ',' || c == '[' || c == '{' ? 1 : 0;
    if (depth > kDepth) Refuse("body", absl::StrCat("is nested deeper than ", kDepth));
    if (values > kValues) Refuse("body", absl::StrCat("has more than ", kValues, " values"));
  }
}

const Json* Find(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string String(const Json& value, absl::string_view param) {
  if (!value.is_string()) Refuse(param, "must be a string");
  return value.get<std::string>();
}

bool Bool(const Json& object, const char* name, bool otherwise) {
  const Json* value = Find(object, name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) Refuse(name, "must be true or false");
  return value->get<bool>();
}

int64_t Integer(const Json& value, absl::string_view param, int64_t low, int64_t high) {
  const bool fits = value.is_number_integer() &&
                    !(value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) &&
                    value.get<int64_t>() >= low && value.get<int64_t>() <= high;
  if (!fits) Refuse(param, absl::StrCat("must be a whole number from ", low, " to ", high));
  return value.get<int64_t>();
}

int64_t Integer(const Json& object, const char* name, int64_t low, int64_t high, int64_t otherwise) {
  const Json* value = Find(object, name);
  return value == nullptr ? otherwise : Integer(*value, name, low, high);
}

void Number(const Json& object, const char* name, double low, double high, float& member) {
  const Json* value = Find(object, name);
  if (value == nullptr) return;
  const double number = value->is_number() ? value->get<double>() : NAN;
  if (!(number >= low && number <= high)) Refuse(name, absl::StrCat("must be a number from ", low, " to ", high));
  member = static_cast<float>(number);
}

// A string, or an array of {"type": "text", "text"}.
std::string Content(const Json& value, absl::string_view param) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) Refuse(param, "must be a string or an array of parts");
  std::string text;
  for (const Json& part : value) {
    const Json* type = part.is_object() ? Find(part, "type") : nullptr;
    const Json* words = part.is_object() ? Find(part, "text") : nullptr;
    if (type == nullptr || *type != "text" || words == nullptr) Refuse(param, "may have parts of the type text only");
    text += String(*words, param);
  }
  return text;
}

// Clients hold a call's arguments as JSON in a string, templates as an object.
std::string ToolCalls(const Json& calls, absl::string_view param) {
  if (!calls.is_array()) Refuse(param, "must be an array");
  Json result = Json::array();
  for (const Json& call : calls) {
    const Json* function = call.is_object() ? Find(call, "function") : nullptr;
    if (function == nullptr || !function->is_object()) Refuse(param, "must hold calls of functions");
    const Json* name = Find(*function, "name");
    const Json* arguments = Find(*function, "arguments");
    if (name == nullptr || !name->is_string()) Refuse(param, "must name the function");
    Json object = Json::object();
    if (arguments != nullptr) {
      if (arguments->is_string()) CheckShape(arguments->get_ref<const std::string&>());
      object = arguments->is_string() ? Json::parse(arguments->get<std::string>(), nullptr, false) : *arguments;
    }
    if (!object.is_object()) Refuse(param, "must have arguments that are a JSON object");
    result.push_back({{"type", "function"}, {"function", {{"name", *name}, {"arguments", object}}}});
  }
  return result.empty() ? "" : result.dump();
}

reckon::Message ParseMessage(const Json& value, size_t index) {
  const std::string where = absl::StrCat("messages[", index, "]");
  if (!value.is_object()) Refuse(where, "must be an object");
  reckon::Message message;
  const Json* role = Find(value, "role");
  message.role = role == nullptr ? "" : String(*role, where + ".role");
  if (message.role == "developer") message.role = "system";
  if (message.role != "system" && message.role != "user" && message.role != "assistant" && message.role != "tool") {
    Refuse(where + ".role", "must be system, developer, user, assistant or tool");
  }
  const Json* content = Find(value, "content");
  if (content != nullptr) message.content = Content(*content, where + ".content");
  const Json* reasoning = Find(value, "reasoning_content");
  if (reasoning != nullptr) message.reasoning_content = String(*reasoning, where + ".reasoning_content");
  const Json* calls = Find(value, "tool_calls");
  if (calls != nullptr) message.tool_calls_json = ToolCalls(*calls, where + ".tool_calls");
  if (content == nullptr && message.tool_calls_json.empty()) Refuse(where + ".content", "is missing");
  Json extra = Json::object();
  for (const char* name : {"name", "tool_call_id"}) {
    if (const Json* given = Find(value, name)) extra[name] = String(*given, where);
  }
  if (!extra.empty()) message.extra_json = extra.dump();
  return message;
}

void ParseTools(const Json& root, GenerationRequest& request) {
  const Json* tools = Find(root, "tools");
  const Json* choice = Find(root, "tool_choice");
  if (choice != nullptr && *choice != "auto" && *choice != "none") {
    Refuse("tool_choice", "may be auto or none; others are not supported");
  }
  if (tools == nullptr || (choice != nullptr && *choice == "none")) return;
  if (!tools->is_array()) Refuse("tools", "must be an array");
  for (const Json& tool : *tools) {
    const Json* function = tool.is_object() ? Find(tool, "function") : nullptr;
    if (function == nullptr || !function->is_object()) Refuse("tools", "must hold functions");
  }
  if (!tools->empty()) request.tools_json = tools->dump();
}

void ParseReasoning(const Json& root, GenerationRequest& request) {
  if (const Json* effort = Find(root, "reasoning_effort")) {
    const std::string name = String(*effort, "reasoning_effort");
    const auto* found = std::find_if(std::begin(kEfforts), std::end(kEfforts),
                                     [&name](const Effort& known) { return name == known.name; });
    if (found == std::end(kEfforts)) Refuse("reasoning_effort", "must be none, minimal, low, medium, high or xhigh");
    request.max_reasoning_tokens = found->max_reasoning_tokens;
  }
  if (const Json* most = Find(root, "max_reasoning_tokens")) {
    request.max_reasoning_tokens = Integer(*most, "max_reasoning_tokens", -1, kMostTokens);
  }
}

void ParseChat(const Json& root, GenerationRequest& request) {
  const Json* messages = Find(root, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty()) {
    Refuse("messages", "must be an array of at least one message");
  }
  for (size_t i = 0; i < messages->size(); ++i) request.messages.push_back(ParseMessage((*messages)[i], i));
  ParseTools(root, request);
  ParseReasoning(root, request);
  if (const Json* variables = Find(root, "chat_template_kwargs")) {
    if (!variables->is_object()) Refuse("chat_template_kwargs", "must be an object");
    request.variables_json = variables->dump();
  }
  request.logprobs = Bool(root, "logprobs", false);
  request.top_logprobs = Integer(root, "top_logprobs", 0, kTopLogprobs, 0);
  if (request.top_logprobs > 0 && !request.logprobs) Refuse("top_logprobs", "needs logprobs to be true");
}

void ParseCompletion(const Json& root, GenerationRequest& request) {
  const Json* prompt = Find(root, "prompt");
  if (prompt == nullptr) Refuse("prompt", "is missing");
  const bool wrapped = prompt->is_array() && prompt->size() == 1;
  request.prompt = String(wrapped ? (*prompt)[0] : *prompt, "prompt");
  if (request.prompt.empty()) Refuse("prompt", "is empty");
  if (Bool(root, "echo", false)) Refuse("echo", "is not supported");
  if (Find(root, "suffix") != nullptr) Refuse("suffix", "is not supported");
  if (Integer(root, "best_of", 1, kChoices, 1) != 1) Refuse("best_of", "is not supported");
  if (Find(root, "logprobs") != nullptr) {
    request.logprobs = true;
    request.top_logprobs = Integer(root, "logprobs", 0, kTopLogprobs, 0);
  }
}

void ParseStop(const Json& root, GenerationRequest& request) {
  const Json* stop = Find(root, "stop");
  if (stop == nullptr) return;
  const Json list = stop->is_array() ? *stop : Json::array({*stop});
  if (list.size() > kStops) Refuse("stop", absl::StrCat("may have ", kStops, " strings"));
  for (const Json& text : list) {
    request.stop.push_back(String(text, "stop"));
    if (request.stop.back().empty() || request.stop.back().size() > kStopBytes) {
      Refuse("stop", absl::StrCat("must be strings of 1 to ", kStopBytes, " bytes"));
    }
  }
}

void ParseSampling(const Json& root, GenerationRequest& request) {
  Number(root, "temperature", 0, 2, request.sampler.temperature);
  Number(root, "top_p", 0, 1, request.sampler.top_p);
  Number(root, "min_p", 0, 1, request.sampler.min_p);
  Number(root, "presence_penalty", -2, 2, request.sampler.presence_penalty);
  Number(root, "frequency_penalty", -2, 2, request.sampler.frequency_penalty);
  Number(root, "repetition_penalty", 0.01, 100, request.sampler.repetition_penalty);
  request.sampler.top_k = static_cast<int32_t>(Integer(root, "top_k", 0, INT32_MAX, request.sampler.top_k));
  if (const Json* seed = Find(root, "seed")) {
    request.sampler.seed = static_cast<uint64_t>(Integer(*seed, "seed", INT64_MIN, INT64_MAX));
  }
  const Json* bias = Find(root, "logit_bias");
  if (bias == nullptr) return;
  if (!bias->is_object() || bias->size() > kBiases) {
    Refuse("logit_bias", absl::StrCat("must be an object of at most ", kBiases, " members"));
  }
  for (const auto& [key, value] : bias->items()) {
    reckon::TokenId id = 0;
    const double number = value.is_number() ? value.get<double>() : NAN;
    if (!absl::SimpleAtoi(key, &id) || id < 0 || !(number >= -100 && number <= 100)) {
      Refuse("logit_bias", "must have ids of tokens as names and numbers from -100 to 100 as values");
    }
    request.sampler.logit_bias.emplace_back(id, static_cast<float>(number));
  }
}

void ParseRest(const Json& root, GenerationRequest& request) {
  if (const Json* model = Find(root, "model")) request.model = String(*model, "model");
  request.n = Integer(root, "n", 1, kChoices, 1);
  request.max_tokens = Integer(root, "max_tokens", 1, kMostTokens, -1);
  request.max_tokens = Integer(root, "max_completion_tokens", 1, kMostTokens, request.max_tokens);
  request.stream = Bool(root, "stream", false);
  if (const Json* options = Find(root, "stream_options")) {
    if (!request.stream) Refuse("stream_options", "needs stream to be true");
    if (!options->is_object()) Refuse("stream_options", "must be an object");
    request.include_usage = Bool(*options, "include_usage", false);
  }
  if (const Json* format = Find(root, "response_format")) {
    const Json* type = format->is_object() ? Find(*format, "type") : nullptr;
    if (type == nullptr || *type != "text") Refuse("response_format", "other than text is not supported");
  }
  if (Find(root, "functions") != nullptr) Refuse("functions", "is not supported; use tools");
}

}  // namespace

std::optional<ApiError> ParseRequest(absl::string_view body, bool chat, const reckon::SamplerOptions& defaults,
                                     GenerationRequest& request) {
  request = {};
  request.chat = chat;
  request.sampler = defaults;
  try {
    CheckShape(body);
    const Json root = Json::parse(body.begin(), body.end());
    if (!root.is_object()) Refuse("body", "must be a JSON object");
    if (chat) {
      ParseChat(root, request);
    } else {
      ParseCompletion(root, request);
    }
    ParseStop(root, request);
    ParseSampling(root, request);
    ParseRest(root, request);
  } catch (const Refused& refused) {
    return refused.error;
  } catch (const Json::exception& error) {
    return ApiError{
        .status = 400, .message = absl::StrCat("the body is not JSON: ", error.what()), .code = "invalid_json"};
  }
  return std::nullopt;
}

}  // namespace reckon_server
