// reckon_sampler.
#include <utility>

#include "base/status.h"
#include "capi/call.h"
#include "capi/objects.h"
#include "capi/options_apply.h"

namespace reckon::capi {
namespace {

using ChangingSampler = Changing<reckon_sampler>;

}  // namespace
}  // namespace reckon::capi

using reckon::capi::Call;
using reckon::capi::ChangingSampler;
using reckon::capi::kSamplerBusy;

extern "C" {

reckon_status reckon_sampler_new(const reckon_model* model, const reckon_options* options, reckon_sampler** out_sampler,
                                 reckon_error** error) {
  reckon::capi::Clear(out_sampler);
  return Call(__func__, error, {{"out_sampler", out_sampler}}, [&]() -> absl::Status {
    reckon::SamplerOptions sampler_options;
    if (model != nullptr) sampler_options = model->model.default_sampler_options();
    reckon::capi::Apply(options, &sampler_options);
    RECKON_ASSIGN_OR_RETURN(reckon::Sampler sampler, reckon::Sampler::Create(std::move(sampler_options)));
    *out_sampler = new reckon_sampler(std::move(sampler));
    return absl::OkStatus();
  });
}

reckon_status reckon_sampler_clone(const reckon_sampler* sampler, reckon_sampler** out_sampler, reckon_error** error) {
  reckon::capi::Clear(out_sampler);
  return Call(__func__, error, {{"sampler", sampler}, {"out_sampler", out_sampler}}, [&]() -> absl::Status {
    const reckon::capi::Reading<reckon_sampler> reading(sampler);
    RECKON_RETURN_IF_ERROR(reading.status(kSamplerBusy));
    *out_sampler = new reckon_sampler(sampler->sampler);
    return absl::OkStatus();
  });
}

void reckon_sampler_free(reckon_sampler* sampler) {
  if (sampler != nullptr) sampler->Release();
}

reckon_status reckon_sampler_accept(reckon_sampler* sampler, const reckon_token* tokens, size_t tokens_count,
                                    reckon_error** error) {
  return Call(__func__, error, {{"sampler", sampler}, {"tokens", tokens, tokens_count}}, [&]() -> absl::Status {
    const ChangingSampler changing(sampler);
    RECKON_RETURN_IF_ERROR(changing.status(kSamplerBusy));
    sampler->sampler.Accept(absl::MakeConstSpan(tokens, tokens_count));
    return absl::OkStatus();
  });
}

reckon_status reckon_sampler_rewind(reckon_sampler* sampler, size_t count, reckon_error** error) {
  return Call(__func__, error, {{"sampler", sampler}}, [&]() -> absl::Status {
    const ChangingSampler changing(sampler);
    RECKON_RETURN_IF_ERROR(changing.status(kSamplerBusy));
    sampler->sampler.Rewind(count);
    return absl::OkStatus();
  });
}

reckon_status reckon_sampler_sample(reckon_sampler* sampler, const float* logits, size_t logits_count,
                                    reckon_token* out_token, reckon_error** error) {
  return Call(__func__, error, {{"sampler", sampler}, {"logits", logits, logits_count}, {"out_token", out_token}},
              [&]() -> absl::Status {
                const ChangingSampler changing(sampler);
                RECKON_RETURN_IF_ERROR(changing.status(kSamplerBusy));
                RECKON_ASSIGN_OR_RETURN(*out_token, sampler->sampler.Sample(absl::MakeConstSpan(logits, logits_count)));
                return absl::OkStatus();
              });
}

reckon_status reckon_sampler_reset(reckon_sampler* sampler, reckon_error** error) {
  return Call(__func__, error, {{"sampler", sampler}}, [&]() -> absl::Status {
    const ChangingSampler changing(sampler);
    RECKON_RETURN_IF_ERROR(changing.status(kSamplerBusy));
    sampler->sampler.Reset();
    return absl::OkStatus();
  });
}

}  // extern "C"
