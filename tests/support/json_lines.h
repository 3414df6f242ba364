// Reads files of test cases: one JSON value a line.
#ifndef RECKON_TESTS_SUPPORT_JSON_LINES_H_
#define RECKON_TESTS_SUPPORT_JSON_LINES_H_

#include <fstream>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace reckon::testing {

// Empty if there is no such file: let the test fail on that. Throws on a line that is not JSON.
inline std::vector<nlohmann::json> ReadJsonLines(const std::string& path) {
  std::vector<nlohmann::json> rows;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) rows.push_back(nlohmann::json::parse(line));
  }
  return rows;
}

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_JSON_LINES_H_
