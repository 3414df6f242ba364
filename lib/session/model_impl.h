// What a Model handle shares.
#ifndef RECKON_LIB_SESSION_MODEL_IMPL_H_
#define RECKON_LIB_SESSION_MODEL_IMPL_H_

#include <cstdint>
#include <memory>

#include "arch/architecture.h"
#include "base/thread_pool.h"
#include "checkpoint/checkpoint.h"
#include "decoder/decoder.h"
#include "decoder/kv_cache.h"
#include "decoder/scratch.h"
#include "kernels/kernel_table.h"
#include "reckon/model.h"
#include "weights/model_weights.h"
#include "weights/weight_layout.h"

namespace reckon {

// Everything about a model that is known without reading its weights.
struct ModelShape {
  Architecture architecture;
  const KernelTable* kernels = nullptr;
  WeightLayout layout;
  bool host_holds_weights = false;
  KvGeometry kv;
  ScratchShape scratch;
  int64_t tokenizer_bytes = 0;
  ModelInfo info;
};

// Recognises the architecture, settles the formats and checks all tensors.
// Errors: those of RecognizeArchitecture(), ChooseKernels() and CheckTensors().
absl::StatusOr<ModelShape> ShapeModel(const Checkpoint& checkpoint, const ModelOptions& options);

// The memory for one session of `context` tokens (at least 1) whose prompts are computed `rows` at a time.
// limit: 0 for none. Threads: a pure function.
MemoryPlan PlanMemory(const ModelShape& shape, int64_t context, int64_t rows, int64_t limit);

// RESOURCE_EXHAUSTED with needed bytes, limit, and the largest context that fits, if the plan is over the limit.
absl::Status CheckLimit(const MemoryPlan& plan, int64_t limit);

class Model::Impl {
 public:
  Impl(const ModelOptions& model_options, ModelShape model_shape)
      : options(model_options), shape(std::move(model_shape)), pool(options.threads, options.executor) {}

  ModelOptions options;
  ModelShape shape;
  ThreadPool pool;
  Tokenizer tokenizer;
  SamplerOptions default_sampler_options;
  std::unique_ptr<const ModelWeights> weights;
  std::unique_ptr<const Decoder> decoder;
};

}  // namespace reckon

#endif  // RECKON_LIB_SESSION_MODEL_IMPL_H_
