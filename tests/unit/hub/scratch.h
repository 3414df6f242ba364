// A folder for one test.
#ifndef RECKON_TESTS_UNIT_HUB_SCRATCH_H_
#define RECKON_TESTS_UNIT_HUB_SCRATCH_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace reckon_hub {

class Scratch {
 public:
  Scratch() : folder_(::testing::TempDir() + "/reckon-hub-XXXXXX") {
    std::string name = folder_.string();
    folder_ = mkdtemp(name.data()) != nullptr ? name : "";
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  // With the folders above it.
  std::filesystem::path Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return folder_ / name;
  }

  static std::string Read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace reckon_hub

#endif  // RECKON_TESTS_UNIT_HUB_SCRATCH_H_
