// Every corrupted input of tests/data/malformed: a clear error, and no more memory than the files explain. What only
// the floors above can notice (a missing tensor, a broken template) must open here.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "checkpoint/checkpoint.h"
#include "checkpoint/json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/allocation_watch.h"

namespace reckon {
namespace {

// What is wrong is not in the bytes of the checkpoint but in what they mean.
const std::set<std::string>& SeenByFloorsAbove() {
  static const auto* const ids = new std::set<std::string>{
      "ok-hf",          "ok-gguf",         "gguf-heads-zero",    "gguf-missing-tensor", "st-missing-tensor",
      "cfg-heads-zero", "cfg-layers-huge", "cfg-vocab-mismatch", "cfg-arch-unknown",    "tok-merge-unknown",
      "tok-truncated",  "tmpl-syntax"};
  return *ids;
}

uint64_t BytesUnder(const std::filesystem::path& path) {
  if (std::filesystem::is_regular_file(path)) return std::filesystem::file_size(path);
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    std::error_code ignored;
    if (entry.is_regular_file(ignored)) bytes += entry.file_size();
  }
  return bytes;
}

TEST(Malformed, EveryCaseIsAnErrorThatNamesTheFile) {
  std::ifstream manifest(RECKON_TEST_DATA "/malformed/malformed_manifest.jsonl");
  int cases = 0;
  for (std::string line; std::getline(manifest, line); ++cases) {
    const auto json = JsonDocument::Parse(line, "manifest", 4);
    ASSERT_TRUE(json.ok()) << json.status();
    const std::string id(json->root()["id"].get_string().value());
    const std::string path = RECKON_MALFORMED_DIR "/" + std::string(json->root()["path"].get_string().value());
    SCOPED_TRACE(id + ": " + std::string(json->root()["what"].get_string().value()));
    ASSERT_TRUE(std::filesystem::exists(path)) << path;

    const testing::AllocationWatch watch;
    const auto checkpoint = Checkpoint::Open(ModelSource::Path(path));
    // The JSON parser takes 14 times the text, and messages and tables a little of their own.
    const auto allowed = static_cast<int64_t>(20 * BytesUnder(path) + (1 << 20));
    EXPECT_LT(watch.peak(), allowed);
    EXPECT_LT(static_cast<int64_t>(watch.largest()), allowed);

    if (SeenByFloorsAbove().count(id) != 0) {
      EXPECT_TRUE(checkpoint.ok()) << checkpoint.status();
    } else {
      EXPECT_EQ(checkpoint.status().code(), absl::StatusCode::kInvalidArgument) << checkpoint.status();
      EXPECT_THAT(std::string(checkpoint.status().message()), ::testing::HasSubstr(RECKON_MALFORMED_DIR));
    }
  }
  EXPECT_EQ(cases, 29);
}

}  // namespace
}  // namespace reckon
