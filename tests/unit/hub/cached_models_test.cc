#include "hub/cached_models.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "hub/cache_writer.h"
#include "hub/file_lock.h"
#include "unit/hub/scratch.h"

namespace reckon_hub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kCommit[] = "0123456789abcdef0123456789abcdef01234567";
constexpr char kOther[] = "76543210fedcba9876543210fedcba9876543210";

class CachedModelsTest : public ::testing::Test {
 protected:
  CachedModelsTest() {
    environment_.hugging_face.cache = scratch_ / "hf";
    environment_.modelscope.cache = scratch_ / "ms";
  }

  // As huggingface_hub leaves it: every file is a link to a blob named `blob`.
  void AddSnapshot(const std::string& repo, const std::string& commit, const std::string& path, const std::string& blob,
                   const std::string& text) const {
    scratch_.Write("hf/" + repo + "/blobs/" + blob, text);
    const std::filesystem::path link = scratch_ / ("hf/" + repo + "/snapshots/" + commit + "/" + path);
    std::filesystem::create_directories(link.parent_path());
    std::filesystem::create_symlink("../../blobs/" + blob, link);
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const CachedModel& model : ListModels(environment_)) {
      names.push_back(model.repo + " " + HubKey(model.hub) + (model.complete ? "" : " not complete"));
    }
    return names;
  }

  std::string Find(const std::string& name) const {
    const absl::StatusOr<std::filesystem::path> path = FindModel(environment_, *ParseModelName(name));
    return path.ok() ? path->lexically_relative(scratch_ / "").string() : std::string(path.status().message());
  }

  const Scratch scratch_;
  Environment environment_;
};

TEST_F(CachedModelsTest, AllLayoutsAreFound) {
  AddSnapshot("models--Qwen--Qwen3-0.6B", kCommit, "config.json", "c", "{}");
  AddSnapshot("models--Qwen--Qwen3-0.6B", kCommit, "model.safetensors", "w", "weights");
  scratch_.Write("hf/models--Qwen--Qwen3-0.6B/refs/main", kCommit);
  scratch_.Write("hf/datasets--a--b/snapshots/x/config.json", "{}");
  for (const char* folder : {"ms/models/Qwen--A.1/snapshots/master", "ms/models/Qwen/B___1", "ms/hub/models/Qwen/C___1",
                             "ms/hub/Qwen/D___1", "ms/Qwen/E___1"}) {
    scratch_.Write(std::string(folder) + "/config.json", "{}");
    scratch_.Write(std::string(folder) + "/model.safetensors", "weights");
  }
  EXPECT_THAT(Names(), ElementsAre("Qwen/A.1 modelscope", "Qwen/B.1 modelscope", "Qwen/C.1 modelscope",
                                   "Qwen/D.1 modelscope", "Qwen/E.1 modelscope", "Qwen/Qwen3-0.6B hf"));
  EXPECT_EQ(Find("qwen3:0.6b"), std::string("hf/models--Qwen--Qwen3-0.6B/snapshots/") + kCommit);
  EXPECT_EQ(Find("qwen/c.1"), "ms/hub/models/Qwen/C___1");
  EXPECT_THAT(Find("Qwen/None"), HasSubstr("not in the caches"));
}

TEST_F(CachedModelsTest, WhatIsMissingShows) {
  const std::string folder = "ms/models/a--b/snapshots/master/";
  scratch_.Write(folder + "config.json", "{}");
  EXPECT_THAT(Names(), ElementsAre("a/b modelscope not complete"));
  scratch_.Write(folder + "model.safetensors.index.json",
                 R"({"weight_map":{"x":"one.safetensors","y":"two.safetensors"}})");
  scratch_.Write(folder + "one.safetensors", "1");
  EXPECT_THAT(Names(), ElementsAre("a/b modelscope not complete"));
  EXPECT_THAT(Find("a/b"), HasSubstr("not complete"));
  scratch_.Write(folder + "two.safetensors", "2");
  EXPECT_THAT(Names(), ElementsAre("a/b modelscope"));
  std::filesystem::create_symlink("nowhere", scratch_ / (folder + "three.safetensors"));
  EXPECT_THAT(Names(), ElementsAre("a/b modelscope"));
}

TEST_F(CachedModelsTest, Ggufs) {
  const std::string folder = "ms/models/a--b/snapshots/master/";
  scratch_.Write(folder + "m-Q4_0.gguf", "4");
  EXPECT_EQ(Find("a/b"), folder + "m-Q4_0.gguf");
  scratch_.Write(folder + "m-Q8_0-00001-of-00002.gguf", "8");
  EXPECT_THAT(Names(), ElementsAre("a/b modelscope not complete"));
  scratch_.Write(folder + "m-Q8_0-00002-of-00002.gguf", "8");
  EXPECT_THAT(Find("a/b"), HasSubstr("several"));
  EXPECT_EQ(Find("a/b:q8_0"), folder + "m-Q8_0-00001-of-00002.gguf");
  EXPECT_THAT(Find("a/b:q5_0"), HasSubstr("q5_0"));
}

TEST_F(CachedModelsTest, RemovalLeavesWhatOthersUse) {
  const std::string repo = "models--a--b";
  for (const char* commit : {kCommit, kOther}) {
    AddSnapshot(repo, commit, "config.json", "shared", "{}");
    AddSnapshot(repo, commit, "model.safetensors", std::string("weights-") + commit, "weights");
  }
  const std::filesystem::path outside = scratch_.Write("outside", "precious");
  std::filesystem::create_symlink(outside, scratch_ / ("hf/" + repo + "/snapshots/" + kCommit + "/tokenizer.json"));
  scratch_.Write("hf/" + repo + "/refs/main", kCommit);
  scratch_.Write("hf/" + repo + "/blobs/x.reckon-incomplete", "part");
  absl::StatusOr<Removal> removal = PlanRemoval(environment_, *ParseModelName("a/b"), "main", std::nullopt);
  ASSERT_TRUE(removal.ok()) << removal.status();
  EXPECT_EQ(removal->models.size(), 1u);
  ASSERT_TRUE(Remove(*removal).ok());
  EXPECT_EQ(Scratch::Read(outside), "precious");
  EXPECT_EQ(Scratch::Read(scratch_ / ("hf/" + repo + "/snapshots/" + kOther + "/config.json")), "{}");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / ("hf/" + repo + "/blobs/weights-" + kCommit)));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / ("hf/" + repo + "/refs/main")));
  removal = PlanRemoval(environment_, *ParseModelName("a/b"), "", std::nullopt);
  ASSERT_TRUE(removal.ok());
  ASSERT_TRUE(Remove(*removal).ok());
  EXPECT_FALSE(std::filesystem::exists(scratch_ / ("hf/" + repo)));
  EXPECT_FALSE(PlanRemoval(environment_, *ParseModelName("a/b"), "", std::nullopt).ok());
}

TEST_F(CachedModelsTest, NothingIsRemovedUnderAPull) {
  HubSettings settings;
  settings.cache = environment_.hugging_face.cache;
  AddSnapshot("models--a--b", kCommit, "config.json", "c", "{}");
  const std::unique_ptr<CacheWriter> writer = MakeCacheWriter(Hub::kHuggingFace, settings, "a/b", "main", kCommit);
  const absl::StatusOr<Removal> removal = PlanRemoval(environment_, *ParseModelName("a/b"), "", std::nullopt);
  ASSERT_TRUE(removal.ok());
  {
    const absl::StatusOr<FileLock> pull = FileLock::TryAcquire(writer->RepoLock());
    ASSERT_TRUE(pull.ok());
    EXPECT_TRUE(absl::IsUnavailable(Remove(*removal)));
    EXPECT_EQ(Names().size(), 1u);
  }
  EXPECT_TRUE(Remove(*removal).ok());
  EXPECT_EQ(Names().size(), 0u);
}

TEST_F(CachedModelsTest, WritingFollowsTheLayout) {
  HubSettings settings;
  settings.cache = scratch_ / "hf";
  const std::unique_ptr<CacheWriter> writer = MakeCacheWriter(Hub::kHuggingFace, settings, "a/b", "refs/pr/1", kCommit);
  const RemoteFile file = {"deep/er/config.json", 2, {Checksum::Kind::kSha256, std::string(64, 'a')}};
  EXPECT_TRUE(writer->Candidate(file).empty());
  scratch_.Write("hf/models--a--b/blobs/" + file.checksum.hex, "{}");
  EXPECT_EQ(writer->Candidate(file), writer->Staged(file));
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(writer->Publish({file}).ok());
    EXPECT_EQ(std::filesystem::read_symlink(writer->Folder() / file.path), "../../../../blobs/" + file.checksum.hex);
    EXPECT_EQ(Scratch::Read(writer->Folder() / file.path), "{}");
    EXPECT_EQ(Scratch::Read(scratch_ / "hf/models--a--b/refs/refs/pr/1"), kCommit);
  }
}

}  // namespace
}  // namespace reckon_hub
