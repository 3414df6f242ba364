#include "golden/golden_model.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "kernels/dispatch.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "support/npz.h"

namespace reckon::testing {
namespace {

using Arrays = std::map<std::string, NpyArray>;

absl::StatusOr<const NpyArray*> Find(const Arrays& arrays, const std::string& name) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) return absl::NotFoundError(absl::StrCat("no array ", name));
  return &found->second;
}

absl::StatusOr<std::vector<TokenId>> Ints(const Arrays& arrays, const std::string& name) {
  RECKON_ASSIGN_OR_RETURN(const NpyArray* array, Find(arrays, name));
  return array->Ints();
}

absl::StatusOr<std::vector<float>> Floats(const Arrays& arrays, const std::string& name) {
  RECKON_ASSIGN_OR_RETURN(const NpyArray* array, Find(arrays, name));
  return array->Floats();
}

absl::Status ReadReferences(const Arrays& arrays, GoldenModel* model) {
  for (int i = 0; arrays.count(absl::StrCat("logits_", i)) > 0; ++i) {
    ReferenceSequence sequence;
    RECKON_ASSIGN_OR_RETURN(sequence.ids, Ints(arrays, absl::StrCat("ids_", i)));
    RECKON_ASSIGN_OR_RETURN(sequence.logits, Floats(arrays, absl::StrCat("logits_", i)));
    model->sequences.push_back(std::move(sequence));
  }
  for (int i = 0; arrays.count(absl::StrCat("greedy_prompt_", i)) > 0; ++i) {
    ReferenceAnswer answer;
    RECKON_ASSIGN_OR_RETURN(answer.prompt, Ints(arrays, absl::StrCat("greedy_prompt_", i)));
    RECKON_ASSIGN_OR_RETURN(answer.ids, Ints(arrays, absl::StrCat("greedy_ids_", i)));
    RECKON_ASSIGN_OR_RETURN(answer.margins, Floats(arrays, absl::StrCat("greedy_margin_", i)));
    model->answers.push_back(std::move(answer));
  }
  if (model->sequences.empty() || model->answers.empty()) return absl::NotFoundError("no logits or greedy tokens");
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> GoldenModelNames() {
  return {"models/qwen2-f32",        "models/qwen2-bf16-tied-padvocab",
          "models/qwen2-sharded",    "models/qwen2-yarn",
          "models/qwen3-bf16",       "models/llama-f32-gqa",
          "models/llama-rope3-tied", "models/phi3-bf16",
          "models/phi3-longrope",    "models/chatglm3-f16",
          "models/awq-g32",          "models/gptq-g32",
          "models/gptq-g32-descact", "gguf/qwen2-f16",
          "gguf/qwen3-bf16",         "gguf/llama-f32",
          "gguf/qwen2-q8_0",         "gguf/llama-q8_0",
          "gguf/qwen2-q5_1",         "gguf/qwen2-q4_0",
          "gguf/qwen2-q4_1",         "gguf/llama-tied-q4_1",
          "gguf/qwen2-q2_k",         "gguf/qwen2-q3_k",
          "gguf/qwen2-q4_k_m",       "gguf/qwen2-q5_k"};
}

absl::StatusOr<GoldenModel> ReadGoldenModel(const std::string& name) {
  GoldenModel model;
  const std::string base = absl::StrCat(RECKON_TEST_DATA, "/", name);
  const bool gguf = absl::StartsWith(name, "gguf/");
  model.path = gguf ? base + ".gguf" : base;
  const std::string references = gguf ? base + ".npz" : base + "/ref.npz";
  RECKON_ASSIGN_OR_RETURN(const Arrays arrays, ReadNpz(references));
  const absl::Status read = ReadReferences(arrays, &model);
  if (!read.ok()) return Annotate(read, references);
  return model;
}

std::string TestCaseName(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '-'; }, '_');
  return name;
}

std::vector<std::string> SupportedIsas() {
  std::vector<std::string> names;
  for (const KernelTable* table : SupportedKernels()) names.emplace_back(table->name);
  return names;
}

absl::StatusOr<std::vector<TokenId>> GreedyTokens(const Model& model, const std::vector<TokenId>& prompt,
                                                  size_t count) {
  RECKON_ASSIGN_OR_RETURN(Session session, Session::Create(model));
  RECKON_ASSIGN_OR_RETURN(Sampler sampler, Sampler::Create({.temperature = 0}));
  RECKON_RETURN_IF_ERROR(session.Append(prompt));
  std::vector<TokenId> ids;
  while (ids.size() < count) {
    RECKON_ASSIGN_OR_RETURN(const TokenId id, session.Next(sampler));
    ids.push_back(id);
  }
  return ids;
}

}  // namespace reckon::testing
