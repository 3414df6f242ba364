#include "server/generation_request.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/request_json.h"

namespace reckon_server {
namespace {

constexpr size_t kStops = 16;
constexpr size_t kStopBytes = 1024;
constexpr int64_t kChoices = 16;
constexpr size_t kPrompts = 64;
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

// A string, or an array of {"type": "text", "text"}.
std::string Content(const Json& value, absl::string_view param) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) RefuseMember(param, "must be a string or an array of parts");
  std::string text;
  for (const Json& part : value) {
    const Json* type = part.is_object() ? Find(part, "type") : nullptr;
    const Json* words = part.is_object() ? Find(part, "text") : nullptr;
    if (type == nullptr || *type != "text" || words == nullptr)
      RefuseMember(param, "may have parts of the type text only");
    text += String(*words, param);
  }
  return text;
}

// Clients hold a call's arguments as JSON in a string, templates as an object.
std::string ToolCalls(const Json& calls, absl::string_view param) {
  if (!calls.is_array()) RefuseMember(param, "must be an array");
  Json result = Json::array();
  for (const Json& call : calls) {
    const Json* function = call.is_object() ? Find(call, "function") : nullptr;
    if (function == nullptr || !function->is_object()) RefuseMember(param, "must hold calls of functions");
    const Json* name = Find(*function, "name");
    const Json* arguments = Find(*function, "arguments");
    if (name == nullptr || !name->is_string()) RefuseMember(param, "must name the function");
    Json object = Json::object();
    if (arguments != nullptr) {
      if (arguments->is_string()) CheckShape(arguments->get_ref<const std::string&>());
      object = arguments->is_string() ? Json::parse(arguments->get<std::string>(), nullptr, false) : *arguments;
    }
    if (!object.is_object()) RefuseMember(param, "must have arguments that are a JSON object");
    result.push_back({{"type", "function"}, {"function", {{"name", *name}, {"arguments", object}}}});
  }
  return result.empty() ? "" : result.dump();
}

reckon::Message ParseMessage(const Json& value, size_t index) {
  const std::string where = absl::StrCat("messages[", index, "]");
  if (!value.is_object()) RefuseMember(where, "must be an object");
  reckon::Message message;
  const Json* role = Find(value, "role");
  message.role = role == nullptr ? "" : String(*role, where + ".role");
  if (message.role == "developer") message.role = "system";
  if (message.role != "system" && message.role != "user" && message.role != "assistant" && message.role != "tool") {
    RefuseMember(where + ".role", "must be system, developer, user, assistant or tool");
  }
  const Json* content = Find(value, "content");
  if (content != nullptr) message.content = Content(*content, where + ".content");
  const Json* reasoning = Find(value, "reasoning_content");
  if (reasoning != nullptr) message.reasoning_content = String(*reasoning, where + ".reasoning_content");
  const Json* calls = Find(value, "tool_calls");
  if (calls != nullptr) message.tool_calls_json = ToolCalls(*calls, where + ".tool_calls");
  if (content == nullptr && message.tool_calls_json.empty()) RefuseMember(where + ".content", "is missing");
  Json extra = Json::object();
  for (const char* name : {"name", "tool_call_id"}) {
    if (const Json* given = Find(value, name)) extra[name] = String(*given, where);
  }
  if (!extra.empty()) message.extra_json = extra.dump();
  return message;
}

// The names of the tools, for a choice among them.
std::vector<std::string> ToolNames(const Json& tools) {
  if (!tools.is_array()) RefuseMember("tools", "must be an array");
  std::vector<std::string> names;
  for (const Json& tool : tools) {
    const Json* function = tool.is_object() ? Find(tool, "function") : nullptr;
    if (function == nullptr || !function->is_object()) RefuseMember("tools", "must hold functions");
    const Json* name = Find(*function, "name");
    names.push_back(name == nullptr ? "" : String(*name, "tools"));
    if (names.back().empty()) RefuseMember("tools", "must hold functions with names");
  }
  return names;
}

// "auto", "none", "required", or {"type": "function", "function": {"name"}}.
void ParseToolChoice(const Json& choice, const std::vector<std::string>& names, GenerationRequest& request) {
  if (choice == "auto" || choice == "none") return;
  const Json* function = choice.is_object() ? Find(choice, "function") : nullptr;
  const Json* name = function != nullptr && function->is_object() ? Find(*function, "name") : nullptr;
  if (choice != "required" && name == nullptr) {
    RefuseMember("tool_choice", "must be auto, none, required, or an object that names a function");
  }
  request.must_call = true;
  if (name != nullptr) request.must_call_name = String(*name, "tool_choice");
  const bool known = std::find(names.begin(), names.end(), request.must_call_name) != names.end();
  if (names.empty() || (name != nullptr && !known)) RefuseMember("tool_choice", "asks for a tool that is not in tools");
}

void ParseTools(const Json& root, GenerationRequest& request) {
  const Json* tools = Find(root, "tools");
  const Json* choice = Find(root, "tool_choice");
  const std::vector<std::string> names = tools == nullptr ? std::vector<std::string>() : ToolNames(*tools);
  if (choice != nullptr) ParseToolChoice(*choice, names, request);
  request.one_call = !Bool(root, "parallel_tool_calls", true);
  const bool wanted = choice == nullptr || *choice != "none";
  if (tools != nullptr && !names.empty() && wanted) request.tools_json = tools->dump();
}

void ParseReasoning(const Json& root, GenerationRequest& request) {
  if (const Json* effort = Find(root, "reasoning_effort")) {
    const std::string name = String(*effort, "reasoning_effort");
    const auto* found = std::find_if(std::begin(kEfforts), std::end(kEfforts),
                                     [&name](const Effort& known) { return name == known.name; });
    if (found == std::end(kEfforts))
      RefuseMember("reasoning_effort", "must be none, minimal, low, medium, high or xhigh");
    request.max_reasoning_tokens = found->max_reasoning_tokens;
  }
  if (const Json* most = Find(root, "max_reasoning_tokens")) {
    request.max_reasoning_tokens = Integer(*most, "max_reasoning_tokens", -1, kMostTokens);
  }
}

void ParseChat(const Json& root, GenerationRequest& request) {
  const Json* messages = Find(root, "messages");
  if (messages == nullptr || !messages->is_array() || messages->empty()) {
    RefuseMember("messages", "must be an array of at least one message");
  }
  for (size_t i = 0; i < messages->size(); ++i) request.messages.push_back(ParseMessage((*messages)[i], i));
  ParseTools(root, request);
  ParseReasoning(root, request);
  if (const Json* variables = Find(root, "chat_template_kwargs")) {
    if (!variables->is_object()) RefuseMember("chat_template_kwargs", "must be an object");
    request.variables_json = variables->dump();
  }
  request.logprobs = Bool(root, "logprobs", false);
  request.top_logprobs = Integer(root, "top_logprobs", 0, kTopLogprobs, 0);
  if (request.top_logprobs > 0 && !request.logprobs) RefuseMember("top_logprobs", "needs logprobs to be true");
}

void ParseCompletion(const Json& root, GenerationRequest& request) {
  request.prompts = Inputs(root, "prompt", kPrompts);
  if (Bool(root, "echo", false)) RefuseMember("echo", "is not supported");
  if (Find(root, "suffix") != nullptr) RefuseMember("suffix", "is not supported");
  if (Integer(root, "best_of", 1, kChoices, 1) != 1) RefuseMember("best_of", "is not supported");
  if (Find(root, "logprobs") != nullptr) {
    request.logprobs = true;
    request.top_logprobs = Integer(root, "logprobs", 0, kTopLogprobs, 0);
  }
}

void ParseStop(const Json& root, GenerationRequest& request) {
  const Json* stop = Find(root, "stop");
  if (stop == nullptr) return;
  const Json list = stop->is_array() ? *stop : Json::array({*stop});
  if (list.size() > kStops) RefuseMember("stop", absl::StrCat("may have ", kStops, " strings"));
  for (const Json& text : list) {
    request.stop.push_back(String(text, "stop"));
    if (request.stop.back().empty() || request.stop.back().size() > kStopBytes) {
      RefuseMember("stop", absl::StrCat("must be strings of 1 to ", kStopBytes, " bytes"));
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
    RefuseMember("logit_bias", absl::StrCat("must be an object of at most ", kBiases, " members"));
  }
  for (const auto& [key, value] : bias->items()) {
    reckon::TokenId id = 0;
    const double number = value.is_number() ? value.get<double>() : NAN;
    if (!absl::SimpleAtoi(key, &id) || id < 0 || !(number >= -100 && number <= 100)) {
      RefuseMember("logit_bias", "must have ids of tokens as names and numbers from -100 to 100 as values");
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
    if (!request.stream) RefuseMember("stream_options", "needs stream to be true");
    if (!options->is_object()) RefuseMember("stream_options", "must be an object");
    request.include_usage = Bool(*options, "include_usage", false);
  }
  if (const Json* format = Find(root, "response_format")) {
    const Json* type = format->is_object() ? Find(*format, "type") : nullptr;
    if (type == nullptr || *type != "text") {
      RefuseMember("response_format", "may have the type text only: there is no decoding by a grammar or schema");
    }
  }
  if (Find(root, "functions") != nullptr) RefuseMember("functions", "is not supported; use tools");
}

}  // namespace

std::optional<ApiError> ParseRequest(absl::string_view body, bool chat, const reckon::SamplerOptions& defaults,
                                     GenerationRequest& request) {
  request = {};
  request.chat = chat;
  request.sampler = defaults;
  return ReadObject(body, [chat, &request](const Json& root) {
    if (chat) {
      ParseChat(root, request);
    } else {
      ParseCompletion(root, request);
    }
    ParseStop(root, request);
    ParseSampling(root, request);
    ParseRest(root, request);
  });
}

}  // namespace reckon_server
