// The container: headers, tensors, split files, and what is refused.
#include "checkpoint/gguf.h"

#include <cstring>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/gguf_writer.h"
#include "support/temp_folder.h"
#include "unit/checkpoint/open.h"

namespace reckon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::Files;
using testing::GgufWriter;
using ::testing::HasSubstr;
using testing::MinimalGguf;
using testing::TempFolder;

constexpr uint32_t kF32 = 0;
constexpr uint32_t kF16 = 1;
constexpr uint32_t kQ4_0 = 2;

absl::Status OpenError(const std::string& bytes) {
  const Files files = {{"model.gguf", bytes}};
  return testing::Open(files).status();
}

std::string Message(const absl::Status& status) { return std::string(status.message()); }

TEST(Gguf, TranslatesNamesAndReversesShapes) {
  for (const uint32_t version : {2u, 3u}) {
    GgufWriter writer = MinimalGguf("qwen2");
    writer.version = version;
    writer.Tensor("token_embd.weight", {8, 3}, kF16, std::string(48, 'e'))
        .Tensor("blk.12.attn_q.bias", {2}, kF32, "qqqqQQQQ")
        .Tensor("blk.0.ffn_down.weight", {32, 2}, kQ4_0, std::string(36, 'd'))
        .Tensor("rope_freqs.weight", {4}, kF32, std::string(16, 'r'));
    const Files files = {{"any name", writer.Bytes()}};
    const auto checkpoint = testing::Open(files);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(checkpoint->format(), version == 2 ? "GGUF v2" : "GGUF v3");
    const TensorInfo* embedding = checkpoint->Find("model.embed_tokens.weight");
    ASSERT_NE(embedding, nullptr);
    EXPECT_EQ(embedding->name_on_disk, "token_embd.weight");
    EXPECT_THAT(embedding->shape, ElementsAre(3, 8));
    EXPECT_EQ(embedding->Describe(), "model.embed_tokens.weight (token_embd.weight) F16 [3, 8]");
    EXPECT_EQ(testing::BytesOf(*checkpoint, "model.layers.12.self_attn.q_proj.bias"), "qqqqQQQQ");
    EXPECT_EQ(checkpoint->Find("model.layers.0.mlp.down_proj.weight")->nbytes, 36u);
    EXPECT_EQ(testing::BytesOf(*checkpoint, "rope_freqs.weight"), std::string(16, 'r'));
    EXPECT_TRUE(checkpoint->config().Bool("tie_word_embeddings").value());
  }
}

TEST(Gguf, KeepsTheRowOrderOfLlamaFiles) {
  GgufWriter writer = MinimalGguf("llama");
  writer.U32("llama.attention.head_count_kv", 1)
      .Tensor("blk.0.attn_q.weight", {1, 8}, kF32, std::string(32, 'q'))
      .Tensor("blk.0.attn_k.weight", {1, 4}, kF32, std::string(16, 'k'))
      .Tensor("blk.0.attn_k.bias", {4}, kF32, std::string(16, 'k'))
      .Tensor("blk.0.attn_v.weight", {1, 4}, kF32, std::string(16, 'v'))
      .Tensor("output.weight", {1, 4}, kF32, std::string(16, 'o'));
  const Files files = {{"model.gguf", writer.Bytes()}};
  const auto checkpoint = testing::Open(files);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const std::string layer = "model.layers.0.self_attn.";
  EXPECT_EQ(checkpoint->Find(layer + "q_proj.weight")->interleaved_heads, 2);
  EXPECT_EQ(checkpoint->Find(layer + "k_proj.weight")->interleaved_heads, 1);
  EXPECT_EQ(checkpoint->Find(layer + "k_proj.bias")->interleaved_heads, 1);
  EXPECT_EQ(checkpoint->Find(layer + "v_proj.weight")->interleaved_heads, 0);
  EXPECT_FALSE(checkpoint->config().Bool("tie_word_embeddings").value());

  GgufWriter odd = MinimalGguf("llama");
  odd.Tensor("blk.0.attn_q.weight", {1, 6}, kF32, std::string(24, 'q'));
  EXPECT_THAT(Message(OpenError(odd.Bytes())), HasSubstr("blk.0.attn_q.weight"));
  GgufWriter none = MinimalGguf("llama");
  none.U32("llama.attention.head_count_kv", 0).Tensor("blk.0.attn_k.weight", {1, 8}, kF32, std::string(32, 'q'));
  EXPECT_EQ(OpenError(none.Bytes()).code(), absl::StatusCode::kInvalidArgument);
}

TEST(Gguf, HonoursTheAlignmentKey) {
  for (const uint32_t alignment : {1u, 8u, 64u, 4096u}) {
    GgufWriter writer = MinimalGguf("qwen2");
    writer.alignment = alignment;
    writer.U32("general.alignment", alignment)
        .Tensor("output_norm.weight", {2}, kF32, "aaaabbbb")
        .Tensor("output.weight", {1}, kF32, "cccc");
    const Files files = {{"model.gguf", writer.Bytes()}};
    const auto checkpoint = testing::Open(files);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(testing::BytesOf(*checkpoint, "model.norm.weight"), "aaaabbbb");
    EXPECT_EQ(testing::BytesOf(*checkpoint, "lm_head.weight"), "cccc");
  }
  for (const uint32_t alignment : {0u, 24u, 1u << 31}) {
    GgufWriter writer = MinimalGguf("qwen2");
    writer.U32("general.alignment", alignment).Tensor("output.weight", {1}, kF32, "cccc");
    EXPECT_THAT(Message(OpenError(writer.Bytes())), HasSubstr("general.alignment"));
  }
}

TEST(Gguf, RefusesOtherVersions) {
  GgufWriter writer = MinimalGguf("qwen2");
  writer.version = 1;
  EXPECT_EQ(OpenError(writer.Bytes()).code(), absl::StatusCode::kUnimplemented);
  writer.version = 3u << 24;
  EXPECT_THAT(Message(OpenError(writer.Bytes())), HasSubstr("big-endian"));
  for (const uint32_t version : {0u, 4u, 0xffffffffu}) {
    writer.version = version;
    EXPECT_EQ(OpenError(writer.Bytes()).code(), absl::StatusCode::kInvalidArgument) << version;
  }
}

TEST(Gguf, RefusesWrongTensors) {
  struct Case {
    const char* what;
    std::vector<uint64_t> dimensions;
    uint32_t type;
    uint64_t offset;
    absl::StatusCode code = absl::StatusCode::kInvalidArgument;
  };
  const Case cases[] = {
      {"past the end", {8}, kF32, 32},
      {"far past the end", {8}, kF32, ~uint64_t{31}},
      {"too many bytes", {9}, kF32, 0},
      {"not aligned", {1}, kF32, 4},
      {"a dimension of 0", {0, 8}, kF32, 0},
      {"a dimension of 2^63", {uint64_t{1} << 63}, kF32, 0},
      {"overflowing elements", {uint64_t{1} << 33, uint64_t{1} << 33}, kF32, 0},
      {"overflowing to nothing", {uint64_t{1} << 32, uint64_t{1} << 32}, kF32, 0},
      {"overflowing bytes", {uint64_t{1} << 62}, kF32, 0},
      {"five dimensions", {1, 1, 1, 1, 1}, kF32, 0},
      {"rows that break blocks", {16}, kQ4_0, 0},
      {"an unknown type", {8}, 1000, 0},
      {"a removed type", {8}, 4, 0},
      {"a type that is not read", {256}, 16, 0, absl::StatusCode::kUnimplemented},
  };
  for (const Case& c : cases) {
    GgufWriter writer = MinimalGguf("qwen2");
    writer.TensorAt("blk.0.ffn_up.weight", c.dimensions, c.type, c.offset, std::string(32, 'x'));
    const absl::Status status = OpenError(writer.Bytes());
    EXPECT_EQ(status.code(), c.code) << c.what << ": " << status;
    EXPECT_THAT(Message(status), AllOf(HasSubstr("model.gguf"), HasSubstr("blk.0.ffn_up.weight"))) << c.what;
  }
}

TEST(Gguf, RefusesSharedBytesAndNames) {
  GgufWriter shared = MinimalGguf("qwen2");
  shared.TensorAt("a.weight", {9}, kF32, 0, std::string(64, 'x')).TensorAt("b.weight", {8}, kF32, 32, "");
  EXPECT_THAT(Message(OpenError(shared.Bytes())), AllOf(HasSubstr("a.weight"), HasSubstr("b.weight")));
  GgufWriter twice = MinimalGguf("qwen2");
  twice.Tensor("output.weight", {1}, kF32, "aaaa").Tensor("output.weight", {1}, kF32, "aaaa");
  EXPECT_THAT(Message(OpenError(twice.Bytes())), HasSubstr("lm_head.weight"));
  GgufWriter keys = MinimalGguf("qwen2");
  keys.U32("qwen2.block_count", 2);
  EXPECT_THAT(Message(OpenError(keys.Bytes())), HasSubstr("qwen2.block_count"));
}

TEST(Gguf, RefusesCountsAndLengthsBeyondTheFile) {
  using W = GgufWriter;
  const auto with = [](uint32_t type, const std::string& raw) {
    GgufWriter writer = MinimalGguf("qwen2");
    writer.Key("some.key", type, raw);
    return OpenError(writer.Bytes());
  };
  const std::string u64max = W::Raw(~uint64_t{0});
  const std::string huge = W::Raw(uint64_t{1} << 40);
  for (const absl::Status& status : {
           with(W::kString, u64max),
           with(W::kString, huge),
           with(W::kArray, W::Raw<uint32_t>(W::kU8) + u64max),
           with(W::kArray, W::Raw<uint32_t>(W::kF64) + W::Raw(uint64_t{1} << 61)),
           with(W::kArray, W::Raw<uint32_t>(W::kString) + huge),
           with(W::kArray, W::Raw<uint32_t>(W::kArray) + huge),
           with(W::kArray, W::Raw<uint32_t>(13) + W::Raw(uint64_t{1})),
           with(13, ""),
           with(~0u, ""),
       }) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(Message(status), AllOf(HasSubstr("model.gguf"), HasSubstr("some.key")));
  }
  GgufWriter writer = MinimalGguf("qwen2");
  writer.key_count = uint64_t{1} << 60;
  EXPECT_EQ(OpenError(writer.Bytes()).code(), absl::StatusCode::kInvalidArgument);
  writer.key_count = 5;
  EXPECT_EQ(OpenError(writer.Bytes()).code(), absl::StatusCode::kInvalidArgument);
}

TEST(Gguf, WalksOverNestedListsAndBoundsThem) {
  const auto nested = [](int depth) {
    std::string raw;
    for (int i = 1; i <= depth; ++i) {
      raw += GgufWriter::Raw<uint32_t>(i < depth ? GgufWriter::kArray : GgufWriter::kU8);
      raw += GgufWriter::Raw<uint64_t>(1);
    }
    raw += 'x';
    GgufWriter writer = MinimalGguf("qwen2");
    writer.Key("nested", GgufWriter::kArray, raw).U32("qwen2.context_length", 77);
    return writer.Bytes();
  };
  const Files files = {{"model.gguf", nested(3)}};
  const auto checkpoint = testing::Open(files);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->config().Int("max_position_embeddings").value(), 77);
  EXPECT_THAT(Message(OpenError(nested(50))), AllOf(HasSubstr("nested"), HasSubstr("deep")));
}

TEST(Gguf, RefusesEveryCutOff) {
  GgufWriter writer = MinimalGguf("qwen2");
  writer.Strings("tokenizer.ggml.tokens", {"a", "b"}).Tensor("output.weight", {8}, kF32, std::string(32, 'x'));
  const std::string bytes = writer.Bytes();
  ASSERT_TRUE(OpenError(bytes).ok()) << OpenError(bytes);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(OpenError(bytes.substr(0, length)).ok()) << length;
  }
}

// A model in three parts, as gguf-split makes them.
Files SplitModel() {
  Files files;
  for (uint16_t part = 0; part < 3; ++part) {
    GgufWriter writer = part == 0 ? MinimalGguf("qwen2") : GgufWriter();
    writer.U16("split.no", part).U16("split.count", 3).I32("split.tensors.count", 3);
    writer.Tensor("blk." + std::to_string(part) + ".ffn_norm.weight", {1}, kF32,
                  std::string(4, static_cast<char>('a' + part)));
    files["tiny-0000" + std::to_string(part + 1) + "-of-00003.gguf"] = writer.Bytes();
  }
  return files;
}

void ExpectSplitModel(const absl::StatusOr<Checkpoint>& checkpoint) {
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  ASSERT_EQ(checkpoint->tensors().size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(testing::BytesOf(*checkpoint, "model.layers." + std::to_string(i) + ".post_attention_layernorm.weight"),
              std::string(4, static_cast<char>('a' + i)));
  }
}

TEST(SplitGguf, OpensFromMemoryFolderAndAnyPart) {
  const Files files = SplitModel();
  ExpectSplitModel(testing::Open(files));
  const TempFolder folder;
  for (const auto& [name, bytes] : files) folder.Write(name, bytes);
  ExpectSplitModel(Checkpoint::Open(ModelSource::Path(folder.path().string())));
  for (const auto& [name, bytes] : files) ExpectSplitModel(Checkpoint::Open(ModelSource::Path(folder / name)));
}

TEST(SplitGguf, NamesTheMissingOrWrongPart) {
  Files files = SplitModel();
  files.erase("tiny-00003-of-00003.gguf");
  const absl::Status missing = testing::Open(files).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Message(missing), HasSubstr("tiny-00003-of-00003.gguf"));

  files = SplitModel();
  files["tiny-00003-of-00003.gguf"] = files["tiny-00002-of-00003.gguf"];
  EXPECT_THAT(Message(testing::Open(files).status()), HasSubstr("tiny-00003-of-00003.gguf"));

  files = SplitModel();
  const Files renamed = {{"renamed.gguf", files["tiny-00001-of-00003.gguf"]}};
  EXPECT_THAT(Message(testing::Open(renamed).status()), HasSubstr("renamed.gguf"));

  GgufWriter counts = MinimalGguf("qwen2");
  counts.I32("split.tensors.count", 9).Tensor("output.weight", {1}, kF32, "aaaa");
  EXPECT_THAT(Message(OpenError(counts.Bytes())), HasSubstr("9 tensors"));
}

TEST(Gguf, AsksWhichOneOfSeveralModels) {
  const std::string model = MinimalGguf("qwen2").Bytes();
  const TempFolder folder;
  folder.Write("q4.gguf", model);
  folder.Write("config.json", "{}");  // some repositories of GGUF files have one
  EXPECT_TRUE(Checkpoint::Open(ModelSource::Path(folder.path().string())).ok());
  folder.Write("q8.gguf", model);
  EXPECT_THAT(Message(Checkpoint::Open(ModelSource::Path(folder.path().string())).status()),
              AllOf(HasSubstr("q4.gguf"), HasSubstr("q8.gguf")));
  EXPECT_TRUE(Checkpoint::Open(ModelSource::Path(folder / "q8.gguf")).ok());
}

TEST(Gguf, OpensByContentsUnderAnyName) {
  const TempFolder folder;
  folder.Write("sha256-0123", MinimalGguf("qwen2").Bytes());
  EXPECT_TRUE(Checkpoint::Open(ModelSource::Path(folder / "sha256-0123")).ok());
  folder.Write("notes.txt", "hello");
  EXPECT_EQ(Checkpoint::Open(ModelSource::Path(folder / "notes.txt")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace reckon
