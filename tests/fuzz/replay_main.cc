// Runs a fuzz target over the files named on the command line, or in the folders named there: each as it is, cut short,
// and with a few bytes changed. This makes the corpus a regression test with any compiler; libFuzzer brings its own
// main(). The changes come from a fixed seed, so a failure comes back.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using Bytes = std::vector<uint8_t>;

constexpr int kMutations = 200;

void Run(const Bytes& bytes) {
  // A copy of exactly this size, so that AddressSanitizer sees a read past the end.
  const Bytes exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

Bytes Mutated(const Bytes& bytes, std::minstd_rand& random) {
  Bytes result = bytes;
  if (random() % 4 == 0) result.resize(random() % (result.size() + 1));
  static constexpr uint8_t kInteresting[] = {0x00, 0x01, 0x7f, 0x80, 0xff, '"', '{', '}', '[', ']', '0', '-', '%'};
  for (size_t changes = random() % 4; changes > 0 && !result.empty(); --changes) {
    const size_t at = random() % result.size();
    const size_t run = std::min<size_t>(result.size() - at, random() % 2 == 0 ? 1 : 8);
    const bool interesting = random() % 2 == 0;
    const auto value = static_cast<uint8_t>(interesting ? kInteresting[random() % std::size(kInteresting)] : random());
    std::fill_n(result.begin() + static_cast<std::ptrdiff_t>(at), run, value);
  }
  return result;
}

int Replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Run(bytes);
  std::minstd_rand random(static_cast<uint32_t>(bytes.size() + 1));
  for (int i = 0; i < kMutations; ++i) Run(Mutated(bytes, random));
  return 1 + kMutations;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const std::filesystem::directory_entry& entry : std::filesystem::recursive_directory_iterator(argv[i])) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  int count = 0;
  for (const std::filesystem::path& file : files) count += Replay(file);
  std::printf("%d inputs\n", count);
  return count > 0 ? 0 : 1;
}
