// The tokenizer and chat template files of a Hugging Face folder.
#ifndef RECKON_LIB_CHECKPOINT_HF_TEXT_H_
#define RECKON_LIB_CHECKPOINT_HF_TEXT_H_

#include "absl/status/statusor.h"
#include "checkpoint/file_set.h"
#include "checkpoint/tokenizer_assets.h"

namespace reckon {

// Reads whatever is there. Templates: tokenizer_config.json, then chat_template.json, chat_template.jinja and
// additional_chat_templates/NAME.jinja, each taking precedence over the ones before, as transformers has it.
// Errors: INVALID_ARGUMENT (a file is longer than any of its kind; JSON with templates is broken), and those of
// reading.
absl::StatusOr<TokenizerAssets> ReadHfTokenizerAssets(const FileSet& files);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_HF_TEXT_H_
