// A folder that lives as long as its object.
#ifndef RECKON_TESTS_SUPPORT_TEMP_FOLDER_H_
#define RECKON_TESTS_SUPPORT_TEMP_FOLDER_H_

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace reckon::testing {

class TempFolder {
 public:
  TempFolder() {
    static std::atomic<int> count{0};
    // Test programs run side by side: the device's number keeps their folders apart.
    path_ = std::filesystem::temp_directory_path() /
            ("reckon-test-" + std::to_string(std::random_device()()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

  void Write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }

 private:
  std::filesystem::path path_;
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_TEMP_FOLDER_H_
