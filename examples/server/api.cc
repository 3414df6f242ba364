#include "server/api.h"

#include <algorithm>
#include <ctime>
#include <functional>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/answer.h"
#include "server/api_error.h"
#include "server/generation_request.h"
#include "server/model_card.h"
#include "server/prompt.h"
#include "server/reply.h"

namespace reckon_server {
namespace {

constexpr char kJson[] = "application/json";

void Refuse(httplib::Response& response, const ApiError& error) {
  response.status = error.status;
  if (error.status == 429 || error.status == 503) response.set_header("Retry-After", "1");
  response.set_content(ErrorBody(error), kJson);
}

struct Endpoint {
  absl::string_view path;
  absl::string_view method;
};
constexpr Endpoint kEndpoints[] = {{"/health", "GET"},          {"/metrics", "GET"},
                                   {"/v1/models", "GET"},       {"/v1/chat/completions", "POST"},
                                   {"/v1/completions", "POST"}, {"/v1/embeddings", "POST"}};

// The method of a path; empty: there is no such path.
absl::string_view MethodOf(absl::string_view path) {
  if (absl::StartsWith(path, "/v1/models/")) return "GET";
  for (const Endpoint& endpoint : kEndpoints) {
    if (endpoint.path == path) return endpoint.method;
  }
  return "";
}

uint64_t RandomSeed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

// What a failed generation means, now that it is known why it was cancelled.
ApiError WhyFailed(const absl::Status& status, Ended ended) {
  if (ended == Ended::kTimeout) return {.status = 504, .message = "the time for a request is over"};
  if (ended == Ended::kShutdown) return {.status = 503, .message = "the server is shutting down"};
  if (absl::IsCancelled(status)) return {.status = kStatusClientGone, .message = "the client has gone"};
  return FromStatus(status);
}

// A request with everything that it needs to run.
struct Job {
  GenerationRequest request;
  Prompt prompt;
  int64_t max_tokens = -1;
  std::unique_ptr<Slots::Lease> lease;
};

// Runs all choices. `sink` takes pieces, `begin` and `end` are called around each choice; false from one of them ends
// it.
absl::Status Run(Job& job, Turns& turns, Call& call, const std::function<bool(int64_t)>& begin,
                 const std::function<bool(int64_t, const Delta&)>& sink,
                 const std::function<bool(int64_t, const Finish&)>& end) {
  const reckon::CancelToken& cancel = call.watch->cancel();
  reckon::Session& session = job.lease->session();
  absl::Status read = ReadPrompt(session, turns, job.prompt.tokens, cancel, call.cost);
  if (!read.ok()) return read;
  job.lease->Note();
  const AnswerSetup setup = {job.request, job.prompt, job.max_tokens};
  for (int64_t i = 0; i < job.request.n; ++i) {
    if (!begin(i)) return absl::CancelledError("the client has gone");
    const auto show = [&](const Delta& delta) {
      job.lease->Note();
      return sink(i, delta);
    };
    const absl::StatusOr<Finish> finish = GenerateAnswer(session, turns, setup, i, cancel, show, call.cost);
    if (!finish.ok()) return finish.status();
    if (!end(i, *finish)) return absl::CancelledError("the client has gone");
  }
  return absl::OkStatus();
}

void AnswerWhole(Job& job, Turns& turns, Call& call, Reply& reply, httplib::Response& response) {
  const absl::Status status = Run(
      job, turns, call, [](int64_t) { return true; },
      [&reply](int64_t index, const Delta& delta) {
        reply.Add(index, delta);
        return true;
      },
      [&reply](int64_t index, const Finish& finish) {
        reply.End(index, finish);
        return true;
      });
  job.lease.reset();
  if (!status.ok()) return Refuse(response, WhyFailed(status, call.watch->ended()));
  response.set_content(Dump(reply.Whole(call.cost)), kJson);
}

void AnswerInStream(Job& job, Turns& turns, Call& call, Reply& reply, httplib::DataSink& sink) {
  const auto send = [&sink](const std::string& text) {
    const std::string event = absl::StrCat("data: ", text, "\n\n");
    return sink.write(event.data(), event.size());
  };
  const absl::Status status = Run(
      job, turns, call, [&](int64_t index) { return !job.request.chat || send(Dump(reply.FirstChunk(index))); },
      [&](int64_t index, const Delta& delta) { return send(Dump(reply.Chunk(index, delta))); },
      [&](int64_t index, const Finish& finish) { return send(Dump(reply.LastChunk(index, finish))); });
  job.lease.reset();
  if (!status.ok()) {
    const ApiError error = WhyFailed(status, call.watch->ended());
    call.status = error.status;
    if (error.status == kStatusClientGone) return;
    send(ErrorBody(error));
  } else if (job.request.include_usage) {
    send(Dump(reply.UsageChunk(call.cost)));
  }
  send("[DONE]");
  sink.done();
}

void Preflight(httplib::Response& response) {
  // The caller names the origin, if it is one of those that may.
  response.status = 204;
  response.set_header("Access-Control-Allow-Methods", "GET, POST");
  response.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type");
  response.set_header("Access-Control-Max-Age", "600");
}

}  // namespace

Api::Api(const ServerOptions& options, const reckon::Model& model, Metrics& metrics)
    : options_(options),
      model_(model),
      metrics_(metrics),
      context_(ContextOf(options, model)),
      slots_(model, {.max_context = context_, .prefill_chunk = 256}, options.slots, options.queue),
      created_(std::time(nullptr)) {}

void Api::Handle(Call& call, httplib::Response& response) {
  const std::string& path = call.head.path;
  const absl::string_view allowed = MethodOf(path);
  if (allowed.empty()) return Refuse(response, {.status = 404, .message = absl::StrCat("there is no ", path)});
  if (call.head.method == "OPTIONS") return Preflight(response);
  if (call.head.method != allowed && !(call.head.method == "HEAD" && allowed == "GET")) {
    response.set_header("Allow", std::string(allowed));
    return Refuse(response, {.status = 405, .message = absl::StrCat(path, " takes ", allowed, " only")});
  }
  if (path == "/health") {
    response.set_content("{\"status\":\"ok\"}", kJson);
  } else if (path == "/metrics") {
    response.set_content(metrics_.Text(slots_.figures()), "text/plain; version=0.0.4");
  } else if (path == "/v1/embeddings") {
    Refuse(response, {.status = 501, .message = "embeddings are not implemented: the library gives no hidden states"});
  } else if (allowed == "GET") {
    ListModels(path, response);
  } else {
    Generate(call, response, path == "/v1/chat/completions");
  }
}

void Api::ListModels(const std::string& path, httplib::Response& response) const {
  const OrderedJson model = ModelCard(options_, model_, slots_.figures(), created_);
  if (path == "/v1/models") {
    OrderedJson list;
    list["object"] = "list";
    list["data"] = OrderedJson::array({model});
    return response.set_content(Dump(list), kJson);
  }
  if (path.substr(sizeof "/v1/models/" - 1) == options_.model_name) return response.set_content(Dump(model), kJson);
  Refuse(response, {.status = 404,
                    .message = absl::StrCat("there is no such model; this server has \"", options_.model_name, "\""),
                    .code = "model_not_found"});
}

void Api::Generate(Call& call, httplib::Response& response, bool chat) {
  const auto job = std::make_shared<Job>();
  reckon::SamplerOptions defaults = model_.default_sampler_options();
  defaults.seed = RandomSeed();
  if (std::optional<ApiError> error = ParseRequest(call.body, chat, defaults, job->request)) {
    return Refuse(response, *error);
  }
  if (!job->request.model.empty() && job->request.model != options_.model_name) {
    return Refuse(response, {.status = 404,
                             .message = absl::StrCat("there is no model \"", job->request.model.substr(0, 100),
                                                     "\"; this server has \"", options_.model_name, "\""),
                             .param = "model",
                             .code = "model_not_found"});
  }
  if (std::optional<ApiError> error = MakePrompt(model_, job->request, job->prompt)) return Refuse(response, *error);
  const std::vector<reckon::TokenId>& prompt = job->prompt.tokens;
  if (static_cast<int64_t>(prompt.size()) >= context_) {
    return Refuse(response, {.status = 400,
                             .message = absl::StrCat("the prompt has ", prompt.size(), " tokens; the context of ",
                                                     context_, " leaves no room for an answer"),
                             .param = chat ? "messages" : "prompt",
                             .code = "context_length_exceeded"});
  }
  job->max_tokens = job->request.max_tokens;
  if (options_.max_tokens >= 0) {
    job->max_tokens = job->max_tokens < 0 ? options_.max_tokens : std::min(job->max_tokens, options_.max_tokens);
  }
  absl::StatusOr<std::unique_ptr<Slots::Lease>> lease = slots_.Acquire(call.client, prompt, call.watch->cancel());
  if (absl::IsUnavailable(lease.status())) {
    return Refuse(response, {.status = 429, .message = std::string(lease.status().message())});
  }
  if (!lease.ok()) return Refuse(response, WhyFailed(lease.status(), call.watch->ended()));
  job->lease = *std::move(lease);
  call.cost.prompt_tokens = static_cast<int64_t>(prompt.size());
  const auto reply = std::make_shared<Reply>(chat, options_.model_name, model_.tokenizer());
  if (!job->request.stream) return AnswerWhole(*job, slots_.turns(), call, *reply, response);
  response.set_chunked_content_provider("text/event-stream",
                                        [this, job, reply, &call](size_t, httplib::DataSink& sink) {
                                          AnswerInStream(*job, slots_.turns(), call, *reply, sink);
                                          return call.status != kStatusClientGone;
                                        });
}

}  // namespace reckon_server
