// A checkpoint from GGUF files: one, or the parts of a split one.
#include "checkpoint/gguf.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "checkpoint/checkpoint_builder.h"
#include "checkpoint/gguf_config.h"
#include "checkpoint/gguf_names.h"

namespace reckon {
namespace {

// "model-00002-of-00003.gguf": what llama.cpp's gguf-split makes.
struct SplitName {
  std::string prefix;  // "model"
  uint32_t count;
};

constexpr size_t kSplitSuffix = sizeof("-00002-of-00003.gguf") - 1;

bool ParseSplitName(absl::string_view name, SplitName* out) {
  uint32_t number = 0;
  if (name.size() <= kSplitSuffix) return false;
  const absl::string_view suffix = name.substr(name.size() - kSplitSuffix);
  if (!absl::SimpleAtoi(suffix.substr(1, 5), &number) || !absl::SimpleAtoi(suffix.substr(10, 5), &out->count) ||
      number == 0 || number > out->count || suffix != absl::StrFormat("-%05d-of-%05d.gguf", number, out->count)) {
    return false;
  }
  out->prefix = std::string(name.substr(0, name.size() - kSplitSuffix));
  return true;
}

// Rows of q and k that the llama converter reordered (see TensorInfo::interleaved_heads).
absl::Status SetRowOrder(const Config& config, TensorInfo* tensor) {
  const bool q = absl::StrContains(tensor->name, ".self_attn.q_proj.");
  const bool k = absl::StrContains(tensor->name, ".self_attn.k_proj.");
  if (!q && !k) return absl::OkStatus();
  RECKON_ASSIGN_OR_RETURN(const int64_t q_heads, config.Int("num_attention_heads"));
  RECKON_ASSIGN_OR_RETURN(const int64_t k_heads, config.IntOr("num_key_value_heads", q_heads));
  const int64_t heads = q ? q_heads : k_heads;
  if (heads <= 0 || tensor->rows() % heads != 0 || tensor->rows() / heads % 2 != 0) {
    return absl::InvalidArgumentError(absl::StrCat(config.origin(), ": tensor ", Quoted(tensor->name_on_disk), " has ",
                                                   tensor->rows(), " rows, which do not make ", heads,
                                                   " heads of even size"));
  }
  tensor->interleaved_heads = heads;
  return absl::OkStatus();
}

class GgufOpener {
 public:
  GgufOpener(const FileSet& files, absl::string_view name) : files_(files), name_(name) {}

  absl::StatusOr<Checkpoint> Run() {
    SplitName split;
    std::string first(name_);
    const bool numbered = ParseSplitName(name_, &split);
    if (numbered) first = PartName(split, 1);
    RECKON_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> source, files_.Open(first));
    RECKON_ASSIGN_OR_RETURN(GgufHeader header, ReadGgufHeader(*source));
    RECKON_ASSIGN_OR_RETURN(const int64_t parts, SplitCount(*source, header));
    if (parts > 1 && (!numbered || split.count != parts)) {
      return absl::InvalidArgumentError(absl::StrCat(source->name(), ": this is a part of a model split into ", parts,
                                                     " files; keep their names as they were made (NAME-00001-of-",
                                                     absl::StrFormat("%05d", parts), ".gguf)"));
    }
    builder_ = std::make_unique<CheckpointBuilder>(source->name(), absl::StrCat("GGUF v", header.version));
    RECKON_ASSIGN_OR_RETURN(architecture_, GgufArchitecture(header.metadata, source->name()));
    RECKON_ASSIGN_OR_RETURN(Config config, GgufToConfig(header.metadata, source->name()));
    builder_->set_config(std::move(config));
    RECKON_RETURN_IF_ERROR(TakeGgufTokenizer(&header.metadata, source->name(), &builder_->tokenizer_assets()));
    RECKON_RETURN_IF_ERROR(AddTensors(source, &header));
    for (int64_t part = 2; part <= parts; ++part) {
      RECKON_RETURN_IF_ERROR(AddPart(PartName(split, part), part, parts));
    }
    RECKON_RETURN_IF_ERROR(CheckTensorCount(*source, header));
    builder_->config().Set("tie_word_embeddings", !builder_->Has("lm_head.weight"));
    SetRopeTensors();
    return std::move(*builder_).Finish();
  }

 private:
  // Scalings of rotary frequencies that converters write as tensors, without a word in the metadata: Llama 3's and
  // LongRoPE's.
  void SetRopeTensors() {
    Config& config = builder_->config();
    if (builder_->Has("rope_freqs.weight")) {
      config.Set("rope_scaling.factors_tensor", std::string("rope_freqs.weight"));
    }
    if (builder_->Has("rope_factors_short.weight") && builder_->Has("rope_factors_long.weight")) {
      config.Set("rope_scaling.rope_type", std::string("longrope"));
      config.Set("rope_scaling.short_factors_tensor", std::string("rope_factors_short.weight"));
      config.Set("rope_scaling.long_factors_tensor", std::string("rope_factors_long.weight"));
    }
  }

  static std::string PartName(const SplitName& split, int64_t part) {
    return absl::StrFormat("%s-%05d-of-%05d.gguf", split.prefix, part, split.count);
  }

  // 1 if the file is not split.
  static absl::StatusOr<int64_t> SplitCount(const ByteSource& source, const GgufHeader& header) {
    RECKON_ASSIGN_OR_RETURN(const int64_t count, Integer(source, header, "split.count", 1));
    return count < 1 ? 1 : count;
  }

  static absl::StatusOr<int64_t> Integer(const ByteSource& source, const GgufHeader& header, absl::string_view key,
                                         int64_t fallback) {
    const auto it = header.metadata.find(key);
    if (it == header.metadata.end()) return fallback;
    const auto* natural = std::get_if<uint64_t>(&it->second);
    const auto* integer = std::get_if<int64_t>(&it->second);
    if (natural != nullptr && *natural <= UINT32_MAX) return static_cast<int64_t>(*natural);
    if (integer != nullptr) return *integer;
    return absl::InvalidArgumentError(absl::StrCat(source.name(), ": key \"", key, "\" should be a small integer"));
  }

  absl::Status AddPart(const std::string& name, int64_t part, int64_t parts) {
    absl::StatusOr<std::shared_ptr<const ByteSource>> source = files_.Open(name);
    if (!source.ok()) {
      return Annotate(source.status(), absl::StrCat("part ", part, " of ", parts, " of a split GGUF model"));
    }
    RECKON_ASSIGN_OR_RETURN(GgufHeader header, ReadGgufHeader(**source));
    RECKON_ASSIGN_OR_RETURN(const int64_t number, Integer(**source, header, "split.no", part - 1));
    RECKON_ASSIGN_OR_RETURN(const int64_t count, SplitCount(**source, header));
    if (number != part - 1 || count != parts) {
      return absl::InvalidArgumentError(absl::StrCat((*source)->name(), ": says that it is part ", number + 1, " of ",
                                                     count, " and should be part ", part, " of ", parts,
                                                     "; it belongs to another model or was renamed"));
    }
    return AddTensors(*source, &header);
  }

  absl::Status AddTensors(const std::shared_ptr<const ByteSource>& source, GgufHeader* header) {
    const int file = builder_->AddSource(source);
    for (GgufTensor& tensor : header->tensors) {
      TensorInfo info;
      info.name = HfTensorName(architecture_, tensor.name);
      info.name_on_disk = std::move(tensor.name);
      info.dtype = tensor.dtype;
      info.shape = std::move(tensor.shape);
      info.offset = tensor.offset;
      info.nbytes = tensor.nbytes;
      info.file = file;
      if (architecture_ == "llama") RECKON_RETURN_IF_ERROR(SetRowOrder(builder_->config(), &info));
      RECKON_RETURN_IF_ERROR(builder_->AddTensor(std::move(info)));
    }
    return absl::OkStatus();
  }

  absl::Status CheckTensorCount(const ByteSource& source, const GgufHeader& first) {
    const int64_t found = static_cast<int64_t>(builder_->tensors().size());
    RECKON_ASSIGN_OR_RETURN(const int64_t wanted, Integer(source, first, "split.tensors.count", found));
    if (wanted == found) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat(source.name(), ": the model should have ", wanted, " tensors and its files hold ", found));
  }

  const FileSet& files_;
  absl::string_view name_;
  std::string architecture_;
  std::unique_ptr<CheckpointBuilder> builder_;
};

}  // namespace

absl::StatusOr<Checkpoint> OpenGguf(const FileSet& files, absl::string_view name) {
  return GgufOpener(files, name).Run();
}

}  // namespace reckon
