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
#include "server/embedding.h"
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
  std::vector<Prompt> prompts;
  int64_t max_tokens = -1;
  std::unique_ptr<Slots::Lease> lease;
};

// What becomes of the pieces of an answer; false from one of them ends it.
struct Output {
  std::function<bool(int64_t choice)> begin;
  std::function<bool(int64_t choice, const Delta&)> piece;
  std::function<bool(int64_t choice, const Finish&)> end;
};

// Runs all choices of all prompts.
absl::Status Run(const reckon::Model& model, Job& job, Turns& turns, Call& call, const Output& output) {
  const reckon::CancelToken& cancel = call.watch->cancel();
  reckon::TokenStream& stream = job.lease->stream();
  int64_t choice = 0;
  for (const Prompt& prompt : job.prompts) {
    absl::Status read = ReadPrompt(stream, turns, prompt.tokens, cancel, call.cost);
    if (!read.ok()) return read;
    job.lease->Note();
    const AnswerSetup setup = {model, job.request, prompt, job.max_tokens};
    for (int64_t i = 0; i < job.request.n; ++i, ++choice) {
      if (!output.begin(choice)) return absl::CancelledError("the client has gone");
      const auto show = [&](const Delta& delta) {
        job.lease->Note();
        return output.piece(choice, delta);
      };
      const absl::StatusOr<Finish> finish = GenerateAnswer(stream, turns, setup, i, cancel, show, call.cost);
      if (!finish.ok()) return finish.status();
      if (!output.end(choice, *finish)) return absl::CancelledError("the client has gone");
    }
  }
  return absl::OkStatus();
}

void AnswerWhole(const reckon::Model& model, Job& job, Turns& turns, Call& call, Reply& reply,
                 httplib::Response& response) {
  const auto add = [&reply](int64_t choice, const Delta& delta) {
    reply.Add(choice, delta);
    return true;
  };
  const auto end = [&reply](int64_t choice, const Finish& finish) {
    reply.End(choice, finish);
    return true;
  };
  const absl::Status status = Run(model, job, turns, call, {[](int64_t) { return true; }, add, end});
  job.lease.reset();
  if (!status.ok()) return Refuse(response, WhyFailed(status, call.watch->ended()));
  response.set_content(Dump(reply.Whole(call.cost)), kJson);
}

void AnswerInStream(const reckon::Model& model, Job& job, Turns& turns, Call& call, Reply& reply,
                    httplib::DataSink& sink) {
  const auto send = [&sink](const std::string& text) {
    const std::string event = absl::StrCat("data: ", text, "\n\n");
    return sink.write(event.data(), event.size());
  };
  const absl::Status status =
      Run(model, job, turns, call,
          {[&](int64_t choice) { return !job.request.chat || send(Dump(reply.FirstChunk(choice))); },
           [&](int64_t choice, const Delta& delta) { return send(Dump(reply.Chunk(choice, delta))); },
           [&](int64_t choice, const Finish& finish) { return send(Dump(reply.LastChunk(choice, finish))); }});
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
    Embed(call, response);
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

std::optional<ApiError> Api::CheckModel(const std::string& name) const {
  if (name.empty() || name == options_.model_name) return std::nullopt;
  return ApiError{.status = 404,
                  .message = absl::StrCat("there is no model \"", name.substr(0, 100), "\"; this server has \"",
                                          options_.model_name, "\""),
                  .param = "model",
                  .code = "model_not_found"};
}

std::unique_ptr<Slots::Lease> Api::Acquire(const Call& call, absl::Span<const reckon::TokenId> prompt,
                                           httplib::Response& response) {
  absl::StatusOr<std::unique_ptr<Slots::Lease>> lease = slots_.Acquire(call.client, prompt, call.watch->cancel());
  if (lease.ok()) return *std::move(lease);
  if (absl::IsUnavailable(lease.status())) {
    Refuse(response, {.status = 429, .message = std::string(lease.status().message())});
  } else {
    Refuse(response, WhyFailed(lease.status(), call.watch->ended()));
  }
  return nullptr;
}

void Api::Embed(Call& call, httplib::Response& response) {
  EmbeddingRequest request;
  if (std::optional<ApiError> error = ParseEmbeddingRequest(call.body, request)) return Refuse(response, *error);
  if (std::optional<ApiError> error = CheckModel(request.model)) return Refuse(response, *error);
  std::vector<std::vector<reckon::TokenId>> texts(request.inputs.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    std::optional<ApiError> error = Tokenize(model_, request.inputs[i], "input", texts[i]);
    if (!error) error = CheckLength(texts[i].size(), context_, "input");
    if (error) return Refuse(response, *error);
    call.cost.prompt_tokens += static_cast<int64_t>(texts[i].size());
  }
  std::unique_ptr<Slots::Lease> lease = Acquire(call, {}, response);
  if (lease == nullptr) return;
  std::vector<std::vector<float>> vectors;
  for (const std::vector<reckon::TokenId>& text : texts) {
    absl::StatusOr<std::vector<float>> vector =
        EmbedInTurns(lease->session(), slots_.turns(), text, options_.pooling, call.watch->cancel());
    if (!vector.ok()) return Refuse(response, WhyFailed(vector.status(), call.watch->ended()));
    vectors.push_back(*std::move(vector));
  }
  lease.reset();
  response.set_content(Dump(EmbeddingReply(request, vectors, options_.model_name, call.cost)), kJson);
}

void Api::Generate(Call& call, httplib::Response& response, bool chat) {
  const auto job = std::make_shared<Job>();
  reckon::SamplerOptions defaults = model_.default_sampler_options();
  defaults.seed = RandomSeed();
  if (std::optional<ApiError> error = ParseRequest(call.body, chat, defaults, job->request)) {
    return Refuse(response, *error);
  }
  if (std::optional<ApiError> error = CheckModel(job->request.model)) return Refuse(response, *error);
  if (std::optional<ApiError> error = MakePrompts(model_, job->request, context_, job->prompts)) {
    return Refuse(response, *error);
  }
  job->max_tokens = job->request.max_tokens;
  if (options_.max_tokens >= 0) {
    job->max_tokens = job->max_tokens < 0 ? options_.max_tokens : std::min(job->max_tokens, options_.max_tokens);
  }
  job->lease = Acquire(call, job->prompts.front().tokens, response);
  if (job->lease == nullptr) return;
  for (const Prompt& prompt : job->prompts) call.cost.prompt_tokens += static_cast<int64_t>(prompt.tokens.size());
  const auto reply = std::make_shared<Reply>(chat, options_.model_name, model_.tokenizer());
  if (!job->request.stream) return AnswerWhole(model_, *job, slots_.turns(), call, *reply, response);
  response.set_chunked_content_provider("text/event-stream",
                                        [this, job, reply, &call](size_t, httplib::DataSink& sink) {
                                          AnswerInStream(model_, *job, slots_.turns(), call, *reply, sink);
                                          return call.status != kStatusClientGone;
                                        });
}

}  // namespace reckon_server
