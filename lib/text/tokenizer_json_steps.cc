#include "text/tokenizer_json_steps.h"

#include <algorithm>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "text/unicode.h"

namespace reckon {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

// More steps than any published file has by far; a bound for the work that a file can ask for.
constexpr size_t kMaxSteps = 32;
// How many times longer all replacements together may make a text.
constexpr size_t kMaxGrowth = 16;

absl::Status Malformed(absl::string_view path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

absl::Status Unsupported(absl::string_view path, absl::string_view what) {
  return absl::UnimplementedError(absl::StrCat(path, ": ", what, " is not supported"));
}

absl::StatusOr<std::string_view> StringMember(object o, std::string_view key, const std::string& path) {
  std::string_view text;
  if (o[key].get_string().get(text) != simdjson::SUCCESS) {
    return Malformed(absl::StrCat(path, ".", View(key)), "missing, or not a string");
  }
  return text;
}

bool BoolMember(object o, std::string_view key, bool otherwise) {
  bool value = false;
  return o[key].get_bool().get(value) == simdjson::SUCCESS ? value : otherwise;
}

std::string_view StringOr(object o, std::string_view key, std::string_view otherwise) {
  std::string_view text;
  return o[key].get_string().get(text) == simdjson::SUCCESS ? text : otherwise;
}

uint64_t NumberOr(object o, std::string_view key, uint64_t otherwise) {
  uint64_t number = 0;
  return o[key].get_uint64().get(number) == simdjson::SUCCESS ? number : otherwise;
}

struct Step {
  std::string_view type;
  object fields;
  std::string path;
  bool last;
};

// Takes Sequences apart, in order. `list` is the name of a Sequence's member.
absl::Status CollectSteps(element value, std::string_view list, const std::string& path, std::vector<Step>* steps) {
  object fields;
  if (value.get_object().get(fields) != simdjson::SUCCESS) return Malformed(path, "not an object");
  RECKON_ASSIGN_OR_RETURN(const std::string_view type, StringMember(fields, "type", path));
  if (type != "Sequence") {
    if (steps->size() == kMaxSteps)
      return Unsupported(path, absl::StrCat("a sequence of more than ", kMaxSteps, " steps"));
    steps->push_back({type, fields, path, false});
    return absl::OkStatus();
  }
  array items;
  const std::string list_path = absl::StrCat(path, ".", View(list));
  if (fields[list].get_array().get(items) != simdjson::SUCCESS) return Malformed(list_path, "missing, or not an array");
  size_t i = 0;
  for (const element item : items) {
    // Recursion is bounded by the depth to which the JSON reader goes.
    RECKON_RETURN_IF_ERROR(CollectSteps(item, list, absl::StrCat(list_path, "[", i, "]"), steps));
    ++i;
  }
  return absl::OkStatus();
}

absl::Status ForEachStep(const std::optional<element>& value, std::string_view list, const std::string& path,
                         absl::FunctionRef<absl::Status(const Step&)> on_step) {
  if (!value.has_value()) return absl::OkStatus();
  std::vector<Step> steps;
  RECKON_RETURN_IF_ERROR(CollectSteps(*value, list, path, &steps));
  if (!steps.empty()) steps.back().last = true;
  for (const Step& step : steps) RECKON_RETURN_IF_ERROR(on_step(step));
  return absl::OkStatus();
}

absl::Status UnsupportedType(const Step& step) {
  return Unsupported(absl::StrCat(step.path, ".type"), absl::StrCat("\"", Quotable(step.type), "\""));
}

// {"pattern": {"String": FROM}, "content": TO}
absl::StatusOr<std::pair<std::string, std::string>> ReadReplace(const Step& step, size_t* growth) {
  std::string_view from;
  if (step.fields["pattern"]["String"].get_string().get(from) != simdjson::SUCCESS) {
    return Unsupported(absl::StrCat(step.path, ".pattern"), "anything but {\"String\": ...}");
  }
  RECKON_ASSIGN_OR_RETURN(const std::string_view to, StringMember(step.fields, "content", step.path));
  if (from.empty()) return Malformed(absl::StrCat(step.path, ".pattern.String"), "empty");
  *growth *= std::max<size_t>(1, (to.size() + from.size() - 1) / from.size());
  if (*growth > kMaxGrowth) {
    return Unsupported(absl::StrCat(step.path, ".content"),
                       absl::StrCat("making a text more than ", kMaxGrowth, " times longer"));
  }
  return std::make_pair(std::string(from), std::string(to));
}

absl::Status AddSplit(const Step& step, PreTokenizer* pretokenizer) {
  std::string_view regex;
  if (step.fields["pattern"]["Regex"].get_string().get(regex) != simdjson::SUCCESS) {
    return Unsupported(absl::StrCat(step.path, ".pattern"), "anything but {\"Regex\": ...}");
  }
  RECKON_ASSIGN_OR_RETURN(const std::string_view behavior, StringMember(step.fields, "behavior", step.path));
  const bool invert = BoolMember(step.fields, "invert", false);
  // The known expressions match every character, so that these two are the same.
  if (!(behavior == "Isolated" && !invert) && !(behavior == "Removed" && invert)) {
    return Unsupported(absl::StrCat(step.path, ".behavior"), absl::StrCat("\"", Quotable(behavior), "\""));
  }
  absl::StatusOr<SplitPattern> pattern = SplitPattern::FromRegex(View(regex));
  if (!pattern.ok()) return Annotate(pattern.status(), absl::StrCat(step.path, ".pattern.Regex"));
  pretokenizer->Add(PreTokenizer::Split{*pattern});
  return absl::OkStatus();
}

bool IsOneCharacter(std::string_view text) { return !text.empty() && DecodeUtf8(View(text), 0).length == text.size(); }

absl::Status AddMetaspace(const Step& step, PreTokenizer* pretokenizer) {
  using Prepend = PreTokenizer::Metaspace::Prepend;
  PreTokenizer::Metaspace metaspace;
  RECKON_ASSIGN_OR_RETURN(const std::string_view replacement, StringMember(step.fields, "replacement", step.path));
  if (!IsOneCharacter(replacement)) return Malformed(absl::StrCat(step.path, ".replacement"), "not one character");
  metaspace.replacement = std::string(replacement);
  metaspace.split = BoolMember(step.fields, "split", true);
  // Files of old versions have add_prefix_space instead of prepend_scheme.
  const std::string_view old_scheme = BoolMember(step.fields, "add_prefix_space", true) ? "always" : "never";
  const std::string_view scheme = StringOr(step.fields, "prepend_scheme", old_scheme);
  if (scheme == "always") {
    metaspace.prepend = Prepend::kAlways;
  } else if (scheme == "first") {
    metaspace.prepend = Prepend::kFirst;
  } else if (scheme == "never") {
    metaspace.prepend = Prepend::kNever;
  } else {
    return Unsupported(absl::StrCat(step.path, ".prepend_scheme"), absl::StrCat("\"", Quotable(scheme), "\""));
  }
  pretokenizer->Add(std::move(metaspace));
  return absl::OkStatus();
}

absl::Status AddByteLevel(const Step& step, PreTokenizer* pretokenizer, bool* byte_level) {
  if (!step.last) return Unsupported(step.path, "a step behind \"ByteLevel\"");
  if (BoolMember(step.fields, "add_prefix_space", true)) pretokenizer->Add(PreTokenizer::PrefixSpace{});
  if (BoolMember(step.fields, "use_regex", true)) pretokenizer->Add(PreTokenizer::Split{SplitPattern::Gpt2()});
  *byte_level = true;
  return absl::OkStatus();
}

// Which decoders have been seen: they are supported in the order in which published files have them.
struct DecoderState {
  bool byte_fallback = false;
  bool fuse = false;
  bool done = false;  // nothing may follow
  size_t growth = 1;
};

absl::Status AddStrip(const Step& step, const DecoderState& state, DecoderOptions* decoder) {
  RECKON_ASSIGN_OR_RETURN(const std::string_view content, StringMember(step.fields, "content", step.path));
  const uint64_t start = NumberOr(step.fields, "start", 0);
  const uint64_t stop = NumberOr(step.fields, "stop", 0);
  if (!state.fuse || content != " " || stop != 0 || start > 16) {
    return Unsupported(step.path,
                       "a Strip that does more than taking up to 16 spaces from the front of the fused text");
  }
  decoder->strip_spaces = static_cast<size_t>(start);
  return absl::OkStatus();
}

absl::Status AddMetaspaceDecoder(const Step& step, DecoderOptions* decoder) {
  RECKON_ASSIGN_OR_RETURN(const std::string_view replacement, StringMember(step.fields, "replacement", step.path));
  if (!IsOneCharacter(replacement)) return Malformed(absl::StrCat(step.path, ".replacement"), "not one character");
  const std::string_view old_scheme = BoolMember(step.fields, "add_prefix_space", true) ? "always" : "never";
  const std::string_view scheme = StringOr(step.fields, "prepend_scheme", old_scheme);
  decoder->replacements.emplace_back(std::string(replacement), " ");
  if (scheme != "never") decoder->strip_spaces = 1;
  return absl::OkStatus();
}

absl::Status AddDecoder(const Step& step, DecoderState* state, DecoderOptions* decoder) {
  if (state->done) return Unsupported(step.path, absl::StrCat("\"", Quotable(step.type), "\" at this place"));
  if (step.type == "ByteLevel") {
    if (state->byte_fallback || state->fuse || !decoder->replacements.empty()) {
      return Unsupported(step.path, "\"ByteLevel\" at this place");
    }
    decoder->byte_alphabet = true;
    state->done = true;
    return absl::OkStatus();
  }
  decoder->byte_alphabet = false;
  if (step.type == "Replace" && !state->byte_fallback && !state->fuse) {
    RECKON_ASSIGN_OR_RETURN(auto replacement, ReadReplace(step, &state->growth));
    decoder->replacements.push_back(std::move(replacement));
  } else if (step.type == "ByteFallback" && !state->fuse) {
    state->byte_fallback = true;
    decoder->byte_fallback = true;
    decoder->invalid = DecoderOptions::Invalid::kByteRuns;
  } else if (step.type == "Fuse") {
    state->fuse = true;
  } else if (step.type == "Strip") {
    state->done = true;
    return AddStrip(step, *state, decoder);
  } else if (step.type == "Metaspace" && !state->byte_fallback && !state->fuse) {
    state->done = true;
    return AddMetaspaceDecoder(step, decoder);
  } else {
    return UnsupportedType(step);
  }
  return absl::OkStatus();
}

// One item of TemplateProcessing's "single": {"SpecialToken": {"id"}} or {"Sequence": {"id": "A"}}.
absl::Status AddTemplateItem(const Step& step, element item, size_t index, bool* behind, TemplateIds* ids) {
  std::string_view name;
  if (item["Sequence"]["id"].get_string().get(name) == simdjson::SUCCESS) {
    if (*behind) return Malformed(absl::StrCat(step.path, ".single"), "the text stands in it twice");
    *behind = true;
    return absl::OkStatus();
  }
  const std::string path = absl::StrCat(step.path, ".single[", index, "]");
  if (item["SpecialToken"]["id"].get_string().get(name) != simdjson::SUCCESS) {
    return Malformed(path, "neither a SpecialToken nor a Sequence");
  }
  array tokens;
  if (step.fields["special_tokens"][name]["ids"].get_array().get(tokens) != simdjson::SUCCESS) {
    return Malformed(path, absl::StrCat("\"", Quotable(name), "\" is not in special_tokens"));
  }
  for (const element token : tokens) {
    int64_t id = 0;
    if (token.get_int64().get(id) != simdjson::SUCCESS) return Malformed(path, "an id is not a number");
    (*behind ? ids->suffix : ids->prefix).push_back(id);
  }
  return absl::OkStatus();
}

absl::Status AddTemplate(const Step& step, TemplateIds* ids) {
  if (ids->found) return Unsupported(step.path, "a second TemplateProcessing");
  ids->found = true;
  array single;
  if (step.fields["single"].get_array().get(single) != simdjson::SUCCESS) {
    return Unsupported(absl::StrCat(step.path, ".single"), "anything but an array");
  }
  bool behind = false;
  size_t i = 0;
  for (const element item : single) {
    RECKON_RETURN_IF_ERROR(AddTemplateItem(step, item, i, &behind, ids));
    ++i;
  }
  if (!behind) return Malformed(absl::StrCat(step.path, ".single"), "there is no place for the text in it");
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadNormalizer(const std::optional<element>& value, const std::string& path, Normalizer* normalizer) {
  size_t growth = 1;
  return ForEachStep(value, "normalizers", path, [&](const Step& step) -> absl::Status {
    if (step.type == "NFC") {
      normalizer->AddNfc();
    } else if (step.type == "Prepend") {
      RECKON_ASSIGN_OR_RETURN(const std::string_view prefix, StringMember(step.fields, "prepend", step.path));
      if (prefix.size() > 64) return Unsupported(absl::StrCat(step.path, ".prepend"), "more than 64 bytes");
      normalizer->AddPrepend(std::string(prefix));
    } else if (step.type == "Replace") {
      RECKON_ASSIGN_OR_RETURN(auto replacement, ReadReplace(step, &growth));
      normalizer->AddReplace(std::move(replacement.first), std::move(replacement.second));
    } else {
      return UnsupportedType(step);
    }
    return absl::OkStatus();
  });
}

absl::Status ReadPreTokenizer(const std::optional<element>& value, const std::string& path, PreTokenizer* pretokenizer,
                              bool* byte_level) {
  *byte_level = false;
  return ForEachStep(value, "pretokenizers", path, [&](const Step& step) -> absl::Status {
    if (step.type == "Split") return AddSplit(step, pretokenizer);
    if (step.type == "Metaspace") return AddMetaspace(step, pretokenizer);
    if (step.type == "ByteLevel") return AddByteLevel(step, pretokenizer, byte_level);
    if (step.type == "Digits") {
      pretokenizer->Add(PreTokenizer::Digits{BoolMember(step.fields, "individual_digits", false)});
      return absl::OkStatus();
    }
    return UnsupportedType(step);
  });
}

absl::Status ReadDecoder(const std::optional<element>& value, const std::string& path, DecoderOptions* decoder) {
  if (!value.has_value()) return Unsupported(path, "a tokenizer without one");
  DecoderState state;
  return ForEachStep(value, "decoders", path, [&](const Step& step) { return AddDecoder(step, &state, decoder); });
}

absl::Status ReadPostProcessor(const std::optional<element>& value, const std::string& path, TemplateIds* ids) {
  return ForEachStep(value, "processors", path, [&](const Step& step) -> absl::Status {
    if (step.type == "ByteLevel") return absl::OkStatus();  // moves offsets only
    if (step.type == "TemplateProcessing") return AddTemplate(step, ids);
    return UnsupportedType(step);
  });
}

}  // namespace reckon
