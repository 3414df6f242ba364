// A model: weights, tokenizer and defaults, loaded once and shared by any number of sessions.
//
//   absl::StatusOr<reckon::Model> model =
//   reckon::Model::Open(reckon::ModelSource::Path("DeepSeek-R1-Distill-Qwen-1.5B"));
#ifndef RECKON_MODEL_H_
#define RECKON_MODEL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "reckon/cancel.h"
#include "reckon/executor.h"
#include "reckon/memory_plan.h"
#include "reckon/model_source.h"
#include "reckon/packed_weights.h"
#include "reckon/sampler.h"
#include "reckon/tokenizer.h"

namespace reckon {

// How the weights of linear layers are held in memory, whatever type they have on disk. Bits per weight include scales.
enum class WeightFormat {
  kAuto,  // F32 and BF16 sources keep their type, F16 becomes kBf16. What comes quantized (AWQ, GPTQ,
          // compressed-tensors, GGUF's Q4_0, Q4_1, Q5_0, Q8_0, IQ4_NL) is held in kQ4 or kQ8 as it is, without rounding
          // anything again; what neither can hold (GGUF's K types, GPTQ with desc_act) becomes kQ8, and so do the other
          // matrices of such checkpoints
  kF32,   // 32 bits: for comparisons with a reference
  kBf16,  // 16 bits: the published model
  kQ8,    // 8.5 bits: indistinguishable from bf16 in practice
  kQ4,    // 4.5 bits, 5 with the zero points of quantized checkpoints: the fastest and smallest
};
[[nodiscard]] absl::string_view WeightFormatName(WeightFormat format);  // "auto", "f32", "bf16", "q8", "q4"
[[nodiscard]] absl::StatusOr<WeightFormat> ParseWeightFormat(absl::string_view name);

// How keys and values of past tokens are held. Bits per element include scales.
enum class KvCacheFormat {
  kAuto,  // kF32 with kF32 weights, else kBf16
  kF32,   // 32 bits: for comparisons with a reference
  kBf16,  // 16 bits
  kQ8,    // 9 bits: int8 with a scale for every 32 features of a position; for long contexts in little memory
};
[[nodiscard]] absl::string_view KvCacheFormatName(KvCacheFormat format);  // "auto", "f32", "bf16", "q8"
[[nodiscard]] absl::StatusOr<KvCacheFormat> ParseKvCacheFormat(absl::string_view name);

struct LoadProgress {
  int64_t bytes_done = 0;  // of the tensors on disk
  int64_t bytes_total = 0;
};

struct ModelOptions {
  WeightFormat weights = WeightFormat::kAuto;
  KvCacheFormat kv_cache = KvCacheFormat::kAuto;
  // Threads that compute, including the caller's; 0: as many as the CPUs this process may use (affinity, cgroup quota).
  int threads = 0;
  // The host's own pool instead of Reckon's threads, or null.
  std::shared_ptr<Executor> executor{};
  // A ceiling for the heap memory of the model and each of its sessions together, in bytes; 0: none. What would exceed
  // it is refused with RESOURCE_EXHAUSTED before anything is allocated; the message names the largest context that
  // fits.
  int64_t memory_limit_bytes = 0;
  // The instruction set, by name, for tests and comparisons; empty: the best one (or RECKON_ISA from the environment).
  std::string isa{};
  // Called on the opening thread after each tensor; must not throw.
  std::function<void(const LoadProgress&)> progress{};
  // Ends the opening with CANCELLED.
  CancelToken cancel{};
  // If not empty, the weights are not packed but taken from here, which takes milliseconds instead of seconds and no
  // memory: they do not count in MemoryPlan. The checkpoint is still needed, for its configuration, tokenizer and
  // embedding table. INVALID_ARGUMENT if they are of another format or version, or of another checkpoint as far as its
  // tensors' names, shapes and a few bytes of each tell.
  PackedWeights packed_weights{};
};

// What a model is.
struct ModelInfo {
  std::string name;                            // the path it came from
  std::string format;                          // "safetensors", "GGUF v3"
  std::string architecture;                    // "qwen2", "qwen3", "llama"
  std::string isa;                             // the kernels in use
  WeightFormat weights = WeightFormat::kAuto;  // as held in memory; never kAuto
  KvCacheFormat kv_cache = KvCacheFormat::kAuto;
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;
  int64_t head_dim = 0;
  int64_t max_position_embeddings = 0;
  bool tie_word_embeddings = false;
  // Attention in the last num_sliding_layers layers sees only this many positions; 0: all layers see everything.
  int64_t sliding_window = 0;
  int64_t num_sliding_layers = 0;
  int64_t parameters = 0;
  int64_t weight_bytes = 0;            // packed weights in memory
  int64_t weight_bytes_per_token = 0;  // read from memory for each decoded token
  // Tokens that end an answer: generation_config's eos_token_id, else the tokenizer's.
  std::vector<TokenId> eos_ids;
};

// Immutable once open, except for the number of threads; a cheap handle: copies share the model, sessions hold it.
// Threads: every member may be called concurrently.
class Model {
 public:
  class Impl;  // lib/session

  // Opens a checkpoint, checks it against its architecture, packs the weights.
  // Cost: reads every tensor once; peak memory is the result plus one tensor.
  // Errors: NOT_FOUND (no such file, a tensor is missing); INVALID_ARGUMENT (damaged or contradictory; names file, key
  // or
  //   tensor); UNIMPLEMENTED (an architecture or type that is not read); RESOURCE_EXHAUSTED (memory_limit_bytes, or the
  //   system has no more); CANCELLED.
  [[nodiscard]] static absl::StatusOr<Model> Open(const ModelSource& source, const ModelOptions& options = {});

  // The memory that Open() and a session of `context_tokens` would take, and what the model is. Reads headers only.
  // Errors: as Open().
  struct Inspection {
    ModelInfo info;
    MemoryPlan plan;
  };
  [[nodiscard]] static absl::StatusOr<Inspection> Inspect(const ModelSource& source, const ModelOptions& options,
                                                          int64_t context_tokens);

  Model() = default;  // an empty handle: only assignment and destruction are allowed
  explicit Model(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  [[nodiscard]] const ModelInfo& info() const;
  [[nodiscard]] const Tokenizer& tokenizer() const;
  // What the model's authors recommend (generation_config.json): temperature, top_p, top_k... Greedy if they say so.
  [[nodiscard]] const SamplerOptions& default_sampler_options() const;
  [[nodiscard]] MemoryPlan Plan(int64_t context_tokens) const;

  // The weights as they lie in memory, for ModelOptions::packed_weights of a later opening. weight_bytes of them; valid
  // as long as the model or a session of it.
  [[nodiscard]] absl::Span<const uint8_t> packed_weights() const;

  // Changes the number of computing threads; takes effect with the next operation, running sessions included. No effect
  // with a host's executor. Values below 1 mean "as many as the CPUs this process may use".
  void SetThreads(int threads) const;
  [[nodiscard]] int threads() const;

  Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace reckon

#endif  // RECKON_MODEL_H_
