// The embedded model, from messages to text: 24 conversations answered greedily by transformers in float32
// (golden.jsonl beside the model).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "golden/conversation.h"
#include "golden/golden_model.h"
#include "reckon/generate.h"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "support/hf_to_gguf.h"
#include "support/json_lines.h"

namespace reckon::testing {
namespace {

// ThreadSanitizer looks for races, which every answer has the same chance to show; all of them take more than 20
// minutes.
#if defined(__SANITIZE_THREAD__)
constexpr size_t kEvery = 6;
#else
constexpr size_t kEvery = 1;
#endif

class TinyR1Test : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<nlohmann::json> rows = ReadJsonLines(RECKON_TINY_R1 "/golden.jsonl");
    ASSERT_EQ(rows.size(), 24u);
    for (size_t i = 0; i < rows.size(); i += kEvery) {
      rows_.push_back(rows[i]);
      conversations_.push_back(ParseConversation(rows[i]));
    }
  }

  static Model Open(WeightFormat format, int threads = 2) {
    absl::StatusOr<Model> model =
        Model::Open(ModelSource::Path(RECKON_TINY_R1), {.weights = format, .threads = threads});
    EXPECT_TRUE(model.ok()) << model.status();
    return model.ok() ? *std::move(model) : Model();
  }

  // How many of the answers come out token for token.
  int CountExact(const Model& model) {
    int exact = 0;
    for (const Conversation& conversation : conversations_) {
      const absl::StatusOr<std::vector<TokenId>> ids =
          GreedyTokens(model, conversation.prompt_ids, conversation.output_ids.size());
      EXPECT_TRUE(ids.ok()) << ids.status();
      if (ids.ok() && *ids == conversation.output_ids) ++exact;
    }
    return exact;
  }

  std::vector<nlohmann::json> rows_;
  std::vector<Conversation> conversations_;
};

// The published folder, and the same model as a GGUF file in memory.
class TinyR1FromTest : public TinyR1Test, public ::testing::WithParamInterface<std::string> {
 protected:
  static Model OpenParam(WeightFormat format) {
    if (GetParam() == "safetensors") return Open(format);
    static const std::string bytes = GgufOfFolder(RECKON_TINY_R1, "deepseek-r1-qwen");
    ModelFile file;
    file.name = "tiny-r1.gguf";
    file.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    absl::StatusOr<Model> model = Model::Open(ModelSource::Files({file}), {.weights = format, .threads = 2});
    EXPECT_TRUE(model.ok()) << model.status();
    return model.ok() ? *std::move(model) : Model();
  }
};

INSTANTIATE_TEST_SUITE_P(Golden, TinyR1FromTest, ::testing::Values("safetensors", "gguf"),
                         [](const auto& test) { return test.param; });

TEST_P(TinyR1FromTest, PromptsAreThoseOfTransformers) {
  const Model model = OpenParam(WeightFormat::kAuto);
  if (HasFailure()) return;
  EXPECT_EQ(model.info().format, GetParam() == "gguf" ? "GGUF v3" : "safetensors");
  EXPECT_EQ(model.info().architecture, "qwen2");
  for (const Conversation& conversation : conversations_) {
    const absl::StatusOr<std::vector<TokenId>> ids = EncodePrompt(model.tokenizer(), conversation.messages);
    ASSERT_TRUE(ids.ok()) << ids.status();
    EXPECT_EQ(*ids, conversation.prompt_ids) << *conversation.messages.front().content;
    const absl::StatusOr<std::string> text = model.tokenizer().Decode(conversation.output_ids);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(*text, conversation.output_text);
  }
}

TEST_P(TinyR1FromTest, FirstLogits) {
  const Model model = OpenParam(WeightFormat::kF32);
  if (HasFailure()) return;
  for (size_t i = 0; i < conversations_.size(); ++i) {
    absl::StatusOr<Session> session = Session::Create(model);
    ASSERT_TRUE(session.ok()) << session.status();
    const absl::Status appended = session->Append(conversations_[i].prompt_ids);
    ASSERT_TRUE(appended.ok()) << appended;
    const absl::StatusOr<absl::Span<const float>> logits = session->Logits();
    ASSERT_TRUE(logits.ok()) << logits.status();
    const auto top = rows_[i].at("first_logits").get<std::vector<std::pair<TokenId, double>>>();
    ASSERT_EQ(top.size(), 10u);
    for (const auto& [id, logit] : top) {
      EXPECT_NEAR((*logits)[static_cast<size_t>(id)], logit, 1e-4 * std::abs(top.front().second)) << "token " << id;
    }
  }
}

TEST_P(TinyR1FromTest, F32GivesEveryAnswer) {
  const Model model = OpenParam(WeightFormat::kF32);
  if (HasFailure()) return;
  for (const Conversation& conversation : conversations_) {
    const absl::StatusOr<std::vector<TokenId>> ids =
        GreedyTokens(model, conversation.prompt_ids, conversation.output_ids.size());
    ASSERT_TRUE(ids.ok()) << ids.status();
    EXPECT_EQ(*ids, conversation.output_ids) << *conversation.messages.front().content;
  }
}

TEST_F(TinyR1Test, GenerateStreamsTheAnswer) {
  const Model model = Open(WeightFormat::kF32);
  if (HasFailure()) return;
  for (size_t i = 0; i < 4; ++i) {
    const Conversation& conversation = conversations_[i];
    absl::StatusOr<Session> session = Session::Create(model);
    ASSERT_TRUE(session.ok()) << session.status();
    absl::StatusOr<Sampler> sampler = Sampler::Create({.temperature = 0});
    ASSERT_TRUE(sampler.ok()) << sampler.status();
    ASSERT_TRUE(session->Append(conversation.prompt_ids).ok());
    std::string streamed;
    const absl::StatusOr<GenerateResult> result =
        Generate(*session, *sampler, {.max_tokens = 300}, [&streamed](absl::string_view piece) {
          streamed.append(piece.data(), piece.size());
          return StreamAction::kContinue;
        });
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->finish_reason, FinishReason::kStopToken);
    EXPECT_EQ(result->tokens, conversation.output_ids);
    const absl::StatusOr<std::string> text = model.tokenizer().Decode(conversation.output_ids, {.skip_special = true});
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(result->text, *text);
    EXPECT_EQ(streamed, result->text);
  }
}

// How many answers survive the smaller formats is printed, not promised: one different token changes all that follow.
TEST_F(TinyR1Test, ExactAnswersByFormat) {
  for (const WeightFormat format : {WeightFormat::kF32, WeightFormat::kBf16, WeightFormat::kQ8, WeightFormat::kQ4}) {
    const Model model = Open(format);
    if (HasFailure()) return;
    std::printf("tiny-r1 %-4s: %d of %d answers exact\n", std::string(WeightFormatName(format)).c_str(),
                CountExact(model), static_cast<int>(conversations_.size()));
  }
}

TEST_F(TinyR1Test, SameTokensForAnyNumberOfThreads) {
  for (const WeightFormat format : {WeightFormat::kF32, WeightFormat::kBf16, WeightFormat::kQ8, WeightFormat::kQ4}) {
    SCOPED_TRACE(WeightFormatName(format));
    const Model model = Open(format, 1);
    if (HasFailure()) return;
    for (size_t i = 0; i < conversations_.size(); i += 6 / kEvery) {
      std::vector<TokenId> expected;
      for (const int threads : {1, 2, 3}) {
        model.SetThreads(threads);
        const absl::StatusOr<std::vector<TokenId>> ids =
            GreedyTokens(model, conversations_[i].prompt_ids, conversations_[i].output_ids.size());
        ASSERT_TRUE(ids.ok()) << ids.status();
        if (threads == 1) expected = *ids;
        EXPECT_EQ(*ids, expected) << threads << " threads";
      }
    }
  }
}

}  // namespace
}  // namespace reckon::testing
