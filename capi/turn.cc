// reckon_turn.
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "capi/call.h"
#include "capi/chat_values.h"
#include "capi/objects.h"

namespace reckon::capi {

reckon_passage PassageOf(const CitedPassage& passage) {
  return {0,
          0,
          passage.document.c_str(),
          passage.document.size(),
          passage.heading.c_str(),
          passage.heading.size(),
          passage.text.c_str(),
          passage.text.size(),
          passage.first_line,
          passage.last_line,
          passage.tokens};
}

namespace {

reckon_turn_info InfoOf(const reckon_turn& seen) {
  const ChatTurn& turn = *seen.turn;
  const ContextReceipt& context = *seen.context;
  return {0,
          static_cast<reckon_finish_reason>(turn.finish_reason),
          turn.inside_reasoning ? 1 : 0,
          0,
          static_cast<int64_t>(turn.interventions.size()),
          static_cast<int64_t>(context.passages.size()),
          turn.usage.prompt_tokens,
          turn.usage.reused_tokens,
          turn.usage.reasoning_tokens,
          turn.usage.generated_tokens,
          turn.usage.prefill_seconds,
          turn.usage.first_token_seconds,
          turn.usage.decode_seconds,
          context.kept_messages,
          context.dropped_messages,
          context.summarized_messages,
          context.kept_tokens,
          context.dropped_tokens,
          context.summarized_tokens,
          context.summary_tokens};
}

const std::string* TextOf(const ChatTurn& turn, reckon_turn_text_key key) {
  switch (key) {
    case RECKON_TURN_REASONING:
      return &turn.reasoning;
    case RECKON_TURN_ANSWER:
      return &turn.answer;
    case RECKON_TURN_TEXT:
      return &turn.text;
    case RECKON_TURN_TOOL_CALLS:
      return &turn.tool_calls_json;
    case RECKON_TURN_STOP_STRING:
      return &turn.stop_string;
    default:
      return nullptr;
  }
}

absl::Status NoSuch(const char* what, size_t index, size_t count) {
  return absl::OutOfRangeError(absl::StrCat("there is no ", what, " ", index, ": the turn has ", count));
}

}  // namespace
}  // namespace reckon::capi

static_assert(static_cast<int>(reckon::Intervention::kThinkingOff) == RECKON_INTERVENTION_THINKING_OFF &&
              static_cast<int>(reckon::Intervention::kNudge) == RECKON_INTERVENTION_NUDGE &&
              static_cast<int>(reckon::Intervention::kBudgetClose) == RECKON_INTERVENTION_BUDGET_CLOSE &&
              static_cast<int>(reckon::Intervention::kReserveClose) == RECKON_INTERVENTION_RESERVE_CLOSE &&
              static_cast<int>(reckon::Intervention::kLoopClose) == RECKON_INTERVENTION_LOOP_CLOSE &&
              static_cast<int>(reckon::Intervention::kUnclosedEnd) == RECKON_INTERVENTION_UNCLOSED_END);

using reckon::capi::Call;

extern "C" {

void reckon_turn_free(reckon_turn* turn) { delete turn; }

reckon_status reckon_turn_get_info(const reckon_turn* turn, reckon_turn_info* out_info, reckon_error** error) {
  return Call(__func__, error, {{"turn", turn}, {"out_info", out_info}},
              [&] { return reckon::capi::FillOut(reckon::capi::InfoOf(*turn), out_info); });
}

reckon_status reckon_turn_get_text(const reckon_turn* turn, reckon_turn_text_key key, char* buffer, size_t capacity,
                                   size_t* out_size, reckon_error** error) {
  return Call(__func__, error, {{"turn", turn}, {"out_size", out_size}}, [&]() -> absl::Status {
    const std::string* const text = reckon::capi::TextOf(*turn->turn, key);
    if (text != nullptr) return reckon::capi::CopyOut(*text, buffer, capacity, out_size);
    return absl::InvalidArgumentError(absl::StrCat("a turn has no text with the key ", key, " in this version"));
  });
}

reckon_status reckon_turn_tokens(const reckon_turn* turn, reckon_token* buffer, size_t capacity, size_t* out_size,
                                 reckon_error** error) {
  return Call(__func__, error, {{"turn", turn}, {"out_size", out_size}},
              [&] { return reckon::capi::CopyOut(turn->turn->tokens, buffer, capacity, out_size); });
}

reckon_status reckon_turn_get_intervention(const reckon_turn* turn, size_t index, reckon_intervention* out_intervention,
                                           reckon_error** error) {
  return Call(__func__, error, {{"turn", turn}, {"out_intervention", out_intervention}}, [&]() -> absl::Status {
    const auto& all = turn->turn->interventions;
    if (index >= all.size()) return reckon::capi::NoSuch("intervention", index, all.size());
    *out_intervention = static_cast<reckon_intervention>(all[index]);
    return absl::OkStatus();
  });
}

reckon_status reckon_turn_get_passage(const reckon_turn* turn, size_t index, reckon_passage* out_passage,
                                      reckon_error** error) {
  return Call(__func__, error, {{"turn", turn}, {"out_passage", out_passage}}, [&]() -> absl::Status {
    const auto& all = turn->context->passages;
    if (index >= all.size()) return reckon::capi::NoSuch("passage", index, all.size());
    return reckon::capi::FillOut(reckon::capi::PassageOf(all[index]), out_passage);
  });
}

}  // extern "C"
