// The same checkpoint from a path, from memory and from callbacks; and the tiny models that other tests use.
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/safetensors_writer.h"
#include "support/temp_folder.h"
#include "unit/checkpoint/open.h"

namespace reckon {
namespace {

using testing::Files;
using ::testing::HasSubstr;
using testing::ReadFile;

Files FilesOf(const std::filesystem::path& path) {
  Files files;
  if (!std::filesystem::is_directory(path)) {
    files[path.filename().string()] = ReadFile(path.string());
    return files;
  }
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    files[entry.path().filename().string()] = ReadFile(entry.path().string());
  }
  return files;
}

ModelSource ByCallbacks(const Files& files) {
  std::vector<ModelFile> list;
  for (const auto& [name, text] : files) {
    ModelFile file;
    file.name = name;
    file.size = text.size();
    file.read_at = [&text = text](uint64_t offset, absl::Span<uint8_t> out) {
      std::memcpy(out.data(), text.data() + offset, out.size());
      return absl::OkStatus();
    };
    list.push_back(std::move(file));
  }
  return ModelSource::Files(std::move(list));
}

void ExpectEqual(const Checkpoint& a, const Checkpoint& b) {
  EXPECT_EQ(a.format(), b.format());
  EXPECT_EQ(a.config().values(), b.config().values());
  EXPECT_EQ(a.tokenizer_assets().tokenizer_json, b.tokenizer_assets().tokenizer_json);
  EXPECT_EQ(a.tokenizer_assets().sentencepiece_model, b.tokenizer_assets().sentencepiece_model);
  EXPECT_EQ(a.tokenizer_assets().chat_templates, b.tokenizer_assets().chat_templates);
  ASSERT_EQ(a.tensors().size(), b.tensors().size());
  for (const TensorInfo& tensor : a.tensors()) {
    const TensorInfo* other = b.Find(tensor.name);
    ASSERT_NE(other, nullptr) << tensor.name;
    EXPECT_EQ(tensor.Describe(), other->Describe());
    EXPECT_EQ(tensor.interleaved_heads, other->interleaved_heads);
    EXPECT_EQ(testing::BytesOf(a, tensor.name), testing::BytesOf(b, tensor.name)) << tensor.name;
  }
}

class TinyModels : public ::testing::TestWithParam<std::string> {};

TEST_P(TinyModels, OpenTheSameFromEverywhere) {
  const std::string path = RECKON_TEST_DATA "/" + GetParam();
  const auto from_path = Checkpoint::Open(ModelSource::Path(path));
  ASSERT_TRUE(from_path.ok()) << from_path.status();
  EXPECT_FALSE(from_path->tensors().empty());
  const Files files = FilesOf(path);
  const auto from_memory = Checkpoint::Open(testing::InMemory(files));
  ASSERT_TRUE(from_memory.ok()) << from_memory.status();
  ExpectEqual(*from_path, *from_memory);
  const auto from_callbacks = Checkpoint::Open(ByCallbacks(files));
  ASSERT_TRUE(from_callbacks.ok()) << from_callbacks.status();
  ExpectEqual(*from_path, *from_callbacks);
}

std::vector<std::string> AllTinyModels() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(RECKON_TEST_DATA "/models")) {
    if (entry.is_directory()) names.push_back("models/" + entry.path().filename().string());
  }
  for (const auto& entry : std::filesystem::directory_iterator(RECKON_TEST_DATA "/gguf")) {
    if (entry.path().extension() == ".gguf") names.push_back("gguf/" + entry.path().filename().string());
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, TinyModels, ::testing::ValuesIn(AllTinyModels()), [](const auto& test) {
  std::string name = test.param;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

#ifndef _WIN32
TEST(Checkpoint, OpensAFileWithAColonInItsName) {
  const testing::TempFolder folder;
  const std::string path = folder / "r1:1.5b.gguf";
  std::filesystem::copy_file(RECKON_TEST_DATA "/gguf/qwen2-f16.gguf", path);
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(ModelSource::Path(path));
  EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
}
#endif

TEST(Checkpoint, ReadsPartsOfTensorsAndChecksTheRange) {
  const Files files = {
      {"config.json", "{}"},
      {"model.safetensors", testing::SafetensorsWriter().Tensor("t", "U8", "[8]", "01234567").Bytes()}};
  for (const ModelSource& source : {testing::InMemory(files), ByCallbacks(files)}) {
    const auto checkpoint = Checkpoint::Open(source);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    const TensorInfo& tensor = **checkpoint->Require("t");
    std::vector<uint8_t> scratch;
    const auto view = checkpoint->View(tensor, 2, 3, &scratch);
    ASSERT_TRUE(view.ok());
    EXPECT_EQ(std::string(view->begin(), view->end()), "234");
    std::vector<uint8_t> out(8);
    ASSERT_TRUE(checkpoint->ReadAt(tensor, 0, absl::MakeSpan(out)).ok());
    EXPECT_EQ(std::string(out.begin(), out.end()), "01234567");
    for (const auto& [offset, length] : {std::pair<uint64_t, uint64_t>{0, 9}, {8, 1}, {9, 0}, {~uint64_t{0}, 2}}) {
      EXPECT_EQ(checkpoint->View(tensor, offset, length, &scratch).status().code(), absl::StatusCode::kOutOfRange);
    }
    EXPECT_EQ(checkpoint->ReadAt(tensor, 1, absl::MakeSpan(out)).code(), absl::StatusCode::kOutOfRange);
    checkpoint->Release(tensor);
    EXPECT_EQ(testing::BytesOf(*checkpoint, "t"), "01234567");
    const absl::Status missing = checkpoint->Require("absent").status();
    EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(missing.message()), HasSubstr("absent"));
  }
}

TEST(Checkpoint, CallbackErrorsReachTheCaller) {
  const Files files = FilesOf(RECKON_TEST_DATA "/models/qwen2-f32");
  // The k-th read fails, for every k until there are no more reads.
  for (int k = 0;; ++k) {
    int calls = 0;
    std::vector<ModelFile> list;
    for (const auto& [name, text] : files) {
      ModelFile file;
      file.name = name;
      file.size = text.size();
      file.read_at = [&text = text, &calls, k](uint64_t offset, absl::Span<uint8_t> out) {
        if (calls++ == k) return absl::DataLossError("the disk is gone");
        std::memcpy(out.data(), text.data() + offset, out.size());
        return absl::OkStatus();
      };
      list.push_back(std::move(file));
    }
    const auto checkpoint = Checkpoint::Open(ModelSource::Files(std::move(list)));
    if (calls <= k) {
      EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
      EXPECT_GT(k, 4);
      break;
    }
    ASSERT_EQ(checkpoint.status().code(), absl::StatusCode::kDataLoss) << k;
    EXPECT_THAT(std::string(checkpoint.status().message()), HasSubstr("the disk is gone"));
  }
}

TEST(Checkpoint, AFileThatShrinksAfterOpeningIsAnError) {
  const testing::TempFolder folder;
  folder.Write("config.json", "{}");
  folder.Write("model.safetensors",
               testing::SafetensorsWriter().Tensor("t", "U8", "[70000]", std::string(70000, 't')).Bytes());
  const auto checkpoint = Checkpoint::Open(ModelSource::Path(folder.path().string()));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  std::filesystem::resize_file(folder / "model.safetensors", 100);
  std::vector<uint8_t> scratch;
  EXPECT_EQ(checkpoint->View(*checkpoint->Find("t"), 60000, 10, &scratch).status().code(),
            absl::StatusCode::kOutOfRange);
}

TEST(Checkpoint, ChecksTheListOfFiles) {
  ModelFile unnamed;
  EXPECT_EQ(Checkpoint::Open(ModelSource::Files({unnamed})).status().code(), absl::StatusCode::kInvalidArgument);
  ModelFile twice;
  twice.name = "config.json";
  EXPECT_THAT(std::string(Checkpoint::Open(ModelSource::Files({twice, twice})).status().message()),
              HasSubstr("config.json"));
  const std::string text = "{}";
  ModelFile both;
  both.name = "config.json";
  both.bytes = absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  both.read_at = [](uint64_t, absl::Span<uint8_t>) { return absl::OkStatus(); };
  EXPECT_EQ(Checkpoint::Open(ModelSource::Files({both})).status().code(), absl::StatusCode::kInvalidArgument);
}

// A file may claim any size; what is allocated follows from what can be read of it.
TEST(Checkpoint, ClaimedSizesAreNotBelieved) {
  for (const char* name : {"config.json", "model.safetensors", "model.gguf"}) {
    ModelFile file;
    file.name = name;
    file.size = uint64_t{1} << 60;
    file.read_at = [](uint64_t offset, absl::Span<uint8_t> out) {
      std::memset(out.data(), 0xff, out.size());
      if (offset == 0 && out.size() >= 4) std::memcpy(out.data(), "GGUF", 4);
      return absl::OkStatus();
    };
    EXPECT_FALSE(Checkpoint::Open(ModelSource::Files({file})).ok()) << name;
  }
}

}  // namespace
}  // namespace reckon
