#include "hub/listing.h"

#include <gtest/gtest.h>

#include <string>

namespace reckon_hub {
namespace {

constexpr char kCommit[] = "0123456789abcdef0123456789abcdef01234567";
constexpr char kSha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// In the form of the published interfaces, cut to some fields.
TEST(ListingTest, HuggingFace) {
  const std::string json = std::string(R"({"_id":"x","id":"Qwen/Qwen3-0.6B","private":false,"sha":")") + kCommit +
                           R"(","siblings":[{"rfilename":"config.json","size":726,"blobId":"5fea5c")" + "}]}";
  EXPECT_FALSE(ParseListing(Hub::kHuggingFace, "main", json).ok());  // six digits are no SHA-1
  const std::string good =
      std::string(R"({"id":"Qwen/Qwen3-0.6B","sha":")") + kCommit +
      R"(","siblings":[{"rfilename":"config.json","size":726,"blobId":"A94A8FE5CCB19BA61C4C0873D391E987982FBBD3"},)" +
      R"({"rfilename":"model.safetensors","size":1503300328,"blobId":"a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",)" +
      R"("lfs":{"sha256":")" + kSha256 + R"(","size":1503300328,"pointerSize":135}}]})";
  const absl::StatusOr<Listing> listing = ParseListing(Hub::kHuggingFace, "main", good);
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_EQ(listing->commit, kCommit);
  ASSERT_EQ(listing->files.size(), 2u);
  EXPECT_EQ(listing->files[0].size, 726);
  EXPECT_EQ(listing->files[0].checksum,
            (Checksum{Checksum::Kind::kGitBlob, "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"}));
  EXPECT_EQ(listing->files[1].size, 1503300328);
  EXPECT_EQ(listing->files[1].checksum, (Checksum{Checksum::Kind::kSha256, kSha256}));
}

TEST(ListingTest, ModelScope) {
  const std::string json = std::string(R"({"Code":200,"Data":{"Files":[{"Type":"tree","Path":"figures"},)") +
                           R"({"Type":"blob","Path":"figures/a.png","Size":3,"Sha256":")" + kSha256 + R"("}]}})";
  const absl::StatusOr<Listing> listing = ParseListing(Hub::kModelScope, "v1.0", json);
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_EQ(listing->commit, "v1.0");
  ASSERT_EQ(listing->files.size(), 1u);
  EXPECT_EQ(listing->files[0].path, "figures/a.png");
}

TEST(ListingTest, WhatIsCutShortMayBeTriedAgain) {
  for (const char* cut : {"", "{", R"({"sha":"0123)", "<html>"}) {
    EXPECT_TRUE(absl::IsUnavailable(ParseListing(Hub::kHuggingFace, "main", cut).status())) << cut;
  }
  for (const char* other : {"[]", "{}", "null", "7", R"({"sha":7,"siblings":[]})"}) {
    EXPECT_TRUE(absl::IsFailedPrecondition(ParseListing(Hub::kHuggingFace, "main", other).status())) << other;
    EXPECT_TRUE(absl::IsFailedPrecondition(ParseListing(Hub::kModelScope, "main", other).status())) << other;
  }
}

TEST(ListingTest, Addresses) {
  EXPECT_EQ(ListingUrl(Hub::kHuggingFace, "https://h", "a/b", "refs/pr/1"),
            "https://h/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true");
  EXPECT_EQ(FileUrl(Hub::kHuggingFace, "https://h", "a/b", "c", "d e/f?.json"),
            "https://h/a/b/resolve/c/d%20e/f%3F.json");
  EXPECT_EQ(ListingUrl(Hub::kModelScope, "https://h", "a/b", "master"),
            "https://h/api/v1/models/a/b/repo/files?Revision=master&Recursive=True");
  EXPECT_EQ(FileUrl(Hub::kModelScope, "https://h", "a/b", "v&1", "d/e.json"),
            "https://h/api/v1/models/a/b/repo?Revision=v%261&FilePath=d%2Fe.json");
}

}  // namespace
}  // namespace reckon_hub
