#include "checkpoint/hf_folder.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "checkpoint/checkpoint_builder.h"
#include "checkpoint/hf_text.h"
#include "checkpoint/json.h"
#include "checkpoint/json_config.h"
#include "checkpoint/quantized.h"
#include "checkpoint/safetensors.h"

namespace reckon {
namespace {

constexpr uint64_t kMaxConfigBytes = uint64_t{4} << 20;
constexpr uint64_t kMaxIndexBytes = uint64_t{64} << 20;
constexpr size_t kMaxIndexDepth = 8;
constexpr char kSingle[] = "model.safetensors";
constexpr char kIndex[] = "model.safetensors.index.json";

// Tensor name -> file name, from an index.
using WeightMap = std::map<std::string, std::string, std::less<>>;

absl::StatusOr<WeightMap> ReadIndex(const FileSet& files) {
  const std::string origin = files.Label(kIndex);
  RECKON_ASSIGN_OR_RETURN(const std::string text, files.ReadAll(kIndex, kMaxIndexBytes));
  RECKON_ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(text, origin, kMaxIndexDepth));
  RECKON_ASSIGN_OR_RETURN(const simdjson::dom::object root, document.RootObject());
  simdjson::dom::object map;
  if (root["weight_map"].get_object().get(map) != simdjson::SUCCESS) {
    return absl::InvalidArgumentError(absl::StrCat(origin, ": there is no object \"weight_map\""));
  }
  WeightMap result;
  for (const simdjson::dom::key_value_pair field : map) {
    const std::string tensor(field.key);
    std::string_view file;
    if (field.value.get_string().get(file) != simdjson::SUCCESS ||
        !IsPlainName(absl::string_view(file.data(), file.size()))) {
      return absl::InvalidArgumentError(absl::StrCat(origin, ": \"weight_map\" gives tensor ", Quoted(tensor),
                                                     " a file that is not the name of a file in this folder"));
    }
    result[tensor] = std::string(file);
  }
  if (result.empty()) return absl::InvalidArgumentError(absl::StrCat(origin, ": \"weight_map\" is empty"));
  return result;
}

// Adds the tensors of one file. With a weight map, a tensor that the map keeps elsewhere is left out.
absl::Status AddFile(const FileSet& files, const std::string& name, const WeightMap& map, CheckpointBuilder* builder) {
  RECKON_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> source, files.Open(name));
  const int file = builder->AddSource(source);
  RECKON_ASSIGN_OR_RETURN(std::vector<TensorInfo> tensors, ReadSafetensors(*source, file));
  for (TensorInfo& tensor : tensors) {
    const auto it = map.find(tensor.name);
    if (it != map.end() && it->second != name) continue;
    RECKON_RETURN_IF_ERROR(builder->AddTensor(std::move(tensor)));
  }
  return absl::OkStatus();
}

absl::Status AddShards(const FileSet& files, CheckpointBuilder* builder) {
  RECKON_ASSIGN_OR_RETURN(const WeightMap map, ReadIndex(files));
  std::map<std::string, std::string> shards;  // file -> one of its tensors
  for (const auto& [tensor, file] : map) shards.emplace(file, tensor);
  for (const auto& [file, tensor] : shards) {
    RECKON_RETURN_IF_ERROR(Annotate(AddFile(files, file, map, builder), absl::StrCat("a shard of ", kIndex)));
  }
  for (const auto& [tensor, file] : map) {
    if (!builder->Has(tensor)) {
      return absl::InvalidArgumentError(absl::StrCat(files.Label(kIndex), ": tensor ", Quoted(tensor), " should be in ",
                                                     file, ", which does not have it"));
    }
  }
  return absl::OkStatus();
}

// "pytorch_model.bin" and its like hold Python's pickle format.
bool IsPickle(absl::string_view name) {
  return absl::EndsWith(name, ".bin") || absl::EndsWith(name, ".pt") || absl::EndsWith(name, ".pth") ||
         absl::EndsWith(name, ".ckpt");
}

absl::Status NoWeights(const FileSet& files) {
  for (const std::string& name : files.names()) {
    if (IsPickle(name)) {
      return absl::UnimplementedError(absl::StrCat(
          files.Label(name),
          ": this format is Python pickle, which is a program that would run on loading, so it is "
          "not read. Take the safetensors files of the same model (many repositories have them in another revision, "
          "such as refs/convert), or convert it once with transformers: save_pretrained(..., "
          "safe_serialization=True)"));
    }
  }
  return absl::NotFoundError(absl::StrCat(files.Label(""),
                                          ": there is no model.safetensors, "
                                          "model.safetensors.index.json or other .safetensors file"));
}

// The files to take where the folder has neither of the two usual names.
absl::StatusOr<std::vector<std::string>> UnindexedWeights(const FileSet& files) {
  std::vector<std::string> found;
  for (const std::string& name : files.names()) {
    if (absl::EndsWith(name, ".safetensors") && IsPlainName(name)) found.push_back(name);
  }
  if (found.empty()) return NoWeights(files);
  if (found.size() == 1) return found;
  // A complete set of numbered shards needs no index: the headers tell the same.
  for (size_t i = 0; i < found.size(); ++i) {
    if (!absl::EndsWith(found[i], absl::StrFormat("-%05d-of-%05d.safetensors", i + 1, found.size()))) {
      return absl::InvalidArgumentError(absl::StrCat(files.Label(""), ": there is no ", kIndex,
                                                     ", and of several .safetensors files (",
                                                     absl::StrJoin(found.begin(), found.begin() + 2, ", "),
                                                     "...) it is not clear which ones to "
                                                     "take; open one of them by its path, or download the index"));
    }
  }
  return found;
}

absl::Status AddWeights(const FileSet& files, absl::string_view weights, CheckpointBuilder* builder) {
  // Whoever opens a shard by its path means the whole set.
  const bool is_shard = absl::StrContains(weights, "-of-");
  if (!weights.empty() && !is_shard) return AddFile(files, std::string(weights), {}, builder);
  if (weights.empty() && files.Has(kSingle)) return AddFile(files, kSingle, {}, builder);
  if (files.Has(kIndex)) return AddShards(files, builder);
  RECKON_ASSIGN_OR_RETURN(const std::vector<std::string> names, UnindexedWeights(files));
  for (const std::string& name : names) RECKON_RETURN_IF_ERROR(AddFile(files, name, {}, builder));
  return absl::OkStatus();
}

// Older GPTQ folders keep the settings in a file of their own.
absl::Status AddQuantizeConfig(const FileSet& files, Config* config) {
  constexpr char kFile[] = "quantize_config.json";
  if (!files.Has(kFile) || config->Has("quantization_config.quant_method")) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(const std::string text, files.ReadAll(kFile, kMaxConfigBytes));
  RECKON_RETURN_IF_ERROR(AddJsonConfig(text, files.Label(kFile), "quantization_config.", config));
  if (!config->Has("quantization_config.quant_method"))
    config->Set("quantization_config.quant_method", std::string("gptq"));
  return absl::OkStatus();
}

absl::StatusOr<Config> ReadConfig(const FileSet& files) {
  if (!files.Has("config.json")) {
    if (files.Has("adapter_config.json")) {
      return absl::UnimplementedError(absl::StrCat(files.Label("adapter_config.json"),
                                                   ": this is an adapter (LoRA), not a model; merge it into its base "
                                                   "model with peft's merge_and_unload() first"));
    }
    return absl::NotFoundError(
        absl::StrCat(files.Label(""), ": there is no config.json, which says how to use the weights"));
  }
  const std::string origin = files.Label("config.json");
  Config config(origin);
  RECKON_ASSIGN_OR_RETURN(const std::string text, files.ReadAll("config.json", kMaxConfigBytes));
  RECKON_RETURN_IF_ERROR(AddJsonConfig(text, origin, "", &config));
  AddClassicNames(&config);
  if (files.Has("generation_config.json")) {
    RECKON_ASSIGN_OR_RETURN(const std::string generation, files.ReadAll("generation_config.json", kMaxConfigBytes));
    RECKON_RETURN_IF_ERROR(AddJsonConfig(generation, files.Label("generation_config.json"), "generation.", &config));
  }
  return config;
}

}  // namespace

absl::StatusOr<Checkpoint> OpenHfFolder(const FileSet& files, absl::string_view weights) {
  CheckpointBuilder builder(files.Label(weights), "safetensors");
  RECKON_ASSIGN_OR_RETURN(Config config, ReadConfig(files));
  RECKON_RETURN_IF_ERROR(AddQuantizeConfig(files, &config));
  builder.set_config(std::move(config));
  RECKON_RETURN_IF_ERROR(AddWeights(files, weights, &builder));
  RECKON_RETURN_IF_ERROR(ReplaceQuantizedTensors(&builder));
  RECKON_ASSIGN_OR_RETURN(builder.tokenizer_assets(), ReadHfTokenizerAssets(files));
  return std::move(builder).Finish();
}

}  // namespace reckon
