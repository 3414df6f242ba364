#include "report.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "reckon/version.h"

namespace reckon_bench {
namespace {

using nlohmann::ordered_json;

ordered_json OrNull(std::optional<double> value) { return value.has_value() ? ordered_json(*value) : ordered_json(); }

void AddRange(ordered_json& json, const std::string& name, const Samples& samples) {
  json[name] = samples.empty() ? ordered_json() : ordered_json(samples.median());
  json[name + "_min"] = samples.empty() ? ordered_json() : ordered_json(samples.min());
  json[name + "_max"] = samples.empty() ? ordered_json() : ordered_json(samples.max());
}

// The part of what the memory can deliver that generating used.
std::optional<double> DramShare(const TestResult& result) {
  if (result.decode_tps.empty() || !result.limits.dram_read_gbps.has_value()) return std::nullopt;
  return result.decode_tps.median() * result.decode_bytes_per_token * 1e-9 / *result.limits.dram_read_gbps;
}

// The part of what 8-bit arithmetic can do that reading the prompt used. Other arithmetic has other limits.
std::optional<double> Int8Share(const LoadedModel& model, const TestResult& result) {
  const bool int8 = model.info.weights == reckon::WeightFormat::kQ4 || model.info.weights == reckon::WeightFormat::kQ8;
  if (!int8 || result.prompt_tps.empty() || !result.limits.int8_peak_gops.has_value()) return std::nullopt;
  return result.prompt_tps.median() * result.prompt_ops_per_token * 1e-9 / *result.limits.int8_peak_gops;
}

int64_t PeakBytes(const LoadedModel& model, const TestResult& result) {
  return std::max(model.peak_rss_bytes, result.peak_rss_bytes);
}

std::string Rate(const Samples& samples) {
  if (samples.empty()) return "-";
  return absl::StrFormat("%.1f [%.1f-%.1f]", samples.median(), samples.min(), samples.max());
}

std::string Percent(std::optional<double> share) {
  return share.has_value() ? absl::StrFormat("%.0f%%", *share * 100) : "-";
}

std::string Megabytes(int64_t bytes) { return absl::StrFormat("%.0f", static_cast<double>(bytes) * 1e-6); }

constexpr char kRowFormat[] = "%-5s %6s %5s %6s %3s  %-22s %-22s %8s %7s %9s %9s %7s %7s\n";

}  // namespace

ordered_json ToJson(const LoadedModel& model, const TestResult& result) {
  const TestCase& test = result.test;
  ordered_json json;
  json["engine"] = "reckon " RECKON_VERSION_STRING;
  json["model"] = model.info.name;
  json["isa"] = model.info.isa;
  json["prompt_tokens"] = test.prompt_tokens;
  json["generated_tokens"] = test.generated_tokens;
  json["depth"] = test.depth;
  json["threads"] = test.threads;
  json["weights"] = std::string{reckon::WeightFormatName(model.info.weights)};
  json["repetitions"] = test.repetitions;
  AddRange(json, "prompt_tps", result.prompt_tps);
  AddRange(json, "decode_tps", result.decode_tps);
  json["ttft_s_p50"] = result.ttft_s.empty() ? ordered_json() : ordered_json(result.ttft_s.median());
  json["load_s"] = model.load_seconds;
  json["packed_load_s"] = model.packed_load_seconds;
  json["peak_rss_bytes"] = PeakBytes(model, result);
  json["planned_bytes"] = result.planned_bytes;
  json["weight_bytes_per_token"] = model.info.weight_bytes_per_token;
  json["dram_read_gbps"] = OrNull(result.limits.dram_read_gbps);
  json["int8_peak_gops"] = OrNull(result.limits.int8_peak_gops);
  json["dram_read_share"] = OrNull(DramShare(result));
  json["int8_peak_share"] = OrNull(Int8Share(model, result));
  return json;
}

std::string TableHeader() {
  return absl::StrFormat(kRowFormat, "-w", "-p", "-n", "-d", "-t", "prompt tokens/s", "decode tokens/s", "ttft s",
                         "load s", "peak MB", "plan MB", "DRAM", "int8");
}

std::string TableRow(const LoadedModel& model, const TestResult& result) {
  const TestCase& test = result.test;
  return absl::StrFormat(kRowFormat, reckon::WeightFormatName(model.info.weights), absl::StrCat(test.prompt_tokens),
                         absl::StrCat(test.generated_tokens), absl::StrCat(test.depth), absl::StrCat(test.threads),
                         Rate(result.prompt_tps), Rate(result.decode_tps),
                         result.ttft_s.empty() ? "-" : absl::StrFormat("%.3f", result.ttft_s.median()),
                         absl::StrFormat("%.2f", model.load_seconds), Megabytes(PeakBytes(model, result)),
                         Megabytes(result.planned_bytes), Percent(DramShare(result)),
                         Percent(Int8Share(model, result)));
}

}  // namespace reckon_bench
