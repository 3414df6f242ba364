// reckon_model, and memory plans.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "capi/call.h"
#include "capi/objects.h"
#include "capi/options_apply.h"

namespace reckon::capi {
namespace {

absl::StatusOr<ModelSource> PathSource(const char* path, size_t path_size) {
  const absl::string_view view = View(path, path_size);
  if (view.empty()) return absl::InvalidArgumentError("path is empty");
  if (view.find('\0') != absl::string_view::npos) return absl::InvalidArgumentError("path has a NUL character in it");
  return ModelSource::Path(std::string(view));
}

absl::StatusOr<ModelFile> TakeFile(const reckon_file& in) {
  reckon_file file;
  RECKON_RETURN_IF_ERROR(TakeIn(&in, &file));
  if (file.name == nullptr || *file.name == '\0') return absl::InvalidArgumentError("name is NULL or empty");
  if (file.data != nullptr && file.read_at != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("file '", file.name, "' has both data and read_at"));
  }
  if (file.data == nullptr && file.read_at == nullptr && file.size > 0) {
    return absl::InvalidArgumentError(absl::StrCat("file '", file.name, "' has neither data nor read_at"));
  }
  ModelFile result;
  result.name = file.name;
  if (file.read_at == nullptr) {
    result.bytes = absl::MakeConstSpan(static_cast<const uint8_t*>(file.data), static_cast<size_t>(file.size));
    return result;
  }
  result.size = file.size;
  result.read_at = [name = result.name, read_at = file.read_at, user = file.user](uint64_t offset,
                                                                                  absl::Span<uint8_t> out) {
    const reckon_status code = read_at(user, offset, out.data(), out.size());
    if (code == RECKON_OK) return absl::OkStatus();
    const bool known = code > RECKON_OK && code <= RECKON_UNAUTHENTICATED;
    return absl::Status(known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown,
                        absl::StrCat("the caller's read_at of '", name, "' answered ", code, " for ", out.size(),
                                     " bytes at offset ", offset));
  };
  return result;
}

absl::StatusOr<ModelSource> FilesSource(const reckon_file* files, size_t files_count) {
  if (files_count == 0) return absl::InvalidArgumentError("files_count is 0");
  std::vector<ModelFile> taken;
  // An element is as long as the caller's version of the structure.
  const auto* const bytes = reinterpret_cast<const std::byte*>(files);
  const size_t stride = files->struct_size;
  for (size_t i = 0; i < files_count; ++i) {
    const auto* const in = reinterpret_cast<const reckon_file*>(bytes + i * stride);
    absl::Status status;
    if (in->struct_size != stride) status = absl::InvalidArgumentError("struct_size differs from that of the first");
    absl::StatusOr<ModelFile> file = status.ok() ? TakeFile(*in) : status;
    if (!file.ok()) return Annotate(file.status(), absl::StrCat("files[", i, "]"));
    taken.push_back(*std::move(file));
  }
  return ModelSource::Files(std::move(taken));
}

absl::Status Open(const absl::StatusOr<ModelSource>& source, const reckon_options* options, const reckon_watch* watch,
                  reckon_model** out_model) {
  RECKON_RETURN_IF_ERROR(source.status());
  ModelOptions model_options;
  Apply(options, &model_options);
  reckon_watch watched = {};
  if (watch != nullptr) RECKON_RETURN_IF_ERROR(TakeIn(watch, &watched));
  model_options.cancel = TokenOf(watched.cancel);
  if (watched.progress != nullptr) {
    model_options.progress = [&watched](const LoadProgress& progress) {
      watched.progress(watched.user, progress.bytes_done, progress.bytes_total);
    };
  }
  RECKON_ASSIGN_OR_RETURN(Model model, Model::Open(*source, model_options));
  *out_model = new reckon_model(std::move(model));
  return absl::OkStatus();
}

reckon_memory_plan PlanOf(const MemoryPlan& plan) {
  return {0,
          0,
          plan.weight_bytes,
          plan.kv_bytes_per_token,
          plan.kv_bytes,
          plan.scratch_bytes,
          plan.load_bytes,
          plan.tokenizer_bytes,
          plan.total_bytes,
          plan.context_tokens,
          plan.max_context_that_fits};
}

absl::Status PlanSource(const absl::StatusOr<ModelSource>& source, const reckon_options* options,
                        int64_t context_tokens, reckon_memory_plan* out_plan) {
  RECKON_RETURN_IF_ERROR(source.status());
  ModelOptions model_options;
  Apply(options, &model_options);
  RECKON_ASSIGN_OR_RETURN(const Model::Inspection inspection, Model::Inspect(*source, model_options, context_tokens));
  return FillOut(PlanOf(inspection.plan), out_plan);
}

reckon_model_info InfoOf(const ModelInfo& info) {
  return {0,
          info.tie_word_embeddings ? 1 : 0,
          info.vocab_size,
          info.hidden_size,
          info.intermediate_size,
          info.num_hidden_layers,
          info.num_attention_heads,
          info.num_key_value_heads,
          info.head_dim,
          info.max_position_embeddings,
          info.parameters,
          info.weight_bytes,
          info.weight_bytes_per_token};
}

absl::StatusOr<std::string> TextOf(const Model& model, reckon_model_text_key key) {
  const ModelInfo& info = model.info();
  switch (key) {
    case RECKON_MODEL_NAME:
      return info.name;
    case RECKON_MODEL_FORMAT:
      return info.format;
    case RECKON_MODEL_ARCHITECTURE:
      return info.architecture;
    case RECKON_MODEL_WEIGHTS:
      return std::string(WeightFormatName(info.weights));
    case RECKON_MODEL_ISA:
      return info.isa;
    case RECKON_MODEL_CHAT_TEMPLATE:
      return model.tokenizer().empty() ? std::string() : model.tokenizer().chat_template();
    default:
      return absl::InvalidArgumentError(absl::StrCat("there is no text with the key ", key, " in this version"));
  }
}

}  // namespace
}  // namespace reckon::capi

using reckon::capi::Call;

extern "C" {

reckon_status reckon_model_open(const char* path, size_t path_size, const reckon_options* options,
                                const reckon_watch* watch, reckon_model** out_model, reckon_error** error) {
  reckon::capi::Clear(out_model);
  return Call(__func__, error, {{"path", path}, {"out_model", out_model}},
              [&] { return reckon::capi::Open(reckon::capi::PathSource(path, path_size), options, watch, out_model); });
}

reckon_status reckon_model_open_files(const reckon_file* files, size_t files_count, const reckon_options* options,
                                      const reckon_watch* watch, reckon_model** out_model, reckon_error** error) {
  reckon::capi::Clear(out_model);
  return Call(__func__, error, {{"files", files}, {"out_model", out_model}}, [&] {
    return reckon::capi::Open(reckon::capi::FilesSource(files, files_count), options, watch, out_model);
  });
}

reckon_model* reckon_model_retain(const reckon_model* model) { return model == nullptr ? nullptr : model->Retain(); }

void reckon_model_release(reckon_model* model) {
  if (model != nullptr) model->Release();
}

reckon_status reckon_model_get_info(const reckon_model* model, reckon_model_info* out_info, reckon_error** error) {
  return Call(__func__, error, {{"model", model}, {"out_info", out_info}},
              [&] { return reckon::capi::FillOut(reckon::capi::InfoOf(model->model.info()), out_info); });
}

reckon_status reckon_model_get_text(const reckon_model* model, reckon_model_text_key key, char* buffer, size_t capacity,
                                    size_t* out_size, reckon_error** error) {
  return Call(__func__, error, {{"model", model}, {"out_size", out_size}}, [&]() -> absl::Status {
    RECKON_ASSIGN_OR_RETURN(const std::string text, reckon::capi::TextOf(model->model, key));
    return reckon::capi::CopyOut(text, buffer, capacity, out_size);
  });
}

reckon_status reckon_model_eos_tokens(const reckon_model* model, reckon_token* buffer, size_t capacity,
                                      size_t* out_size, reckon_error** error) {
  return Call(__func__, error, {{"model", model}, {"out_size", out_size}},
              [&] { return reckon::capi::CopyOut(model->model.info().eos_ids, buffer, capacity, out_size); });
}

reckon_status reckon_model_set_threads(const reckon_model* model, int32_t threads, reckon_error** error) {
  return Call(__func__, error, {{"model", model}}, [&] {
    model->model.SetThreads(threads);
    return absl::OkStatus();
  });
}

reckon_status reckon_plan_memory(const char* path, size_t path_size, const reckon_options* options,
                                 int64_t context_tokens, reckon_memory_plan* out_plan, reckon_error** error) {
  return Call(__func__, error, {{"path", path}, {"out_plan", out_plan}}, [&] {
    return reckon::capi::PlanSource(reckon::capi::PathSource(path, path_size), options, context_tokens, out_plan);
  });
}

reckon_status reckon_plan_memory_files(const reckon_file* files, size_t files_count, const reckon_options* options,
                                       int64_t context_tokens, reckon_memory_plan* out_plan, reckon_error** error) {
  return Call(__func__, error, {{"files", files}, {"out_plan", out_plan}}, [&] {
    return reckon::capi::PlanSource(reckon::capi::FilesSource(files, files_count), options, context_tokens, out_plan);
  });
}

reckon_status reckon_model_plan_memory(const reckon_model* model, int64_t context_tokens, reckon_memory_plan* out_plan,
                                       reckon_error** error) {
  return Call(__func__, error, {{"model", model}, {"out_plan", out_plan}},
              [&] { return reckon::capi::FillOut(reckon::capi::PlanOf(model->model.Plan(context_tokens)), out_plan); });
}

}  // extern "C"
