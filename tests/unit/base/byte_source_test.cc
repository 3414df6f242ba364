#include "base/byte_source.h"

#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/temp_folder.h"

namespace reckon {
namespace {

using ::testing::HasSubstr;
using testing::TempFolder;

std::string Read(const ByteSource& source, uint64_t offset, size_t length) {
  std::string text(length, '?');
  const absl::Status status =
      source.ReadAt(offset, absl::MakeSpan(reinterpret_cast<uint8_t*>(text.data()), text.size()));
  return status.ok() ? text : status.ToString();
}

absl::Span<const uint8_t> AsBytes(const std::string& text) {
  return absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// What any source of the text "0123456789" must do.
void ExpectReads(const ByteSource& source) {
  EXPECT_EQ(source.size(), 10u);
  EXPECT_EQ(Read(source, 0, 10), "0123456789");
  EXPECT_EQ(Read(source, 9, 1), "9");
  EXPECT_EQ(Read(source, 10, 0), "");
  std::vector<uint8_t> out(2);
  for (const uint64_t offset : {uint64_t{9}, uint64_t{10}, uint64_t{11}, ~uint64_t{0}}) {
    EXPECT_EQ(source.ReadAt(offset, absl::MakeSpan(out)).code(), absl::StatusCode::kOutOfRange) << offset;
  }
}

TEST(FileSource, ReadsAndMaps) {
  const TempFolder folder;
  folder.Write("digits", "0123456789");
  const auto source = OpenFileSource(folder / "digits");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ((*source)->name(), folder / "digits");
  ExpectReads(**source);
  ASSERT_NE((*source)->Map(), nullptr);
  EXPECT_EQ(std::memcmp((*source)->Map(), "0123456789", 10), 0);
}

TEST(FileSource, KeepsBytesAfterRelease) {
  const TempFolder folder;
  std::string bytes(100000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  folder.Write("big", bytes);
  const auto source = OpenFileSource(folder / "big");
  ASSERT_TRUE(source.ok());
  (*source)->Release(1, 50000);
  (*source)->Release(99999, 1);
  (*source)->Release(0, ~uint64_t{0});
  (*source)->Release(~uint64_t{0}, 1);
  ASSERT_NE((*source)->Map(), nullptr);
  EXPECT_EQ(std::memcmp((*source)->Map(), bytes.data(), bytes.size()), 0);
  EXPECT_EQ(Read(**source, 12345, 50000), bytes.substr(12345, 50000));
}

TEST(FileSource, OpensEmptyFiles) {
  const TempFolder folder;
  folder.Write("empty", "");
  const auto source = OpenFileSource(folder / "empty");
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->size(), 0u);
  EXPECT_EQ((*source)->Map(), nullptr);
  EXPECT_EQ(Read(**source, 0, 0), "");
}

TEST(FileSource, AFileCutShortIsAnErrorAndNotASignal) {
  const TempFolder folder;
  folder.Write("shrinking", std::string(100000, 'x'));
  const auto source = OpenFileSource(folder / "shrinking");
  ASSERT_TRUE(source.ok());
  std::filesystem::resize_file(folder / "shrinking", 10);
  EXPECT_EQ((*source)->Map(), nullptr);
  std::vector<uint8_t> out(100);
  const absl::Status status = (*source)->ReadAt(50000, absl::MakeSpan(out));
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(status.message()), HasSubstr("shrinking"));
}

TEST(FileSource, RefusesWhatIsNoRegularFile) {
  const TempFolder folder;
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);  // opening one for reading would wait for a writer
  for (const std::string& path : {folder / "fifo", folder.path().string(), std::string("/dev/zero")}) {
    const auto source = OpenFileSource(path);
    EXPECT_EQ(source.status().code(), absl::StatusCode::kInvalidArgument) << path;
    EXPECT_THAT(std::string(source.status().message()), HasSubstr(path));
  }
}

TEST(FileSource, TellsWhyAFileCannotBeOpened) {
  const TempFolder folder;
  folder.Write("file", "x");
  EXPECT_EQ(OpenFileSource(folder / "none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OpenFileSource(folder / "file/below").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(OpenFileSource(std::string("a\0b", 3)).status().code(), absl::StatusCode::kInvalidArgument);
  std::filesystem::create_symlink("loop", folder / "loop");
  EXPECT_EQ(OpenFileSource(folder / "loop").status().code(), absl::StatusCode::kInvalidArgument);
  std::filesystem::create_symlink("file", folder / "link");
  EXPECT_TRUE(OpenFileSource(folder / "link").ok());
}

TEST(MemorySource, ReadsTheCallersBytes) {
  const std::string text = "0123456789";
  const auto source = MakeMemorySource("memory", AsBytes(text));
  ExpectReads(*source);
  EXPECT_EQ(source->Map(), AsBytes(text).data());
}

TEST(CallbackSource, NeverCallsPastTheEnd) {
  const std::string text = "0123456789";
  const auto source = MakeCallbackSource("callback", 10, [&](uint64_t offset, absl::Span<uint8_t> out) {
    EXPECT_LE(offset + out.size(), 10u);
    EXPECT_FALSE(out.empty());
    std::memcpy(out.data(), text.data() + offset, out.size());
    return absl::OkStatus();
  });
  ExpectReads(*source);
  EXPECT_EQ(source->Map(), nullptr);
}

TEST(CallbackSource, PassesErrorsOn) {
  const auto source = MakeCallbackSource(
      "vault", 10, [](uint64_t, absl::Span<uint8_t>) { return absl::UnauthenticatedError("the key is wrong"); });
  std::vector<uint8_t> out(4);
  const absl::Status status = source->ReadAt(3, absl::MakeSpan(out));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(std::string(status.message()), HasSubstr("vault"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("the key is wrong"));
}

TEST(CallbackSource, MakesOneCallAtATime) {
  int inside = 0;
  int most = 0;
  const auto source = MakeCallbackSource("callback", 10, [&](uint64_t, absl::Span<uint8_t> out) {
    most = std::max(most, ++inside);
    std::this_thread::yield();
    std::memset(out.data(), 0, out.size());
    --inside;
    return absl::OkStatus();
  });
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      std::vector<uint8_t> out(4);
      for (int i = 0; i < 500; ++i) EXPECT_TRUE(source->ReadAt(0, absl::MakeSpan(out)).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace reckon
