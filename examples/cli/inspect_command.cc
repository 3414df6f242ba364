// reckon inspect: what a checkpoint is and what memory it will take, without loading it.
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/dtype.h"
#include "cli/command.h"
#include "cli/model_options.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "reckon/model.h"
#include "session/model_impl.h"
#include "weights/tensor_report.h"

namespace reckon_cli {
namespace {

using nlohmann::ordered_json;

constexpr std::array<reckon::WeightFormat, 4> kFormats = {reckon::WeightFormat::kF32, reckon::WeightFormat::kBf16,
                                                          reckon::WeightFormat::kQ8, reckon::WeightFormat::kQ4};

std::string FormatCount(int64_t count) {
  const double value = static_cast<double>(count);
  return value >= 1e9 ? absl::StrFormat("%.3g billion", value * 1e-9) : absl::StrFormat("%.3g million", value * 1e-6);
}

struct TypeCount {
  int64_t tensors = 0;
  int64_t bytes = 0;
};

std::map<std::string, TypeCount> CountTypes(const reckon::Checkpoint& checkpoint) {
  std::map<std::string, TypeCount> types;
  for (const reckon::TensorInfo& tensor : checkpoint.tensors()) {
    TypeCount& count = types[std::string{reckon::InfoOf(tensor.dtype).name}];
    ++count.tensors;
    count.bytes += static_cast<int64_t>(tensor.nbytes);
  }
  return types;
}

class InspectCommand final : public Command {
 public:
  const char* name() const override { return "inspect"; }
  const char* summary() const override { return "Say what a checkpoint is and what memory it will take"; }

  void AddOptions(CLI::App& app) override {
    model_flags_.AddModelOption(app);
    app.add_option("model", model_flags_.path, "The same as -m");
    app.add_option("-c,--context", contexts_, "Contexts to plan for; default: 4096, 32768 and the model's own limit")
        ->check(CLI::PositiveNumber)
        ->delimiter(',')
        ->allow_extra_args(false);
    app.add_flag("--tensors", tensors_,
                 "List all tensors: where each is, how it is stored, how it will be held, and what that costs");
    app.add_option("-w,--weights", weights_, "The format that --tensors speaks of: auto (default), f32, bf16, q8, q4")
        ->check(CLI::IsMember({"auto", "f32", "bf16", "q8", "q4"}));
    app.add_option("--kv-cache", kv_cache_, "Plan for keys and values in this format: auto (default), f32, bf16, q8")
        ->check(CLI::IsMember({"auto", "f32", "bf16", "q8"}));
    app.add_option("--measure", measured_panels_,
                   "Of each matrix, how many times 16 rows are packed to measure the error; default: 4, 0: none")
        ->check(CLI::Range(0, 1 << 20));
    app.add_flag("--json", json_, "Print one JSON object");
  }

  ExitCode Run() override {
    const absl::StatusOr<std::string> path = model_flags_.Path();
    if (!path.ok()) return Fail(path.status());
    const reckon::ModelSource source = reckon::ModelSource::Path(*path);
    const absl::StatusOr<reckon::Checkpoint> checkpoint = reckon::Checkpoint::Open(source);
    if (!checkpoint.ok()) return Fail(checkpoint.status());
    const absl::StatusOr<reckon::Model::Inspection> first = reckon::Model::Inspect(source, {}, 1);
    if (!first.ok()) return Fail(first.status());
    info_ = first->info;
    ChooseContexts();
    if (const absl::Status status = MakePlans(source); !status.ok()) return Fail(status);
    if (tensors_) {
      if (const absl::Status status = Report(*checkpoint); !status.ok()) return Fail(status);
    }
    if (json_) {
      PrintJson(*checkpoint);
    } else {
      PrintText(*checkpoint);
    }
    return kExitOk;
  }

 private:
  void ChooseContexts() {
    if (!contexts_.empty()) return;
    for (const int64_t context : {int64_t{4096}, int64_t{32768}, info_.max_position_embeddings}) {
      if (context <= info_.max_position_embeddings) contexts_.push_back(context);
    }
    contexts_.erase(std::unique(contexts_.begin(), contexts_.end()), contexts_.end());
  }

  absl::Status MakePlans(const reckon::ModelSource& source) {
    const absl::StatusOr<reckon::KvCacheFormat> kv_cache = reckon::ParseKvCacheFormat(kv_cache_);
    if (!kv_cache.ok()) return kv_cache.status();
    for (const reckon::WeightFormat format : kFormats) {
      reckon::ModelOptions options;
      options.weights = format;
      options.kv_cache = *kv_cache;
      for (const int64_t context : contexts_) {
        const absl::StatusOr<reckon::Model::Inspection> inspection = reckon::Model::Inspect(source, options, context);
        if (!inspection.ok()) return inspection.status();
        plans_.emplace_back(format, inspection->plan);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Report(const reckon::Checkpoint& checkpoint) {
    reckon::ModelOptions options;
    const absl::StatusOr<reckon::WeightFormat> weights = reckon::ParseWeightFormat(weights_);
    if (!weights.ok()) return weights.status();
    options.weights = *weights;
    const absl::StatusOr<reckon::ModelShape> shape = reckon::ShapeModel(checkpoint, options);
    if (!shape.ok()) return shape.status();
    absl::StatusOr<std::vector<reckon::TensorReport>> reports =
        reckon::ReportTensors(checkpoint, shape->architecture, shape->layout, *shape->kernels, measured_panels_);
    if (!reports.ok()) return reports.status();
    reports_ = *std::move(reports);
    return absl::OkStatus();
  }

  void PrintText(const reckon::Checkpoint& checkpoint) const {
    Print(absl::StrFormat("%s\n", info_.name));
    Print(absl::StrFormat("  format        %s, %s on disk\n", info_.format,
                          FormatBytes(static_cast<int64_t>(checkpoint.file_bytes()))));
    Print(absl::StrFormat("  architecture  %s, %s parameters\n", info_.architecture, FormatCount(info_.parameters)));
    Print(absl::StrFormat("  shape         %d layers, hidden %d, intermediate %d, vocabulary %d%s\n",
                          info_.num_hidden_layers, info_.hidden_size, info_.intermediate_size, info_.vocab_size,
                          info_.tie_word_embeddings ? ", tied embeddings" : ""));
    Print(absl::StrFormat("  attention     %d heads of %d, %d key/value heads%s\n", info_.num_attention_heads,
                          info_.head_dim, info_.num_key_value_heads,
                          info_.num_sliding_layers == 0
                              ? ""
                              : absl::StrFormat(", the latest %d positions only in %d layers", info_.sliding_window,
                                                info_.num_sliding_layers)));
    Print(absl::StrFormat("  context       up to %d tokens\n", info_.max_position_embeddings));
    Print(absl::StrFormat("  ends at       token %s\n", absl::StrJoin(info_.eos_ids, ", ")));
    std::vector<std::string> types;
    for (const auto& [name, count] : CountTypes(checkpoint)) {
      types.push_back(absl::StrFormat("%d %s (%s)", count.tensors, name, FormatBytes(count.bytes)));
    }
    Print(absl::StrFormat("  tensors       %s\n", absl::StrJoin(types, ", ")));
    PrintPlans();
    if (tensors_) PrintTensors(checkpoint);
  }

  void PrintPlans() const {
    Print(absl::StrFormat("\nMemory%*s", 10, ""));
    for (const int64_t context : contexts_) Print(absl::StrFormat("%12s", absl::StrCat("c=", context)));
    Print("     weights  a token of context\n");
    for (size_t row = 0; row < kFormats.size(); ++row) {
      const std::string name(reckon::WeightFormatName(kFormats[row]));
      Print(absl::StrFormat("  -w %-4s %-7s", name, kFormats[row] == info_.weights ? "(auto)" : ""));
      for (size_t column = 0; column < contexts_.size(); ++column) {
        Print(absl::StrFormat("%12s", FormatBytes(plans_[row * contexts_.size() + column].second.total_bytes)));
      }
      const reckon::MemoryPlan& plan = plans_[row * contexts_.size()].second;
      Print(absl::StrFormat("%12s  %s\n", FormatBytes(plan.weight_bytes), FormatBytes(plan.kv_bytes_per_token)));
    }
  }

  static std::string DescribeError(const reckon::TensorReport& report) {
    if (report.as_stored) return report.measured_rows == 0 || report.relative_error == 0 ? "as stored" : "damaged";
    if (report.measured_rows == 0) return "rounded";
    return absl::StrFormat("rounded, error %.2e", report.relative_error);
  }

  void PrintTensors(const reckon::Checkpoint& checkpoint) const {
    Print(absl::StrFormat("\nTensors (-w %s; error: root mean square of the difference over that of the weights)\n",
                          weights_));
    std::string file;
    for (const reckon::TensorReport& report : reports_) {
      const reckon::TensorInfo& tensor = *report.tensor;
      if (checkpoint.FileOf(tensor) != file) {
        file = checkpoint.FileOf(tensor);
        Print(absl::StrFormat("  in %s\n", file));
      }
      const bool renamed = tensor.name != tensor.name_on_disk;
      Print(absl::StrFormat("  %-52s %s [%s] %s%s -> %s: %s\n", tensor.name, report.stored,
                            absl::StrJoin(tensor.shape, ", "), FormatBytes(static_cast<int64_t>(tensor.nbytes)),
                            renamed ? absl::StrCat(" (", tensor.name_on_disk, ")") : "", report.held,
                            DescribeError(report)));
    }
  }

  void PrintJson(const reckon::Checkpoint& checkpoint) const {
    ordered_json json;
    json["model"] = info_.name;
    json["format"] = info_.format;
    json["architecture"] = info_.architecture;
    json["file_bytes"] = checkpoint.file_bytes();
    json["parameters"] = info_.parameters;
    json["vocab_size"] = info_.vocab_size;
    json["hidden_size"] = info_.hidden_size;
    json["intermediate_size"] = info_.intermediate_size;
    json["num_hidden_layers"] = info_.num_hidden_layers;
    json["num_attention_heads"] = info_.num_attention_heads;
    json["num_key_value_heads"] = info_.num_key_value_heads;
    json["head_dim"] = info_.head_dim;
    json["max_position_embeddings"] = info_.max_position_embeddings;
    json["tie_word_embeddings"] = info_.tie_word_embeddings;
    json["sliding_window"] = info_.sliding_window;
    json["num_sliding_layers"] = info_.num_sliding_layers;
    json["eos_ids"] = info_.eos_ids;
    json["auto_weights"] = std::string{reckon::WeightFormatName(info_.weights)};
    json["tensor_count"] = checkpoint.tensors().size();
    for (const auto& [name, count] : CountTypes(checkpoint)) {
      json["tensor_types"][name] = {{"tensors", count.tensors}, {"bytes", count.bytes}};
    }
    json["plans"] = ordered_json::array();
    for (const auto& [format, plan] : plans_) {
      json["plans"].push_back({{"weights", std::string{reckon::WeightFormatName(format)}},
                               {"context_tokens", plan.context_tokens},
                               {"weight_bytes", plan.weight_bytes},
                               {"kv_bytes_per_token", plan.kv_bytes_per_token},
                               {"kv_bytes", plan.kv_bytes},
                               {"scratch_bytes", plan.scratch_bytes},
                               {"load_bytes", plan.load_bytes},
                               {"tokenizer_bytes", plan.tokenizer_bytes},
                               {"total_bytes", plan.total_bytes}});
    }
    if (tensors_) {
      json["tensors"] = ordered_json::array();
      for (const reckon::TensorReport& report : reports_) {
        const reckon::TensorInfo& tensor = *report.tensor;
        json["tensors"].push_back({{"name", tensor.name},
                                   {"name_on_disk", tensor.name_on_disk},
                                   {"file", checkpoint.FileOf(tensor)},
                                   {"type", std::string{reckon::InfoOf(tensor.dtype).name}},
                                   {"stored", report.stored},
                                   {"shape", tensor.shape},
                                   {"bytes", tensor.nbytes},
                                   {"held", report.held},
                                   {"as_stored", report.as_stored},
                                   {"relative_error", report.relative_error},
                                   {"measured_rows", report.measured_rows}});
      }
    }
    Print(json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  }

  ModelFlags model_flags_;
  std::vector<int64_t> contexts_;
  bool tensors_ = false;
  std::string weights_ = "auto";
  std::string kv_cache_ = "auto";
  int64_t measured_panels_ = 4;
  std::vector<reckon::TensorReport> reports_;
  bool json_ = false;
  reckon::ModelInfo info_;
  // Format by format, in the order of kFormats, each with every context.
  std::vector<std::pair<reckon::WeightFormat, reckon::MemoryPlan>> plans_;
};

}  // namespace

std::unique_ptr<Command> MakeInspectCommand() { return std::make_unique<InspectCommand>(); }

}  // namespace reckon_cli
