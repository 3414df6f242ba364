#include "hub/partial_file.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "unit/hub/scratch.h"

namespace reckon_hub {
namespace {

constexpr int64_t kPart = PartialFile::kPartBytes;

std::string Contents() {
  std::string text(static_cast<size_t>(3 * kPart + 1000), '\0');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 2654435761u >> 13);
  return text;
}

RemoteFile FileOf(const std::string& contents) {
  Hasher hasher(Checksum::Kind::kSha256, static_cast<int64_t>(contents.size()));
  hasher.Update(contents);
  return {"weights", static_cast<int64_t>(contents.size()), {Checksum::Kind::kSha256, *hasher.Hex()}};
}

bool GoOn(int64_t) { return true; }

class PartialFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<PartialFile> Open() {
    absl::StatusOr<std::unique_ptr<PartialFile>> file = PartialFile::Open(scratch_ / "staged", file_, GoOn);
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }
  std::string Part(int64_t part) const { return contents_.substr(static_cast<size_t>(part * kPart), kPart); }
  void WriteAll(PartialFile& file) const {
    for (int64_t part = 0; part < file.part_count(); ++part) ASSERT_TRUE(file.Write(part, Part(part)).ok());
  }
  std::string Incomplete() const { return (scratch_ / "staged.reckon-incomplete").string(); }
  std::string Journal() const { return (scratch_ / "staged.reckon-parts").string(); }

  const Scratch scratch_;
  const std::string contents_ = Contents();
  const RemoteFile file_ = FileOf(contents_);
};

// Known answers: FIPS 180 for SHA-256 of "abc", git for the others.
TEST(DigestTest, KnownAnswers) {
  Hasher sha256(Checksum::Kind::kSha256, 3);
  sha256.Update("a");
  sha256.Update("bc");
  EXPECT_EQ(*sha256.Hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_FALSE(sha256.Hex().ok());
  EXPECT_EQ(*Hasher(Checksum::Kind::kGitBlob, 0).Hex(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  Hasher git(Checksum::Kind::kGitBlob, 13);
  git.Update("test content\n");
  EXPECT_EQ(*git.Hex(), "d670460b4b4aece5915caf5c68d12f560a9fe3e4");
}

TEST_F(PartialFileTest, BecomesTheStagedFile) {
  const std::unique_ptr<PartialFile> file = Open();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->part_count(), 4);
  EXPECT_EQ(file->part_end(3) - file->part_begin(3), 1000);
  EXPECT_EQ(file->bytes_present(), 0);
  WriteAll(*file);
  EXPECT_TRUE(*file->IsRight(GoOn));
  ASSERT_TRUE(file->Finish().ok());
  EXPECT_EQ(Scratch::Read(scratch_ / "staged"), contents_);
  EXPECT_FALSE(std::filesystem::exists(Incomplete()));
  EXPECT_FALSE(std::filesystem::exists(Journal()));
}

TEST_F(PartialFileTest, GoesOnAfterAnEndAtAnyByteOfTheJournal) {
  {
    const std::unique_ptr<PartialFile> file = Open();
    ASSERT_NE(file, nullptr);
    for (const int64_t part : {2, 0, 3}) ASSERT_TRUE(file->Write(part, Part(part)).ok());
  }
  const std::string journal = Scratch::Read(Journal());
  const std::string data = Scratch::Read(Incomplete());
  for (size_t length = 0; length <= journal.size(); length += length < 60 || length + 80 > journal.size() ? 1 : 17) {
    scratch_.Write("staged.reckon-parts", journal.substr(0, length));
    scratch_.Write("staged.reckon-incomplete", data);
    const std::unique_ptr<PartialFile> file = Open();
    ASSERT_NE(file, nullptr);
    EXPECT_FALSE(file->has(1));
    if (length == journal.size()) {
      EXPECT_EQ(file->bytes_present(), 2 * kPart + 1000);
    }
    for (int64_t part = 0; part < file->part_count(); ++part) {
      if (file->has(part)) continue;
      ASSERT_TRUE(file->Write(part, Part(part)).ok());
    }
    ASSERT_TRUE(*file->IsRight(GoOn)) << length;
  }
}

TEST_F(PartialFileTest, DamageOnTheDiskCostsItsPartOnly) {
  {
    const std::unique_ptr<PartialFile> file = Open();
    ASSERT_NE(file, nullptr);
    WriteAll(*file);
  }
  std::string data = Scratch::Read(Incomplete());
  data[static_cast<size_t>(kPart + 7)] ^= 1;
  scratch_.Write("staged.reckon-incomplete", data);
  const std::unique_ptr<PartialFile> file = Open();
  ASSERT_NE(file, nullptr);
  for (int64_t part = 0; part < 4; ++part) EXPECT_EQ(file->has(part), part != 1) << part;
}

TEST_F(PartialFileTest, AnotherFilesRemainsAreNotTakenUp) {
  {
    const std::unique_ptr<PartialFile> file = Open();
    ASSERT_NE(file, nullptr);
    WriteAll(*file);
  }
  std::string journal = Scratch::Read(Journal());
  journal[20] = journal[20] == '0' ? '1' : '0';  // in the checksum
  scratch_.Write("staged.reckon-parts", journal);
  const std::unique_ptr<PartialFile> file = Open();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->bytes_present(), 0);
}

TEST_F(PartialFileTest, DoubtComparesAndReplaces) {
  const std::unique_ptr<PartialFile> file = Open();
  ASSERT_NE(file, nullptr);
  WriteAll(*file);
  std::string wrong = Part(1);
  wrong[5] ^= 1;
  file->Doubt(1, 1);
  ASSERT_TRUE(file->Write(1, wrong).ok());
  EXPECT_EQ(file->parts_replaced(), 1);
  EXPECT_FALSE(*file->IsRight(GoOn));
  file->Doubt(0, 100);
  EXPECT_EQ(file->bytes_present(), 0);
  WriteAll(*file);
  EXPECT_EQ(file->parts_replaced(), 2);
  EXPECT_TRUE(*file->IsRight(GoOn));
}

TEST_F(PartialFileTest, AWrongStagedFileIsABeginning) {
  std::string wrong = contents_;
  wrong[0] ^= 1;
  scratch_.Write("staged", wrong);
  const std::unique_ptr<PartialFile> file = Open();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->bytes_present(), file->size());
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "staged"));
  EXPECT_FALSE(*file->IsRight(GoOn));
  file->Doubt(0, 1);
  ASSERT_TRUE(file->Write(0, Part(0)).ok());
  EXPECT_TRUE(*file->IsRight(GoOn));
}

TEST_F(PartialFileTest, LinksAreNotFollowed) {
  scratch_.Write("elsewhere", "precious");
  std::filesystem::create_symlink(scratch_ / "elsewhere", Incomplete());
  EXPECT_FALSE(PartialFile::Open(scratch_ / "staged", file_, GoOn).ok());
  EXPECT_EQ(Scratch::Read(scratch_ / "elsewhere"), "precious");
}

TEST_F(PartialFileTest, CanBeStopped) {
  {
    const std::unique_ptr<PartialFile> file = Open();
    ASSERT_NE(file, nullptr);
    WriteAll(*file);
    EXPECT_TRUE(absl::IsCancelled(file->IsRight([](int64_t) { return false; }).status()));
  }
  const auto stopped = PartialFile::Open(scratch_ / "staged", file_, [](int64_t) { return false; });
  EXPECT_TRUE(absl::IsCancelled(stopped.status()));
}

}  // namespace
}  // namespace reckon_hub
