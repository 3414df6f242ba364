#include "server/model_card.h"

#include <string>

#include "chat/history.h"
#include "chat/reasoning_channel.h"
#include "reckon/memory_plan.h"

namespace reckon_server {

int64_t ContextOf(const ServerOptions& options, const reckon::Model& model) {
  if (options.max_context > 0) return options.max_context;
  return model.Plan(model.info().max_position_embeddings).max_context_that_fits;
}

OrderedJson ModelCard(const ServerOptions& options, const reckon::Model& model, const SlotFigures& figures,
                      int64_t created) {
  const reckon::ModelInfo& info = model.info();
  const int64_t context = ContextOf(options, model);
  const reckon::MemoryPlan plan = model.Plan(context);
  const int64_t fixed = plan.weight_bytes + plan.tokenizer_bytes;
  const reckon::TemplateTraits traits = reckon::ChatHistory(model.tokenizer()).traits();
  OrderedJson card;
  card["id"] = options.model_name;
  card["object"] = "model";
  card["created"] = created;
  card["owned_by"] = "reckon";
  card["context_length"] = context;
  card["memory"] = {
      {"used_bytes", fixed + figures.memory_bytes},
      {"planned_bytes", fixed + static_cast<int64_t>(options.slots) * (plan.kv_bytes + plan.scratch_bytes)},
      {"weight_bytes", plan.weight_bytes},
      {"tokenizer_bytes", plan.tokenizer_bytes},
      {"session_bytes", figures.memory_bytes},
      {"kv_bytes_per_token", plan.kv_bytes_per_token}};
  OrderedJson& more = card["reckon"];
  more["architecture"] = info.architecture;
  more["parameters"] = info.parameters;
  more["weights"] = std::string(reckon::WeightFormatName(info.weights));
  more["kv_cache"] = std::string(reckon::KvCacheFormatName(info.kv_cache));
  more["threads"] = model.threads();
  more["reasoning"] = traits.think_marks || model.tokenizer().TokenToId(reckon::kThinkOpen).has_value();
  more["tools"] = traits.tool_calls;
  more["slots"] = {{"total", options.slots}, {"active", figures.active}, {"waiting", figures.waiting}};
  more["context_tokens"] = figures.context_tokens;
  return card;
}

}  // namespace reckon_server
