// Compiled, not run: users may name only the members that they want to set, without a warning (-Wextra) about the
// others. GCC warns about every member that has no initializer in its struct.
#include "reckon/reckon.h"

reckon::EncodeOptions encode{.parse_special = true};
reckon::DecodeOptions decode{.skip_special = true};
reckon::Message message{.role = "user"};
reckon::ChatTemplateOptions chat_template{.add_generation_prompt = false};
reckon::SamplerOptions sampler{.temperature = 0.6f};
reckon::ModelFile file{.name = "model.gguf"};
reckon::ModelOptions model{.threads = 2};
reckon::SessionOptions session{.max_context = 4096};
reckon::AppendOptions append{.progress = [](int64_t, int64_t) {}};
reckon::GenerateOptions generate{.max_tokens = 16};
