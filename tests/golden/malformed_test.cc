// Damaged checkpoints: each is refused with a message that leads to the damage, and costs no more memory than a whole
// one. tests/data/malformed has the files (packed, because some are symbolic links into nowhere) and a list of what is
// wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "checkpoint/file_set.h"
#include "checkpoint/hf_text.h"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "support/allocation_watch.h"
#include "support/json_lines.h"
#include "text/tokenizer_factory.h"

namespace reckon::testing {
namespace {

using ::testing::HasSubstr;

// The largest of the files has 110 kB; the rest of this is the tokenizer's tables and the session.
constexpr size_t kLargestAllocation = size_t{8} << 20;
constexpr int64_t kPeakBytes = int64_t{32} << 20;

struct Case {
  std::string id, kind, path, what;
  bool refused = true;
};

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const nlohmann::json& row : ReadJsonLines(RECKON_TEST_DATA "/malformed/malformed_manifest.jsonl")) {
    cases.push_back({row.at("id"), row.at("kind"),
                     std::string(RECKON_MALFORMED_FOLDER "/") + row.at("path").get<std::string>(), row.at("what"),
                     row.at("expect") == "error"});
  }
  return cases;
}

// What a reader must find in the message: the file, and the key or tensor where there is one.
const std::multimap<std::string, std::string>& MessageMustName() {
  static const auto& names = *new std::multimap<std::string, std::string>{
      {"gguf-empty", "model.gguf"},
      {"gguf-magic", "model.gguf"},
      {"gguf-cut-kv", "model.gguf"},
      {"gguf-cut-data", "model.gguf"},
      {"gguf-ntensors-huge", "model.gguf"},
      {"gguf-string-overflow", "model.gguf"},
      {"gguf-offset-beyond", "model.gguf"},
      {"gguf-offset-beyond", ".weight"},
      {"gguf-dims-overflow", "model.gguf"},
      {"gguf-dims-overflow", ".weight"},
      {"gguf-type-unknown", "model.gguf"},
      {"gguf-type-unknown", "77"},
      {"gguf-heads-zero", "model.gguf"},
      {"gguf-heads-zero", "num_attention_heads"},
      {"gguf-missing-tensor", "model.gguf"},
      {"gguf-missing-tensor", "norm"},
      {"st-header-long", "model.safetensors"},
      {"st-header-not-json", "model.safetensors"},
      {"st-offset-beyond", "model.safetensors"},
      {"st-offset-beyond", ".weight"},
      {"st-dim-negative", "model.safetensors"},
      {"st-dim-negative", ".weight"},
      {"st-missing-tensor", "up_proj"},
      {"cfg-truncated", "config.json"},
      {"cfg-deep", "config.json"},
      {"cfg-heads-zero", "config.json"},
      {"cfg-heads-zero", "num_attention_heads"},
      {"cfg-layers-huge", "config.json"},
      {"cfg-layers-huge", "num_hidden_layers"},
      {"cfg-vocab-mismatch", "embed_tokens"},
      {"cfg-vocab-mismatch", "300"},
      {"cfg-arch-unknown", "frobnicate"},
      {"idx-traversal", "model.safetensors.index.json"},
      {"idx-symlink-loop", "model.safetensors.index.json"},
      {"tok-merge-unknown", "tokenizer.json"},
      {"tok-merge-unknown", "merge"},
      {"tok-truncated", "tokenizer.json"},
      {"tmpl-syntax", "template"},
  };
  return names;
}

// Everything that a program does with a model: open it, render a message, encode it, run a token.
absl::Status UseModel(const std::string& path) {
  const absl::StatusOr<Model> model = Model::Open(ModelSource::Path(path), {.threads = 1});
  if (!model.ok()) return model.status();
  // The corrupted templates show themselves when rendered; a model without one (the GGUF files) just reads the text.
  absl::StatusOr<std::string> prompt = "aaaaaaaaaaaaaaaa! hello";
  if (!model->tokenizer().chat_template().empty()) {
    prompt = model->tokenizer().ApplyChatTemplate({{.role = "user", .content = *prompt}});
    if (!prompt.ok()) return prompt.status();
  }
  const absl::StatusOr<std::vector<TokenId>> ids = model->tokenizer().Encode(*prompt, {.parse_special = true});
  if (!ids.ok()) return ids.status();
  absl::StatusOr<Session> session = Session::Create(*model);
  if (!session.ok()) return session.status();
  absl::Status appended = session->Append(*ids);
  if (!appended.ok()) return appended;
  absl::StatusOr<Sampler> sampler = Sampler::Create({.temperature = 0});
  if (!sampler.ok()) return sampler.status();
  return session->Next(*sampler).status();
}

// The tokenizer's files alone, as a program does that only counts tokens.
absl::Status UseTokenizer(const std::string& folder) {
  const absl::StatusOr<std::unique_ptr<FileSet>> files = OpenFolder(folder);
  if (!files.ok()) return files.status();
  absl::StatusOr<TokenizerAssets> assets = ReadHfTokenizerAssets(**files);
  if (!assets.ok()) return assets.status();
  const absl::StatusOr<Tokenizer> tokenizer = MakeTokenizer(*std::move(assets));
  if (!tokenizer.ok()) return tokenizer.status();
  return tokenizer->Encode("aaaaaaaaaaaaaaaa! hello").status();
}

void Check(const Case& test_case, const absl::Status& status) {
  if (!test_case.refused) {
    EXPECT_TRUE(status.ok()) << status;
    return;
  }
  ASSERT_FALSE(status.ok()) << "accepted: " << test_case.what;
  // Not "internal" or "unknown": the input is at fault, and the code says so.
  EXPECT_THAT(status.code(), ::testing::AnyOf(absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound,
                                              absl::StatusCode::kUnimplemented))
      << status;
  const auto [begin, end] = MessageMustName().equal_range(test_case.id);
  ASSERT_NE(begin, end) << "say in MessageMustName() what the message about " << test_case.id << " must name";
  for (auto name = begin; name != end; ++name) {
    EXPECT_THAT(std::string(status.message()), HasSubstr(name->second));
  }
}

class MalformedTest : public ::testing::TestWithParam<Case> {};

TEST_P(MalformedTest, IsRefusedWithinBounds) {
  const Case& test_case = GetParam();
  const AllocationWatch watch;
  Check(test_case, UseModel(test_case.path));
  EXPECT_LT(watch.largest(), kLargestAllocation);
  EXPECT_LT(watch.peak(), kPeakBytes);
}

TEST_P(MalformedTest, TokenizerAlone) {
  const Case& test_case = GetParam();
  if (test_case.kind != "tokenizer" && test_case.id != "ok-hf") GTEST_SKIP() << "the tokenizer is whole";
  const AllocationWatch watch;
  Check(test_case, UseTokenizer(test_case.path));
  EXPECT_LT(watch.largest(), kLargestAllocation);
}

INSTANTIATE_TEST_SUITE_P(Golden, MalformedTest, ::testing::ValuesIn(Cases()), [](const auto& test) {
  std::string name = test.param.id;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(MalformedSetTest, IsWhole) { EXPECT_EQ(Cases().size(), 29u); }

}  // namespace
}  // namespace reckon::testing
