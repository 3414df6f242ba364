// What was set in a reckon_options, as the C++ API's structures. Null options are no settings.
#ifndef RECKON_CAPI_OPTIONS_APPLY_H_
#define RECKON_CAPI_OPTIONS_APPLY_H_

#include "capi/objects.h"
#include "reckon/chat.h"
#include "reckon/generate.h"
#include "reckon/model.h"
#include "reckon/sampler.h"
#include "reckon/session.h"
#include "reckon/tokenizer.h"

namespace reckon::capi {

void Apply(const reckon_options* options, ModelOptions* out);
void Apply(const reckon_options* options, SessionOptions* out);
void Apply(const reckon_options* options, SamplerOptions* out);
void Apply(const reckon_options* options, GenerateOptions* out);
void Apply(const reckon_options* options, ChatTemplateOptions* out);
void Apply(const reckon_options* options, ThinkingOptions* out);
// All but the sampler's, for which one has to know the model.
void Apply(const reckon_options* options, ChatOptions* out);

}  // namespace reckon::capi

#endif  // RECKON_CAPI_OPTIONS_APPLY_H_
