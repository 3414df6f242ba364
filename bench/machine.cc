#include "machine.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "dram_read.h"
#include "int8_peak.h"

namespace reckon_bench {
namespace {

constexpr double kDramSeconds = 1.0;
constexpr double kInt8Seconds = 0.5;

using Answer = std::array<double, 2>;

std::optional<double> Positive(double value) {
  return std::isfinite(value) && value > 0 ? std::optional<double>(value) : std::nullopt;
}

// Both are small enough for a pipe to pass on whole.
template <typename T>
bool Receive(int file, T* value) {
  ssize_t count = 0;
  do {
    count = read(file, value, sizeof(*value));
  } while (count < 0 && errno == EINTR);
  return count == static_cast<ssize_t>(sizeof(*value));
}

template <typename T>
bool Send(int file, const T& value) {
  return write(file, &value, sizeof(value)) == static_cast<ssize_t>(sizeof(value));
}

// Until the parent closes its end.
void Serve(int requests, int answers) {
  int32_t threads = 0;
  while (Receive(requests, &threads)) {
    const Answer answer = {DramReadBytesPerSecond(threads, kDramSeconds) * 1e-9,
                           Int8PeakOpsPerSecond(threads, kInt8Seconds) * 1e-9};
    if (!Send(answers, answer)) return;
  }
}

}  // namespace

MachineProbe::MachineProbe() {
  std::array<int, 2> requests = {-1, -1};
  std::array<int, 2> answers = {-1, -1};
  if (pipe(requests.data()) != 0) return;
  if (pipe(answers.data()) != 0) {
    close(requests[0]);
    close(requests[1]);
    return;
  }
  child_ = fork();
  if (child_ == 0) {
    close(requests[1]);
    close(answers[0]);
    Serve(requests[0], answers[1]);
    _exit(0);
  }
  close(requests[0]);
  close(answers[1]);
  requests_ = requests[1];
  answers_ = answers[0];
}

MachineProbe::~MachineProbe() {
  if (requests_ >= 0) close(requests_);
  if (answers_ >= 0) close(answers_);
  while (child_ > 0 && waitpid(child_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

MachineLimits MachineProbe::Measure(int threads) {
  Answer answer = {0, 0};
  if (child_ <= 0 || !Send(requests_, int32_t{threads}) || !Receive(answers_, &answer)) return {};
  return {Positive(answer[0]), Positive(answer[1])};
}

int64_t PeakResidentBytes() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.compare(0, 6, "VmHWM:") == 0) return std::strtoll(line.c_str() + 6, nullptr, 10) * 1024;
  }
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
  return usage.ru_maxrss;
#else
  return usage.ru_maxrss * 1024;
#endif
}

void ResetPeak() {
#if defined(__GLIBC__)
  malloc_trim(0);  // what the model before this one gave back
#endif
  std::ofstream("/proc/self/clear_refs") << "5\n";
}

}  // namespace reckon_bench
