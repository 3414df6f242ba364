#include "cli/model_options.h"

#include "absl/status/status.h"
#include "cli/default_model.h"
#include "cli/interrupt.h"
#include "cli/model_lookup.h"
#include "cli/terminal.h"
#include "reckon/model_source.h"

namespace reckon_cli {

void ModelFlags::AddModelOption(CLI::App& app) {
  app.add_option("-m,--model", path, "Checkpoint folder, .gguf file, or the name of a model that was pulled")
      ->type_name("MODEL");
}

void ModelFlags::AddLoadOptions(CLI::App& app) {
  AddModelOption(app);
  app.add_option("-w,--weights", weights, "Weights in memory: auto, f32, bf16, q8, q4")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "f32", "bf16", "q8", "q4"}));
  app.add_option("--kv-cache", kv_cache, "Keys and values of past tokens in memory: auto, f32, bf16, q8")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "f32", "bf16", "q8"}));
  app.add_option("-t,--threads", threads, "Computing threads; 0: all CPUs this process may use")
      ->capture_default_str()
      ->check(CLI::Range(0, 4096));
  app.add_option("-c,--context", context, "Most tokens to keep; 0: as many as the model allows")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--memory-limit", memory_limit, "Refuse to use more memory than this, for example 1.5GiB or 900MB")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  app.add_option("--isa", isa, "Instruction set of the kernels, for comparisons")->type_name("NAME");
}

absl::StatusOr<std::string> ModelFlags::Path() const {
  if (!path.empty()) return ResolveModel(path, offer_pull);
  std::string found = DefaultModelPath();
  if (found.empty()) {
    return absl::NotFoundError(
        "no model: name a checkpoint folder or .gguf file with -m or in the environment variable RECKON_MODEL");
  }
  return ResolveModel(found, offer_pull);
}

std::string ModelFlags::Name() const {
  const absl::StatusOr<std::string> resolved = ResolveModel(path, false);
  return resolved.ok() && *resolved != path ? path : std::string();
}

absl::StatusOr<reckon::ModelOptions> ModelFlags::Options() const {
  const absl::StatusOr<reckon::WeightFormat> format = reckon::ParseWeightFormat(weights);
  if (!format.ok()) return format.status();
  const absl::StatusOr<reckon::KvCacheFormat> cache = reckon::ParseKvCacheFormat(kv_cache);
  if (!cache.ok()) return cache.status();
  reckon::ModelOptions options;
  options.weights = *format;
  options.kv_cache = *cache;
  options.threads = threads;
  options.memory_limit_bytes = static_cast<int64_t>(memory_limit);
  options.isa = isa;
  return options;
}

absl::StatusOr<reckon::Model> ModelFlags::Open() const {
  const absl::StatusOr<std::string> model_path = Path();
  if (!model_path.ok()) return model_path.status();
  absl::StatusOr<reckon::ModelOptions> options = Options();
  if (!options.ok()) return options.status();
  ProgressBar bar("loading");
  options->progress = [&bar](const reckon::LoadProgress& progress) {
    bar.Update(progress.bytes_done, progress.bytes_total);
  };
  Interrupt::Reset(InterruptMode::kCancel);
  options->cancel = Interrupt::token();
  return reckon::Model::Open(reckon::ModelSource::Path(*model_path), *options);
}

reckon::SessionOptions ModelFlags::MakeSessionOptions(const reckon::Model& model) const {
  reckon::SessionOptions options;
  options.max_context = context;
  if (context == 0 && memory_limit > 0) {
    options.max_context = model.Plan(model.info().max_position_embeddings).max_context_that_fits;
  }
  return options;
}

}  // namespace reckon_cli
