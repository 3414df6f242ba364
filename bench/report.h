// Results for machines and for people.
#ifndef RECKON_BENCH_REPORT_H_
#define RECKON_BENCH_REPORT_H_

#include <string>

#include "measure_model.h"
#include "nlohmann/json.hpp"
#include "reckon/model.h"

namespace reckon_bench {

struct LoadedModel {
  reckon::ModelInfo info;
  double load_seconds = 0;
  double packed_load_seconds = 0;  // with the weights that the first opening packed
  int64_t peak_rss_bytes = 0;      // while loading
};

// One object; what was not measured is null. Names are those of the documentation.
nlohmann::ordered_json ToJson(const LoadedModel& model, const TestResult& result);

// A header line, and a line a test.
std::string TableHeader();
std::string TableRow(const LoadedModel& model, const TestResult& result);

}  // namespace reckon_bench

#endif  // RECKON_BENCH_REPORT_H_
