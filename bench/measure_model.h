// One test: a model at one weight format, prompt length, answer length, depth and number of threads.
#ifndef RECKON_BENCH_MEASURE_MODEL_H_
#define RECKON_BENCH_MEASURE_MODEL_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "machine.h"
#include "reckon/model.h"

namespace reckon_bench {

struct TestCase {
  int64_t prompt_tokens = 512;
  int64_t generated_tokens = 128;
  int64_t depth = 0;  // tokens in the context before
  int threads = 0;
  int repetitions = 5;
};

// One value a repetition.
struct Samples {
  std::vector<double> values;

  bool empty() const { return values.empty(); }
  double median() const;
  double min() const;
  double max() const;
};

struct TestResult {
  TestCase test;
  Samples prompt_tps;  // tokens/s of reading the prompt
  Samples decode_tps;  // tokens/s of generating, beginning at `depth`
  Samples ttft_s;      // from handing over the prompt to the first token
  int64_t peak_rss_bytes = 0;
  int64_t planned_bytes = 0;
  double decode_bytes_per_token = 0;  // weights and cache that a generated token reads
  double prompt_ops_per_token = 0;    // of the linear layers that every prompt token passes
  MachineLimits limits;               // mean of before and after
};

// Tokens are pseudo-random, the same every time. `progress` is told what is being done.
// A repetition is: the session at `depth`, read the prompt, first token; the session at `depth` again, generate. So the
// two rates are those of a context of `depth`, as llama-bench has it.
absl::StatusOr<TestResult> MeasureModel(const reckon::Model& model, const TestCase& test, MachineProbe& probe,
                                        const std::function<void(const std::string&)>& progress);

}  // namespace reckon_bench

#endif  // RECKON_BENCH_MEASURE_MODEL_H_
