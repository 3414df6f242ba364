#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "arch/architecture.h"
#include "base/status.h"
#include "base/status_details.h"
#include "kernels/dispatch.h"
#include "session/model_impl.h"
#include "weights/holding.h"

namespace reckon {
namespace {

// None for kAuto.
std::optional<PackedFormat> ToPacked(WeightFormat format) {
  switch (format) {
    case WeightFormat::kF32:
      return PackedFormat::kF32;
    case WeightFormat::kBf16:
      return PackedFormat::kBf16;
    case WeightFormat::kQ8:
      return PackedFormat::kQ8;
    case WeightFormat::kQ4:
      return PackedFormat::kQ4;
    case WeightFormat::kAuto:
      break;
  }
  return std::nullopt;
}

WeightFormat FromPacked(PackedFormat format) {
  switch (format) {
    case PackedFormat::kF32:
      return WeightFormat::kF32;
    case PackedFormat::kQ8:
      return WeightFormat::kQ8;
    case PackedFormat::kQ4:
      return WeightFormat::kQ4;
    case PackedFormat::kBf16:
      break;
  }
  return WeightFormat::kBf16;
}

KvCacheFormat ResolveKvCache(KvCacheFormat wanted, WeightFormat weights) {
  if (wanted != KvCacheFormat::kAuto) return wanted;
  return weights == WeightFormat::kF32 ? KvCacheFormat::kF32 : KvCacheFormat::kBf16;
}

KvFormat ToKvFormat(KvCacheFormat format) {
  switch (format) {
    case KvCacheFormat::kF32:
      return KvFormat::kF32;
    case KvCacheFormat::kQ8:
      return KvFormat::kQ8;
    case KvCacheFormat::kBf16:
    case KvCacheFormat::kAuto:
      break;
  }
  return KvFormat::kBf16;
}

// generation_config.json's eos_token_id, else config.json's; ids outside the vocabulary are errors.
absl::StatusOr<std::vector<TokenId>> ReadEosIds(const Config& config, int64_t vocab_size) {
  std::vector<TokenId> ids;
  const char* const key = config.Has("generation.eos_token_id") ? "generation.eos_token_id" : "eos_token_id";
  if (!config.Has(key)) return ids;
  RECKON_ASSIGN_OR_RETURN(const std::vector<int64_t> values, config.Ints(key));
  for (const int64_t id : values) {
    if (id < 0 || id >= vocab_size) {
      return config.Error(key, absl::StrCat("is ", id, ", outside the vocabulary of ", vocab_size));
    }
    ids.push_back(static_cast<TokenId>(id));
  }
  return ids;
}

int64_t TokenizerBytes(const TokenizerAssets& assets) {
  int64_t bytes = static_cast<int64_t>(assets.tokenizer_json.size() + assets.sentencepiece_model.size());
  if (assets.gguf.has_value() && bytes == 0) {
    for (const std::string& token : assets.gguf->tokens) bytes += static_cast<int64_t>(token.size()) + 16;
    for (const std::string& merge : assets.gguf->merges) bytes += static_cast<int64_t>(merge.size()) + 16;
  }
  return bytes * 3;
}

ModelInfo Describe(const Checkpoint& checkpoint, const Architecture& a, const WeightLayout& layout) {
  ModelInfo info;
  info.name = checkpoint.name();
  info.format = checkpoint.format();
  info.architecture = a.name;
  info.vocab_size = a.vocab_size;
  info.hidden_size = a.hidden_size;
  info.intermediate_size = a.intermediate_size;
  info.num_hidden_layers = a.num_hidden_layers;
  info.num_attention_heads = a.num_attention_heads;
  info.num_key_value_heads = a.num_key_value_heads;
  info.head_dim = a.head_dim;
  info.max_position_embeddings = a.max_position_embeddings;
  info.tie_word_embeddings = a.tie_word_embeddings;
  if (a.sliding_window > 0 && a.first_sliding_layer < a.num_hidden_layers) {
    info.sliding_window = a.sliding_window;
    info.num_sliding_layers = a.num_hidden_layers - a.first_sliding_layer;
  }
  info.parameters = layout.parameters;
  info.weight_bytes = layout.bytes;
  info.weight_bytes_per_token = layout.bytes_per_token;
  return info;
}

int64_t LargestContext(const ModelShape& shape, int64_t rows, int64_t limit) {
  int64_t low = 0;
  int64_t high = shape.architecture.max_position_embeddings;
  if (limit <= 0) return high;
  while (low < high) {
    const int64_t middle = low + (high - low + 1) / 2;
    if (PlanMemory(shape, middle, rows, 0).total_bytes <= limit) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

}  // namespace

absl::StatusOr<ModelShape> ShapeModel(const Checkpoint& checkpoint, const ModelOptions& options) {
  ModelShape shape;
  RECKON_ASSIGN_OR_RETURN(shape.architecture, RecognizeArchitecture(checkpoint.config()));
  RECKON_ASSIGN_OR_RETURN(shape.kernels, ChooseKernels(options.isa));
  const std::optional<PackedFormat> wanted = ToPacked(options.weights);
  const PackedFormat plain = PlainFormat(checkpoint);
  shape.layout = LayOutWeights(shape.architecture, [&](absl::Span<const TensorPart> parts) {
    return HoldMatrix(checkpoint, parts, wanted, plain);
  });
  const WeightFormat weights = wanted.has_value() ? options.weights : FromPacked(shape.layout.format);
  RECKON_RETURN_IF_ERROR(CheckTensors(checkpoint, shape.architecture, shape.layout));
  const KvCacheFormat kv_cache = ResolveKvCache(options.kv_cache, weights);
  shape.kv = KvGeometry(shape.architecture, ToKvFormat(kv_cache));
  shape.host_holds_weights = !options.packed_weights.bytes.empty();
  shape.scratch = ScratchShape(shape.architecture, shape.layout.formats);
  shape.tokenizer_bytes = TokenizerBytes(checkpoint.tokenizer_assets());
  shape.info = Describe(checkpoint, shape.architecture, shape.layout);
  shape.info.weights = weights;
  shape.info.kv_cache = kv_cache;
  shape.info.isa = shape.kernels->name;
  RECKON_ASSIGN_OR_RETURN(shape.info.eos_ids, ReadEosIds(checkpoint.config(), shape.architecture.vocab_size));
  return shape;
}

MemoryPlan PlanMemory(const ModelShape& shape, int64_t context, int64_t rows, int64_t limit) {
  MemoryPlan plan;
  plan.context_tokens = std::clamp<int64_t>(context, 1, shape.architecture.max_position_embeddings);
  plan.weight_bytes = shape.host_holds_weights ? 0 : shape.layout.bytes;
  plan.kv_bytes_per_token = shape.kv.bytes_per_token();
  plan.kv_bytes = shape.kv.BytesFor(plan.context_tokens);
  plan.scratch_bytes = Scratch::BytesFor(shape.scratch, std::min(rows, plan.context_tokens), plan.context_tokens);
  plan.load_bytes = kPanelChannels * shape.scratch.widest * static_cast<int64_t>(sizeof(float));
  plan.tokenizer_bytes = shape.tokenizer_bytes;
  plan.total_bytes = plan.weight_bytes + plan.kv_bytes + plan.scratch_bytes + plan.tokenizer_bytes;
  plan.max_context_that_fits = LargestContext(shape, rows, limit);
  return plan;
}

absl::Status CheckLimit(const MemoryPlan& plan, int64_t limit) {
  if (limit <= 0 || plan.total_bytes <= limit) return absl::OkStatus();
  const std::string advice =
      plan.max_context_that_fits > 0
          ? absl::StrCat("the largest context that fits is ", plan.max_context_that_fits, " tokens")
          : "not even a context of one token fits; choose a smaller weight format or a smaller model";
  absl::Status status = absl::ResourceExhaustedError(
      absl::StrCat("memory_limit_bytes is ", limit, ", but a context of ", plan.context_tokens, " tokens needs ",
                   plan.total_bytes, " bytes (weights ", plan.weight_bytes, ", cache ", plan.kv_bytes, ", activations ",
                   plan.scratch_bytes, ", tokenizer ", plan.tokenizer_bytes, "); ", advice));
  SetDetail(status, StatusDetail::kNeededBytes, plan.total_bytes);
  SetDetail(status, StatusDetail::kLimitBytes, limit);
  SetDetail(status, StatusDetail::kMaxContextThatFits, plan.max_context_that_fits);
  return status;
}

}  // namespace reckon
