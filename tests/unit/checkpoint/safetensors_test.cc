#include "checkpoint/safetensors.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support/safetensors_writer.h"
#include "unit/checkpoint/open.h"

namespace reckon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SafetensorsFile;
using testing::SafetensorsWriter;

absl::StatusOr<Checkpoint> OpenFile(const std::string& file) {
  static std::string kept;  // the source does not own its bytes
  kept = file;
  return testing::Open({{"config.json", "{}"}, {"model.safetensors", kept}});
}

// One entry, as JSON has it, over 8 bytes of data.
absl::Status EntryError(const std::string& entry) {
  const std::string file = SafetensorsFile("{\"t\":" + entry + "}", "01234567");
  const testing::Files files = {{"config.json", "{}"}, {"model.safetensors", file}};
  return testing::Open(files).status();
}

TEST(Safetensors, ReadsNamesTypesAndShapes) {
  const testing::Files files = {{"config.json", "{}"},
                                {"model.safetensors", SafetensorsWriter()
                                                          .Tensor("a", "F32", "[2,1]", "aaaaAAAA")
                                                          .Tensor("b", "BF16", "[3]", "bbBBbb")
                                                          .Tensor("scalar", "U8", "[]", "s")
                                                          .Tensor("empty", "F16", "[0,7]", "")
                                                          .Bytes()}};
  const auto checkpoint = testing::Open(files);
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_EQ(checkpoint->format(), "safetensors");
  ASSERT_EQ(checkpoint->tensors().size(), 4u);
  const TensorInfo& a = *checkpoint->Find("a");
  EXPECT_EQ(a.dtype, DType::kF32);
  EXPECT_THAT(a.shape, ElementsAre(2, 1));
  EXPECT_EQ(a.rows(), 2);
  EXPECT_EQ(a.elements(), 2);
  EXPECT_EQ(a.Describe(), "a F32 [2, 1]");
  EXPECT_EQ(testing::BytesOf(*checkpoint, "a"), "aaaaAAAA");
  EXPECT_EQ(testing::BytesOf(*checkpoint, "b"), "bbBBbb");
  EXPECT_EQ(testing::BytesOf(*checkpoint, "scalar"), "s");
  EXPECT_EQ(testing::BytesOf(*checkpoint, "empty"), "");
  EXPECT_EQ(checkpoint->Find("scalar")->rows(), 1);
}

TEST(Safetensors, TakesHeadersOfAnyLength) {
  // Data that begins at an odd byte: nothing above may assume alignment.
  for (int pad = 0; pad < 9; ++pad) {
    const std::string header =
        R"({"__metadata__":{"format":"pt"},"t":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})" +
        std::string(pad, ' ');
    const testing::Files files = {{"config.json", "{}"}, {"model.safetensors", SafetensorsFile(header, "01234567")}};
    const auto checkpoint = testing::Open(files);
    ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
    EXPECT_EQ(testing::BytesOf(*checkpoint, "t"), "01234567");
  }
}

TEST(Safetensors, ErrorsNameFileAndTensor) {
  for (const char* entry : {
           R"({"dtype":"F32","shape":[2],"data_offsets":[0,7]})",
           R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})",
           R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})",
           R"({"dtype":"F32","shape":[2],"data_offsets":[0,16]})",
           R"({"dtype":"F32","shape":[2],"data_offsets":[1,9]})",
           R"({"dtype":"F32","shape":[2],"data_offsets":[-8,0]})",
           R"({"dtype":"F32","shape":[2],"data_offsets":[0]})",
           R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})",
           R"({"dtype":"F32","shape":[2],"data_offsets":[0.0,8.0]})",
           R"({"dtype":"F32","shape":[18446744073709551615,2],"data_offsets":[0,8]})",
           R"({"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]})",
           R"({"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]})",
           R"({"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]})",
           R"({"dtype":"F32","shape":[1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]})",
           R"({"dtype":"F32","shape":["2"],"data_offsets":[0,8]})",
           R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})",
           R"({"dtype":"Q9","shape":[2],"data_offsets":[0,8]})",
           R"({"dtype":7,"shape":[2],"data_offsets":[0,8]})",
           R"({"shape":[2],"data_offsets":[0,8]})",
           R"({"dtype":"F32","data_offsets":[0,8]})",
           R"({"dtype":"F32","shape":[2]})",
           R"([])",
           R"(null)",
       }) {
    const absl::Status status = EntryError(entry);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << entry << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("model.safetensors"), HasSubstr("\"t\""))) << entry;
  }
}

TEST(Safetensors, SaysWhichTypesAreNotRead) {
  const absl::Status status = EntryError(R"({"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]})");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("F8_E4M3"), HasSubstr("\"t\"")));
}

TEST(Safetensors, RefusesSharedAndUnclaimedBytes) {
  const std::string overlap = R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},
                                  "b":{"dtype":"U8","shape":[3],"data_offsets":[4,7]}})";
  EXPECT_THAT(std::string(OpenFile(SafetensorsFile(overlap, "01234567")).status().message()), HasSubstr("share bytes"));
  const std::string same = R"({"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},
                               "b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}})";
  EXPECT_THAT(std::string(OpenFile(SafetensorsFile(same, "01234567")).status().message()), HasSubstr("share"));
  const std::string hole = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  EXPECT_THAT(std::string(OpenFile(SafetensorsFile(hole, "01234567")).status().message()), HasSubstr("7 bytes"));
}

TEST(Safetensors, RefusesTwoTensorsOfOneName) {
  const std::string header = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},
                                 "a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})";
  const absl::Status status = OpenFile(SafetensorsFile(header, "01234567")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"a\""));
}

TEST(Safetensors, RefusesBrokenHeaders) {
  const std::string valid = SafetensorsWriter().Tensor("t", "U8", "[4]", "abcd").Bytes();
  for (size_t length = 0; length < valid.size(); ++length) {
    const absl::Status status = OpenFile(valid.substr(0, length)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << length << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("model.safetensors"));
  }
  for (const std::string& header : {std::string(), std::string("[]"), std::string("{"), std::string("null"),
                                    "{\"t\":" + std::string(5000, '[') + std::string(5000, ']') + "}"}) {
    EXPECT_EQ(OpenFile(SafetensorsFile(header, "")).status().code(), absl::StatusCode::kInvalidArgument) << header;
  }
  std::string huge(8, '\xff');
  EXPECT_EQ(OpenFile(huge + "{}").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(OpenFile("version https://git-lfs.github.com/spec/v1\n").status().message()),
              HasSubstr("LFS"));
}

}  // namespace
}  // namespace reckon
