// A checkpoint as published on model hubs: config.json, tokenizer files and safetensors.
#ifndef RECKON_LIB_CHECKPOINT_HF_FOLDER_H_
#define RECKON_LIB_CHECKPOINT_HF_FOLDER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/file_set.h"

namespace reckon {

// `weights` is the .safetensors file to use; empty: model.safetensors, else the shards of model.safetensors.index.json,
// else the only .safetensors file there is.
absl::StatusOr<Checkpoint> OpenHfFolder(const FileSet& files, absl::string_view weights);

}  // namespace reckon

#endif  // RECKON_LIB_CHECKPOINT_HF_FOLDER_H_
