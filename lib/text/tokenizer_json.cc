#include "text/tokenizer_json.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "checkpoint/json.h"
#include "simdjson.h"
#include "text/bpe_model.h"
#include "text/tokenizer_json_steps.h"

namespace reckon {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr absl::string_view kFile = "tokenizer.json";
constexpr size_t kMaxDepth = 64;

class Reader {
 public:
  explicit Reader(const TokenizerConfig& config) : config_(config) {}

  absl::Status Read(object root) {
    object model;
    if (root["model"].get_object().get(model) != simdjson::SUCCESS) {
      return absl::InvalidArgumentError("model: missing, or not an object");
    }
    RECKON_RETURN_IF_ERROR(CheckModelType(model));
    RECKON_RETURN_IF_ERROR(ReadVocabulary(root, model));
    RECKON_RETURN_IF_ERROR(ReadNormalizer(Member(root, "normalizer"), "normalizer", &parts_.normalizer));
    bool byte_level = false;
    RECKON_RETURN_IF_ERROR(
        ReadPreTokenizer(Member(root, "pre_tokenizer"), "pre_tokenizer", &parts_.pretokenizer, &byte_level));
    RECKON_RETURN_IF_ERROR(ReadModel(model, byte_level));
    RECKON_RETURN_IF_ERROR(ReadAddedTokens(root));
    DecoderOptions decoder;
    RECKON_RETURN_IF_ERROR(ReadDecoder(Member(root, "decoder"), "decoder", &decoder));
    parts_.decoder = TokenDecoder(*parts_.vocabulary, std::move(decoder), {});
    RECKON_RETURN_IF_ERROR(ReadPostProcessor(root));
    return absl::OkStatus();
  }

  TokenizerParts Take() { return std::move(parts_); }

 private:
  static std::optional<element> Member(object o, std::string_view key) {
    element value;
    if (o[key].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
    return value;
  }

  static bool BoolMember(object o, std::string_view key) {
    bool value = false;
    return o[key].get_bool().get(value) == simdjson::SUCCESS && value;
  }

  static absl::Status CheckModelType(object model) {
    std::string_view type = "BPE";  // files of old versions do not say
    if (Member(model, "type").has_value() && model["type"].get_string().get(type) != simdjson::SUCCESS) {
      return absl::InvalidArgumentError("model.type: not a string");
    }
    if (type != "BPE") {
      return absl::UnimplementedError(absl::StrCat("model.type: \"", Quotable(type), "\" is not supported (only BPE)"));
    }
    double dropout = 0;
    if (model["dropout"].get_double().get(dropout) == simdjson::SUCCESS && dropout != 0) {
      return absl::UnimplementedError("model.dropout: only null is supported");
    }
    for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      std::string_view affix;
      if (model[key].get_string().get(affix) == simdjson::SUCCESS && !affix.empty()) {
        return absl::UnimplementedError(absl::StrCat("model.", View(key), ": only null and \"\" are supported"));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ReadVocabulary(object root, object model) {
    object vocab;
    if (model["vocab"].get_object().get(vocab) != simdjson::SUCCESS) {
      return absl::InvalidArgumentError("model.vocab: missing, or not an object");
    }
    size_t entries = 0;
    for (const auto field : vocab) {
      static_cast<void>(field);
      ++entries;
    }
    array added;
    if (root["added_tokens"].get_array().get(added) == simdjson::SUCCESS) {
      for (const auto item : added) {
        static_cast<void>(item);
        ++entries;
      }
    }
    parts_.vocabulary->Reserve(entries);
    for (const auto field : vocab) {
      int64_t id = 0;
      if (field.value.get_int64().get(id) != simdjson::SUCCESS) {
        return absl::InvalidArgumentError(absl::StrCat("model.vocab[\"", Quotable(field.key), "\"]: not a token id"));
      }
      RECKON_RETURN_IF_ERROR(Annotate(parts_.vocabulary->Add(id, View(field.key)), "model.vocab"));
    }
    if (parts_.vocabulary->entries() == 0) return absl::InvalidArgumentError("model.vocab: there are no tokens");
    return absl::OkStatus();
  }

  absl::Status ReadModel(object model, bool byte_level) {
    BpeModel::Options options;
    options.bytes = byte_level;
    options.byte_fallback = BoolMember(model, "byte_fallback");
    options.fuse_unk = BoolMember(model, "fuse_unk");
    options.ignore_merges = BoolMember(model, "ignore_merges");
    std::string_view unk;
    if (model["unk_token"].get_string().get(unk) == simdjson::SUCCESS) {
      options.unk_id = parts_.vocabulary->Find(View(unk));
      if (!options.unk_id.has_value()) {
        return absl::InvalidArgumentError(
            absl::StrCat("model.unk_token: \"", Quotable(unk), "\" is not in model.vocab"));
      }
    }
    auto bpe = std::make_unique<BpeModel>(parts_.vocabulary.get(), options);
    RECKON_RETURN_IF_ERROR(ReadMerges(model, bpe.get()));
    parts_.model = std::move(bpe);
    return absl::OkStatus();
  }

  static absl::Status ReadMerges(object model, BpeModel* bpe) {
    array merges;
    if (model["merges"].get_array().get(merges) != simdjson::SUCCESS) {
      return absl::InvalidArgumentError("model.merges: missing, or not an array");
    }
    bpe->ReserveMerges(merges.size());
    std::array<BpeModel::MergeText, BpeModel::kMergesTogether> together;
    size_t waiting = 0;
    for (const element merge : merges) {
      std::string_view left;
      std::string_view right;
      if (!SplitMerge(merge, &left, &right)) {
        return absl::InvalidArgumentError(absl::StrCat("model.merges[", bpe->merges() + waiting,
                                                       "]: neither \"LEFT RIGHT\" nor [\"LEFT\", \"RIGHT\"]"));
      }
      together[waiting++] = {View(left), View(right)};
      if (waiting < together.size()) continue;
      RECKON_RETURN_IF_ERROR(AddMerges(together, bpe));
      waiting = 0;
    }
    return AddMerges(absl::MakeConstSpan(together).first(waiting), bpe);
  }

  static absl::Status AddMerges(absl::Span<const BpeModel::MergeText> merges, BpeModel* bpe) {
    const absl::Status added = bpe->AddMerges(merges);
    // The place is spelled out for an error only: there are 150,000 merges.
    return added.ok() ? added : Annotate(added, absl::StrCat("model.merges[", bpe->merges(), "]"));
  }

  static bool SplitMerge(element merge, std::string_view* left, std::string_view* right) {
    std::string_view text;
    if (merge.get_string().get(text) == simdjson::SUCCESS) {
      const size_t space = text.find(' ');
      if (space == std::string_view::npos || text.find(' ', space + 1) != std::string_view::npos) return false;
      *left = text.substr(0, space);
      *right = text.substr(space + 1);
      return true;
    }
    array pair;
    return merge.get_array().get(pair) == simdjson::SUCCESS && pair.size() == 2 &&
           pair.at(0).get_string().get(*left) == simdjson::SUCCESS &&
           pair.at(1).get_string().get(*right) == simdjson::SUCCESS;
  }

  absl::Status ReadAddedTokens(object root) {
    if (!Member(root, "added_tokens").has_value()) return absl::OkStatus();
    array added;
    if (root["added_tokens"].get_array().get(added) != simdjson::SUCCESS) {
      return absl::InvalidArgumentError("added_tokens: not an array");
    }
    size_t i = 0;
    for (const element item : added) {
      RECKON_RETURN_IF_ERROR(Annotate(ReadAddedTokenAt(item), absl::StrCat("added_tokens[", i, "]")));
      ++i;
    }
    return absl::OkStatus();
  }

  absl::Status ReadAddedTokenAt(element item) {
    object fields;
    int64_t id = 0;
    if (item.get_object().get(fields) != simdjson::SUCCESS || fields["id"].get_int64().get(id) != simdjson::SUCCESS) {
      return absl::InvalidArgumentError("not an object with an \"id\"");
    }
    AddedToken token = ReadAddedToken(fields);
    if (token.content.empty()) return absl::InvalidArgumentError("\"content\" is missing or empty");
    // The vocabulary's id wins over the one written here, as in the reference.
    const std::optional<TokenId> known = parts_.vocabulary->Find(token.content);
    if (!known.has_value()) RECKON_RETURN_IF_ERROR(parts_.vocabulary->Add(id, token.content));
    token.id = known.value_or(static_cast<TokenId>(id));
    return parts_.added_tokens.Add(std::move(token), parts_.normalizer);
  }

  absl::Status ReadPostProcessor(object root) {
    TemplateIds ids;
    RECKON_RETURN_IF_ERROR(reckon::ReadPostProcessor(Member(root, "post_processor"), "post_processor", &ids));
    for (const int64_t id : ids.prefix) RECKON_RETURN_IF_ERROR(AppendTemplateId(id, &parts_.prefix));
    for (const int64_t id : ids.suffix) RECKON_RETURN_IF_ERROR(AppendTemplateId(id, &parts_.suffix));
    const auto find = [&](const std::optional<std::string>& token) {
      return token.has_value() ? parts_.vocabulary->Find(*token) : std::nullopt;
    };
    parts_.bos_id = find(config_.bos_token);
    parts_.eos_id = find(config_.eos_token);
    parts_.pad_id = find(config_.pad_token);
    // Without a template in the file, transformers makes one of these.
    if (!ids.found && config_.add_bos_token.value_or(false) && parts_.bos_id.has_value()) {
      parts_.prefix.push_back(*parts_.bos_id);
    }
    if (!ids.found && config_.add_eos_token.value_or(false) && parts_.eos_id.has_value()) {
      parts_.suffix.push_back(*parts_.eos_id);
    }
    return absl::OkStatus();
  }

  absl::Status AppendTemplateId(int64_t id, std::vector<TokenId>* out) {
    if (id < 0 || id >= static_cast<int64_t>(parts_.vocabulary->size())) {
      return absl::InvalidArgumentError(absl::StrCat("post_processor: the token id ", id, " is not in the vocabulary"));
    }
    out->push_back(static_cast<TokenId>(id));
    return absl::OkStatus();
  }

  const TokenizerConfig& config_;
  TokenizerParts parts_;
};

}  // namespace

absl::StatusOr<TokenizerParts> ReadTokenizerJson(absl::string_view json, const TokenizerConfig& config) {
  RECKON_ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json, kFile, kMaxDepth));
  RECKON_ASSIGN_OR_RETURN(const object root, document.RootObject());
  Reader reader(config);
  RECKON_RETURN_IF_ERROR(Annotate(reader.Read(root), kFile));
  return reader.Take();
}

}  // namespace reckon
