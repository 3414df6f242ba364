#include "reckon/model.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "unit/session/tiny_r1.h"

namespace reckon {
namespace {

using ::reckon::testing::NewSession;
using ::reckon::testing::PuzzlePrompt;
using ::reckon::testing::TakeTokens;
using ::reckon::testing::TinyR1;
using ::testing::HasSubstr;

TEST(ModelTest, SaysWhatItIs) {
  const ModelInfo& info = TinyR1().info();
  EXPECT_EQ(info.architecture, "qwen2");
  EXPECT_EQ(info.format, "safetensors");
  EXPECT_EQ(info.num_hidden_layers, 6);
  EXPECT_EQ(info.head_dim, 64);
  EXPECT_EQ(info.vocab_size, 2048);
  EXPECT_EQ(info.eos_ids, std::vector<TokenId>{2042});
  EXPECT_FLOAT_EQ(TinyR1().default_sampler_options().temperature, 0.6f);
  EXPECT_EQ(*TinyR1().tokenizer().TokenToId("<think>"), 2046);
}

TEST(ModelTest, AutoKeepsTheTypeOfTheCheckpoint) {
  const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(RECKON_TINY_R1));
  ASSERT_TRUE(model.ok());
  EXPECT_EQ(model->info().weights, WeightFormat::kBf16);
}

TEST(ModelTest, FormatNamesGoBothWays) {
  for (const WeightFormat format :
       {WeightFormat::kAuto, WeightFormat::kF32, WeightFormat::kBf16, WeightFormat::kQ8, WeightFormat::kQ4}) {
    EXPECT_EQ(*ParseWeightFormat(WeightFormatName(format)), format);
  }
  EXPECT_EQ(ParseWeightFormat("q3").status().code(), absl::StatusCode::kInvalidArgument);
}

// All files of tiny-r1 that a checkpoint consists of, in memory.
struct Files {
  std::vector<std::string> contents;
  std::vector<ModelFile> files;

  Files() {
    const std::vector<std::string> names = {"config.json", "generation_config.json", "tokenizer.json",
                                            "tokenizer_config.json", "model.safetensors"};
    for (const std::string& name : names) {
      std::ifstream in(std::string(RECKON_TINY_R1) + "/" + name, std::ios::binary);
      contents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    }
    for (size_t i = 0; i < names.size(); ++i) {
      ModelFile file;
      file.name = names[i];
      file.bytes = {reinterpret_cast<const uint8_t*>(contents[i].data()), contents[i].size()};
      files.push_back(file);
    }
  }
};

std::vector<TokenId> FirstTokens(const Model& model) {
  Session session = NewSession(model);
  EXPECT_TRUE(session.Append(PuzzlePrompt()).ok());
  return TakeTokens(session, 20);
}

TEST(ModelTest, OpensFromMemoryAndFromCallbacks) {
  Files memory;
  const absl::StatusOr<Model> from_memory =
      Model::Open(ModelSource::Files(memory.files), {.weights = WeightFormat::kQ8});
  ASSERT_TRUE(from_memory.ok()) << from_memory.status();
  EXPECT_EQ(FirstTokens(*from_memory), FirstTokens(TinyR1()));

  std::vector<ModelFile> callbacks;
  for (const ModelFile& file : memory.files) {
    ModelFile callback;
    callback.name = file.name;
    callback.size = file.bytes.size();
    callback.read_at = [bytes = file.bytes](uint64_t offset, absl::Span<uint8_t> out) {
      std::memcpy(out.data(), bytes.data() + offset, out.size());
      return absl::OkStatus();
    };
    callbacks.push_back(callback);
  }
  const absl::StatusOr<Model> from_callbacks =
      Model::Open(ModelSource::Files(callbacks), {.weights = WeightFormat::kQ8});
  ASSERT_TRUE(from_callbacks.ok()) << from_callbacks.status();
  EXPECT_EQ(FirstTokens(*from_callbacks), FirstTokens(TinyR1()));

  callbacks.back().read_at = [](uint64_t, absl::Span<uint8_t>) { return absl::DataLossError("the key is gone"); };
  const absl::Status failed = Model::Open(ModelSource::Files(callbacks)).status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(failed.message()), HasSubstr("the key is gone"));
}

TEST(ModelTest, AFileCutShortAfterLoadingIsAnErrorAndNoCrash) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "reckon_cut_short";
  std::filesystem::remove_all(folder);
  std::filesystem::copy(RECKON_TINY_R1, folder);
  const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(folder.string()), {.weights = WeightFormat::kQ8});
  ASSERT_TRUE(model.ok()) << model.status();
  std::filesystem::resize_file(folder / "model.safetensors", 100);
  Session session = NewSession(*model);
  const absl::Status status = session.Append(PuzzlePrompt());
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.safetensors"));
  EXPECT_EQ(session.length(), 0);
  std::filesystem::remove_all(folder);
}

TEST(ModelTest, LoadingReportsProgressAndCanBeCancelled) {
  std::vector<LoadProgress> seen;
  ModelOptions options;
  options.progress = [&](const LoadProgress& progress) { seen.push_back(progress); };
  ASSERT_TRUE(Model::Open(ModelSource::Path(RECKON_TINY_R1), options).ok());
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back().bytes_done, seen.back().bytes_total);
  options.progress = [&](const LoadProgress&) { options.cancel.Cancel(); };
  EXPECT_EQ(Model::Open(ModelSource::Path(RECKON_TINY_R1), options).status().code(), absl::StatusCode::kCancelled);
}

TEST(ModelTest, ErrorsSayWhatAndWhere) {
  const absl::Status missing = Model::Open(ModelSource::Path("/nowhere/at/all")).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.message()), HasSubstr("/nowhere/at/all"));
  const absl::Status isa = Model::Open(ModelSource::Path(RECKON_TINY_R1), {.isa = "z80"}).status();
  EXPECT_EQ(isa.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(isa.message()), HasSubstr("z80"));
  EXPECT_THAT(std::string(isa.message()), HasSubstr("generic"));
}

TEST(ModelTest, ThreadsMayChangeWhileSessionsLive) {
  const Model& model = TinyR1();
  const std::vector<TokenId> expected = FirstTokens(model);
  for (const int threads : {1, 3, 2}) {
    model.SetThreads(threads);
    EXPECT_EQ(model.threads(), threads);
    EXPECT_EQ(FirstTokens(model), expected);
  }
}

}  // namespace
}  // namespace reckon
