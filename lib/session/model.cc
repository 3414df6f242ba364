#include "reckon/model.h"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/catch_bad_alloc.h"
#include "base/status.h"
#include "session/generation_config.h"
#include "session/model_impl.h"
#include "text/tokenizer_factory.h"

namespace reckon {
namespace {

constexpr int64_t kPlannedRows = 512;  // SessionOptions::prefill_chunk's default

constexpr struct {
  WeightFormat format;
  absl::string_view name;
} kFormatNames[] = {{WeightFormat::kAuto, "auto"},
                    {WeightFormat::kF32, "f32"},
                    {WeightFormat::kBf16, "bf16"},
                    {WeightFormat::kQ8, "q8"},
                    {WeightFormat::kQ4, "q4"}};

constexpr struct {
  KvCacheFormat format;
  absl::string_view name;
} kCacheNames[] = {{KvCacheFormat::kAuto, "auto"},
                   {KvCacheFormat::kF32, "f32"},
                   {KvCacheFormat::kBf16, "bf16"},
                   {KvCacheFormat::kQ8, "q8"}};

template <typename Names, typename Format>
absl::string_view NameIn(const Names& names, Format format) {
  for (const auto& entry : names) {
    if (entry.format == format) return entry.name;
  }
  return "unknown";
}

// `what` says what the name should have been.
template <typename Names>
auto Parse(const Names& names, absl::string_view name, absl::string_view what)
    -> absl::StatusOr<std::remove_cv_t<decltype(names[0].format)>> {
  for (const auto& entry : names) {
    if (entry.name == name) return entry.format;
  }
  return absl::InvalidArgumentError(absl::StrCat("'", name, "' is not ", what));
}

bool HasTokenizer(const TokenizerAssets& assets) {
  return !assets.tokenizer_json.empty() || !assets.sentencepiece_model.empty() || assets.gguf.has_value();
}

absl::StatusOr<Model> OpenModel(const ModelSource& source, const ModelOptions& options) {
  RECKON_ASSIGN_OR_RETURN(Checkpoint opened, Checkpoint::Open(source));
  RECKON_ASSIGN_OR_RETURN(ModelShape shape, ShapeModel(opened, options));
  RECKON_RETURN_IF_ERROR(
      CheckLimit(PlanMemory(shape, 1, kPlannedRows, options.memory_limit_bytes), options.memory_limit_bytes));
  auto impl = std::make_shared<Model::Impl>(options, std::move(shape));
  impl->options.packed_weights = {};  // the weights keep their owner
  RECKON_ASSIGN_OR_RETURN(impl->default_sampler_options, ReadGenerationConfig(opened.config()));
  // A checkpoint without tokenizer files is a model that takes and gives token ids only.
  if (const TokenizerAssets assets = opened.TakeTokenizerAssets(); HasTokenizer(assets)) {
    absl::StatusOr<Tokenizer> tokenizer = MakeTokenizer(assets);
    if (!tokenizer.ok()) return Annotate(tokenizer.status(), opened.name());
    impl->tokenizer = *std::move(tokenizer);
    std::vector<TokenId>& eos_ids = impl->shape.info.eos_ids;
    const std::optional<TokenId> eos = impl->tokenizer.eos_id();
    if (eos_ids.empty() && eos.has_value()) eos_ids.push_back(*eos);
  }
  const auto checkpoint = std::make_shared<const Checkpoint>(std::move(opened));
  LoadOptions load;
  load.cancel = options.cancel;
  load.packed = options.packed_weights;
  if (options.progress) {
    load.progress = [&options](int64_t done, int64_t total) { options.progress(LoadProgress{done, total}); };
  }
  RECKON_ASSIGN_OR_RETURN(impl->weights, ModelWeights::Load(checkpoint, impl->shape.architecture, impl->shape.layout,
                                                            *impl->shape.kernels, impl->pool, load));
  impl->decoder =
      std::make_unique<const Decoder>(impl->shape.architecture, *impl->weights, *impl->shape.kernels, impl->pool);
  return Model(std::move(impl));
}

}  // namespace

absl::string_view WeightFormatName(WeightFormat format) { return NameIn(kFormatNames, format); }

absl::StatusOr<WeightFormat> ParseWeightFormat(absl::string_view name) {
  return Parse(kFormatNames, name, "a weight format; it is one of auto, f32, bf16, q8, q4");
}

absl::string_view KvCacheFormatName(KvCacheFormat format) { return NameIn(kCacheNames, format); }

absl::StatusOr<KvCacheFormat> ParseKvCacheFormat(absl::string_view name) {
  return Parse(kCacheNames, name, "a format of the key/value cache; it is one of auto, f32, bf16, q8");
}

absl::StatusOr<Model> Model::Open(const ModelSource& source, const ModelOptions& options) {
  return CatchBadAlloc([&] { return OpenModel(source, options); });
}

absl::StatusOr<Model::Inspection> Model::Inspect(const ModelSource& source, const ModelOptions& options,
                                                 int64_t context_tokens) {
  return CatchBadAlloc([&]() -> absl::StatusOr<Inspection> {
    RECKON_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Open(source));
    RECKON_ASSIGN_OR_RETURN(ModelShape shape, ShapeModel(checkpoint, options));
    Inspection inspection;
    inspection.plan = PlanMemory(shape, context_tokens, kPlannedRows, options.memory_limit_bytes);
    inspection.info = std::move(shape.info);
    return inspection;
  });
}

const ModelInfo& Model::info() const { return impl_->shape.info; }
const Tokenizer& Model::tokenizer() const { return impl_->tokenizer; }
const SamplerOptions& Model::default_sampler_options() const { return impl_->default_sampler_options; }

MemoryPlan Model::Plan(int64_t context_tokens) const {
  return PlanMemory(impl_->shape, context_tokens, kPlannedRows, impl_->options.memory_limit_bytes);
}

absl::Span<const uint8_t> Model::packed_weights() const { return impl_->weights->arena(); }

void Model::SetThreads(int threads) const { impl_->pool.SetThreads(threads); }
int Model::threads() const { return impl_->pool.threads(); }

}  // namespace reckon
