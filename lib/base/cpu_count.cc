#include "base/cpu_count.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>
#include <thread>

#ifdef __linux__
#include <sched.h>
#endif

namespace reckon {
namespace {

#ifdef __linux__
// CPUs worth of quota from one cgroup directory, or 0 if it sets none.
double QuotaOf(const std::string& directory) {
  std::ifstream v2(directory + "/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period && quota != "max" && period > 0) return std::strtod(quota.c_str(), nullptr) / period;
  std::ifstream v1_quota(directory + "/cpu.cfs_quota_us");
  std::ifstream v1_period(directory + "/cpu.cfs_period_us");
  double value = 0;
  if (v1_quota >> value && value > 0 && v1_period >> period && period > 0) return value / period;
  return 0;
}

// The tightest quota on the way from this process's cgroup up to the root.
double CgroupQuota() {
  double best = 0;
  const auto consider = [&best](double quota) {
    if (quota > 0) best = best > 0 ? std::min(best, quota) : quota;
  };
  std::ifstream groups("/proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string path = line.substr(second + 1);
    std::string root = "/sys/fs/cgroup";
    if (!controllers.empty()) {
      if (("," + controllers + ",").find(",cpu,") == std::string::npos) continue;
      root += "/" + controllers;
    }
    while (true) {
      consider(QuotaOf(root + path));
      const size_t slash = path.rfind('/');
      if (path.empty() || slash == std::string::npos) break;
      path.resize(slash);
    }
  }
  return best;
}
#endif

}  // namespace

int UsableCpuCount() {
  int count = std::max(1u, std::thread::hardware_concurrency());
#ifdef __linux__
  cpu_set_t mask;
  if (sched_getaffinity(0, sizeof(mask), &mask) == 0) count = std::max(1, CPU_COUNT(&mask));
  const double quota = CgroupQuota();
  if (quota > 0) count = std::min(count, std::max(1, static_cast<int>(std::ceil(quota - 0.01))));
#endif
  return count;
}

}  // namespace reckon
