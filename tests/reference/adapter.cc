// Lets any other implementation be compared with the library from outside: reads requests as JSON lines on stdin,
// writes one JSON line for each on stdout. One process per file or model; run_reference.py is a client. Verbs:
//   tokenize   --tokenizer PATH   {"id","text","add_special","parse_special"}   -> {"id","ids":[int]}
//   detokenize --tokenizer PATH   {"id","ids","skip_special"}                   -> {"id","text"}
//   stream     --tokenizer PATH   {"id","ids"}            -> {"id","chunks":[one string per token, then the flush]}
//   template                      {"id","template","messages","tools","add_generation_prompt","kwargs","bos_token",
//                                  "eos_token"}                                 -> {"id","text"} or {"id","error"}
//   logits     --model PATH       {"id","ids","out"}      -> {"id","vocab"}; float32 [ids][vocab] goes to the file
//   `out` greedy     --model PATH       {"id","ids","n"}        -> {"id","ids":[int]}; goes past the end of text load
//   --kind hf|gguf|tokenizer|template --path PATH [--probe TEXT]     no stdin: open it and use it once
// A request that fails is answered with {"id","error"}. Exit codes: 0 worked, 1 refused, with a message on stderr.
// PATH for --tokenizer is a folder with tokenizer.json or tokenizer.model, or a .gguf file.
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "base/status.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/file_set.h"
#include "checkpoint/hf_text.h"
#include "nlohmann/json.hpp"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "reckon/tokenizer.h"
#include "text/chat_template.h"
#include "text/tokenizer_factory.h"

namespace {

// Templates show tool descriptions with their members in the order that they came in.
using Json = nlohmann::ordered_json;
using reckon::Model;
using reckon::ModelOptions;
using reckon::ModelSource;
using reckon::Sampler;
using reckon::Session;
using reckon::TokenId;
using reckon::Tokenizer;
using reckon::TokenizerAssets;

struct Arguments {
  ModelOptions options;
  std::string weights = "f32";
  std::string tokenizer, model, kind, path;
  std::string probe = "hello";
};

// Answers one request; members of the answer beside "id".
using Answer = std::function<absl::StatusOr<Json>(const Json& request)>;

int Fail(const absl::Status& status) {
  std::cerr << status << '\n';
  return 1;
}

int Serve(const Answer& answer) {
  for (std::string line; std::getline(std::cin, line);) {
    if (line.empty()) continue;
    const Json request = Json::parse(line);
    absl::StatusOr<Json> reply = answer(request);
    if (!reply.ok()) reply = Json{{"error", std::string(reply.status().message())}};
    (*reply)["id"] = request.at("id");
    std::cout << reply->dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
  }
  return 0;
}

// A folder need not hold a model here.
absl::StatusOr<Tokenizer> OpenTokenizer(const std::string& path) {
  if (absl::EndsWith(path, ".gguf")) {
    RECKON_ASSIGN_OR_RETURN(reckon::Checkpoint checkpoint, reckon::Checkpoint::Open(ModelSource::Path(path)));
    return reckon::MakeTokenizer(checkpoint.TakeTokenizerAssets());
  }
  RECKON_ASSIGN_OR_RETURN(const std::unique_ptr<reckon::FileSet> files, reckon::OpenFolder(path));
  RECKON_ASSIGN_OR_RETURN(const TokenizerAssets assets, reckon::ReadHfTokenizerAssets(*files));
  return reckon::MakeTokenizer(assets);
}

absl::StatusOr<Json> Tokenize(const Tokenizer& tokenizer, const Json& request) {
  RECKON_ASSIGN_OR_RETURN(const std::vector<TokenId> ids,
                          tokenizer.Encode(request.at("text").get<std::string>(),
                                           {.add_special = request.value("add_special", false),
                                            .parse_special = request.value("parse_special", false)}));
  return Json{{"ids", ids}};
}

absl::StatusOr<Json> Detokenize(const Tokenizer& tokenizer, const Json& request) {
  RECKON_ASSIGN_OR_RETURN(const std::string text,
                          tokenizer.Decode(request.at("ids").get<std::vector<TokenId>>(),
                                           {.skip_special = request.value("skip_special", false)}));
  return Json{{"text", text}};
}

absl::StatusOr<Json> Stream(const Tokenizer& tokenizer, const Json& request) {
  reckon::StreamDecoder decoder(tokenizer);
  std::vector<std::string> chunks;
  for (const TokenId id : request.at("ids").get<std::vector<TokenId>>()) {
    RECKON_ASSIGN_OR_RETURN(std::string chunk, decoder.Push(id));
    chunks.push_back(std::move(chunk));
  }
  chunks.push_back(decoder.Flush());
  return Json{{"chunks", chunks}};
}

// JSON of a member; empty if it is absent, null, or an empty list or object.
std::string DumpOrEmpty(const Json& request, const char* member) {
  const auto found = request.find(member);
  return found == request.end() || found->is_null() || found->empty() ? "" : found->dump();
}

std::string StringOrEmpty(const Json& request, const char* member) {
  const auto found = request.find(member);
  return found != request.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::StatusOr<Json> RenderTemplate(const Json& request) {
  RECKON_ASSIGN_OR_RETURN(const reckon::ChatTemplate chat_template,
                          reckon::ChatTemplate::Parse(request.at("template").get<std::string>()));
  const reckon::ChatTemplateOptions options = {.add_generation_prompt = request.value("add_generation_prompt", false),
                                               .tools_json = DumpOrEmpty(request, "tools"),
                                               .variables_json = DumpOrEmpty(request, "kwargs")};
  RECKON_ASSIGN_OR_RETURN(const std::string text, chat_template.RenderJson(request.at("messages").dump(), options,
                                                                           StringOrEmpty(request, "bos_token"),
                                                                           StringOrEmpty(request, "eos_token")));
  return Json{{"text", text}};
}

absl::StatusOr<Json> Logits(const Model& model, const Json& request) {
  RECKON_ASSIGN_OR_RETURN(Session session, Session::Create(model));
  RECKON_ASSIGN_OR_RETURN(const std::vector<float> logits,
                          session.AllLogits(request.at("ids").get<std::vector<TokenId>>()));
  const std::string path = request.at("out");
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(logits.data()), static_cast<std::streamsize>(logits.size() * sizeof(float)));
  if (!file.flush()) return absl::UnavailableError(path + ": cannot be written");
  return Json{{"vocab", model.info().vocab_size}};
}

absl::StatusOr<Json> Greedy(const Model& model, const Json& request) {
  RECKON_ASSIGN_OR_RETURN(Session session, Session::Create(model));
  RECKON_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create({.temperature = 0}));
  RECKON_RETURN_IF_ERROR(session.Append(request.at("ids").get<std::vector<TokenId>>()));
  std::vector<TokenId> ids;
  while (ids.size() < request.at("n").get<size_t>()) {
    RECKON_ASSIGN_OR_RETURN(const TokenId id, session.Next(sampler));
    ids.push_back(id);
  }
  return Json{{"ids", ids}};
}

int ServeTokenizer(const Arguments& arguments, absl::StatusOr<Json> (*verb)(const Tokenizer&, const Json&)) {
  const absl::StatusOr<Tokenizer> tokenizer = OpenTokenizer(arguments.tokenizer);
  if (!tokenizer.ok()) return Fail(tokenizer.status());
  return Serve([&](const Json& request) { return verb(*tokenizer, request); });
}

int ServeModel(const Arguments& arguments, absl::StatusOr<Json> (*verb)(const Model&, const Json&)) {
  const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(arguments.model), arguments.options);
  if (!model.ok()) return Fail(model.status());
  return Serve([&](const Json& request) { return verb(*model, request); });
}

absl::Status LoadModel(const Arguments& arguments) {
  RECKON_ASSIGN_OR_RETURN(const Model model, Model::Open(ModelSource::Path(arguments.path), arguments.options));
  RECKON_ASSIGN_OR_RETURN(Session session, Session::Create(model));
  const TokenId first = 0;
  return session.Append({&first, 1});
}

absl::Status Load(const Arguments& arguments) {
  if (arguments.kind == "hf" || arguments.kind == "gguf") return LoadModel(arguments);
  RECKON_ASSIGN_OR_RETURN(const Tokenizer tokenizer, OpenTokenizer(arguments.path));
  if (arguments.kind == "tokenizer") return tokenizer.Encode(arguments.probe).status();
  return tokenizer.ApplyChatTemplate({{.role = "user", .content = arguments.probe}}).status();
}

int Run(int argc, char** argv) {
  CLI::App app("Answers requests about Reckon in JSON lines, for comparisons from outside");
  Arguments arguments;
  app.add_option("--weights", arguments.weights, "f32, bf16, q8, q4 or auto")->capture_default_str();
  app.add_option("--threads", arguments.options.threads, "Computing threads; 0: all");
  app.add_option("--isa", arguments.options.isa, "Instruction set by name; default: the best");
  app.require_subcommand(1);
  const auto add = [&](const char* verb, const char* option, std::string* value) {
    CLI::App* command = app.add_subcommand(verb);
    if (option != nullptr) command->add_option(option, *value)->required();
    return command;
  };
  CLI::App* tokenize = add("tokenize", "--tokenizer", &arguments.tokenizer);
  CLI::App* detokenize = add("detokenize", "--tokenizer", &arguments.tokenizer);
  CLI::App* stream = add("stream", "--tokenizer", &arguments.tokenizer);
  CLI::App* chat_template = add("template", nullptr, nullptr);
  CLI::App* logits = add("logits", "--model", &arguments.model);
  CLI::App* greedy = add("greedy", "--model", &arguments.model);
  CLI::App* load = add("load", "--path", &arguments.path);
  load->add_option("--kind", arguments.kind)->required()->check(CLI::IsMember({"hf", "gguf", "tokenizer", "template"}));
  load->add_option("--probe", arguments.probe);
  CLI11_PARSE(app, argc, argv);

  const absl::StatusOr<reckon::WeightFormat> weights = reckon::ParseWeightFormat(arguments.weights);
  if (!weights.ok()) return Fail(weights.status());
  arguments.options.weights = *weights;
  if (*tokenize) return ServeTokenizer(arguments, Tokenize);
  if (*detokenize) return ServeTokenizer(arguments, Detokenize);
  if (*stream) return ServeTokenizer(arguments, Stream);
  if (*chat_template) return Serve(RenderTemplate);
  if (*logits) return ServeModel(arguments, Logits);
  if (*greedy) return ServeModel(arguments, Greedy);
  if (*load) {
    const absl::Status status = Load(arguments);
    if (!status.ok()) return Fail(status);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    // The JSON and command line libraries throw; the library under test does not.
    std::cerr << error.what() << '\n';
    return 2;
  }
}
