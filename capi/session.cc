// reckon_session.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/status.h"
#include "capi/call.h"
#include "capi/objects.h"
#include "capi/options_apply.h"
#include "reckon/generate.h"

namespace reckon::capi {
namespace {

using ChangingSession = Changing<reckon_session>;
using ChangingSampler = Changing<reckon_sampler>;
using ReadingSession = Reading<reckon_session>;

absl::Status Generate(reckon_session* session, reckon_sampler* sampler, const reckon_options* options,
                      const reckon_cancel* cancel, reckon_text_fn on_text, void* user,
                      reckon_generate_result* out_result) {
  // Found before any token is made, because it would be too late after.
  if (out_result != nullptr) RECKON_RETURN_IF_ERROR(CheckSize(out_result));
  GenerateOptions generate_options;
  Apply(options, &generate_options);
  generate_options.cancel = TokenOf(cancel);
  const auto show = [on_text, user](absl::string_view text) {
    if (on_text == nullptr) return StreamAction::kContinue;
    switch (on_text(user, text.data(), text.size())) {
      case RECKON_STOP:
        return StreamAction::kStop;
      case RECKON_CANCEL:
        return StreamAction::kCancel;
      default:
        return StreamAction::kContinue;
    }
  };
  RECKON_ASSIGN_OR_RETURN(const GenerateResult result,
                          reckon::Generate(session->session, sampler->sampler, generate_options, show));
  if (out_result == nullptr) return absl::OkStatus();
  // FinishReason has the numbers of reckon_finish_reason.
  return FillOut(reckon_generate_result{0, static_cast<reckon_finish_reason>(result.finish_reason),
                                        static_cast<int64_t>(result.tokens.size()), result.first_token_seconds,
                                        result.decode_seconds},
                 out_result);
}

}  // namespace
}  // namespace reckon::capi

static_assert(static_cast<int>(reckon::FinishReason::kStopToken) == RECKON_FINISH_STOP_TOKEN &&
              static_cast<int>(reckon::FinishReason::kStopString) == RECKON_FINISH_STOP_STRING &&
              static_cast<int>(reckon::FinishReason::kMaxTokens) == RECKON_FINISH_MAX_TOKENS &&
              static_cast<int>(reckon::FinishReason::kContextFull) == RECKON_FINISH_CONTEXT_FULL &&
              static_cast<int>(reckon::FinishReason::kCallbackStop) == RECKON_FINISH_CALLBACK_STOP);

using reckon::capi::Call;
using reckon::capi::ChangingSampler;
using reckon::capi::ChangingSession;
using reckon::capi::kSamplerBusy;
using reckon::capi::kSessionBusy;
using reckon::capi::ReadingSession;
using reckon::capi::TokenOf;

extern "C" {

reckon_status reckon_session_new(const reckon_model* model, const reckon_options* options, reckon_session** out_session,
                                 reckon_error** error) {
  reckon::capi::Clear(out_session);
  return Call(__func__, error, {{"model", model}, {"out_session", out_session}}, [&]() -> absl::Status {
    reckon::SessionOptions session_options;
    reckon::capi::Apply(options, &session_options);
    RECKON_ASSIGN_OR_RETURN(reckon::Session session, reckon::Session::Create(model->model, session_options));
    *out_session = new reckon_session(std::move(session));
    return absl::OkStatus();
  });
}

void reckon_session_free(reckon_session* session) {
  if (session != nullptr) session->Release();
}

reckon_status reckon_session_append(reckon_session* session, const reckon_token* tokens, size_t tokens_count,
                                    const reckon_watch* watch, reckon_error** error) {
  return Call(__func__, error, {{"session", session}, {"tokens", tokens, tokens_count}}, [&]() -> absl::Status {
    const ChangingSession changing(session);
    RECKON_RETURN_IF_ERROR(changing.status(kSessionBusy));
    reckon_watch watched = {};
    if (watch != nullptr) RECKON_RETURN_IF_ERROR(reckon::capi::TakeIn(watch, &watched));
    reckon::AppendOptions options;
    options.cancel = TokenOf(watched.cancel);
    if (watched.progress != nullptr) {
      options.progress = [&watched](int64_t done, int64_t total) { watched.progress(watched.user, done, total); };
    }
    return session->session.Append(absl::MakeConstSpan(tokens, tokens_count), options);
  });
}

reckon_status reckon_session_next(reckon_session* session, reckon_sampler* sampler, const reckon_cancel* cancel,
                                  reckon_token* out_token, reckon_error** error) {
  return Call(__func__, error, {{"session", session}, {"sampler", sampler}, {"out_token", out_token}},
              [&]() -> absl::Status {
                const ChangingSession changing(session);
                RECKON_RETURN_IF_ERROR(changing.status(kSessionBusy));
                const ChangingSampler changing_sampler(sampler);
                RECKON_RETURN_IF_ERROR(changing_sampler.status(kSamplerBusy));
                RECKON_ASSIGN_OR_RETURN(*out_token, session->session.Next(sampler->sampler, TokenOf(cancel)));
                return absl::OkStatus();
              });
}

reckon_status reckon_session_generate(reckon_session* session, reckon_sampler* sampler, const reckon_options* options,
                                      const reckon_cancel* cancel, reckon_text_fn on_text, void* user,
                                      reckon_generate_result* out_result, reckon_error** error) {
  return Call(__func__, error, {{"session", session}, {"sampler", sampler}}, [&]() -> absl::Status {
    const ChangingSession changing(session);
    RECKON_RETURN_IF_ERROR(changing.status(kSessionBusy));
    const ChangingSampler changing_sampler(sampler);
    RECKON_RETURN_IF_ERROR(changing_sampler.status(kSamplerBusy));
    return reckon::capi::Generate(session, sampler, options, cancel, on_text, user, out_result);
  });
}

reckon_status reckon_session_logits(reckon_session* session, const reckon_cancel* cancel, const float** out_logits,
                                    size_t* out_count, reckon_error** error) {
  reckon::capi::Clear(out_logits);
  return Call(__func__, error, {{"session", session}, {"out_logits", out_logits}, {"out_count", out_count}},
              [&]() -> absl::Status {
                const ChangingSession changing(session);
                RECKON_RETURN_IF_ERROR(changing.status(kSessionBusy));
                RECKON_ASSIGN_OR_RETURN(const absl::Span<const float> logits, session->session.Logits(TokenOf(cancel)));
                *out_logits = logits.data();
                *out_count = logits.size();
                return absl::OkStatus();
              });
}

reckon_status reckon_session_score(reckon_session* session, const reckon_token* tokens, size_t tokens_count,
                                   const reckon_cancel* cancel, float* scores, reckon_error** error) {
  return Call(__func__, error,
              {{"session", session}, {"tokens", tokens, tokens_count}, {"scores", scores, tokens_count}},
              [&]() -> absl::Status {
                const ChangingSession changing(session);
                RECKON_RETURN_IF_ERROR(changing.status(kSessionBusy));
                reckon::AppendOptions options;
                options.cancel = TokenOf(cancel);
                RECKON_ASSIGN_OR_RETURN(const std::vector<float> result,
                                        session->session.Score(absl::MakeConstSpan(tokens, tokens_count), options));
                std::copy(result.begin(), result.end(), scores);
                return absl::OkStatus();
              });
}

reckon_status reckon_session_truncate(reckon_session* session, int64_t length, reckon_error** error) {
  return Call(__func__, error, {{"session", session}}, [&]() -> absl::Status {
    const ChangingSession changing(session);
    RECKON_RETURN_IF_ERROR(changing.status(kSessionBusy));
    return session->session.Truncate(length);
  });
}

reckon_status reckon_session_fork(reckon_session* session, reckon_session** out_session, reckon_error** error) {
  reckon::capi::Clear(out_session);
  return Call(__func__, error, {{"session", session}, {"out_session", out_session}}, [&]() -> absl::Status {
    const ChangingSession changing(session);
    RECKON_RETURN_IF_ERROR(changing.status(kSessionBusy));
    RECKON_ASSIGN_OR_RETURN(reckon::Session fork, session->session.Fork());
    *out_session = new reckon_session(std::move(fork));
    return absl::OkStatus();
  });
}

reckon_status reckon_session_tokens(const reckon_session* session, reckon_token* buffer, size_t capacity,
                                    size_t* out_size, reckon_error** error) {
  return Call(__func__, error, {{"session", session}, {"out_size", out_size}}, [&]() -> absl::Status {
    const ReadingSession reading(session);
    RECKON_RETURN_IF_ERROR(reading.status(kSessionBusy));
    return reckon::capi::CopyOut(session->session.tokens(), buffer, capacity, out_size);
  });
}

reckon_status reckon_session_get_info(const reckon_session* session, reckon_session_info* out_info,
                                      reckon_error** error) {
  return Call(__func__, error, {{"session", session}, {"out_info", out_info}}, [&]() -> absl::Status {
    const ReadingSession reading(session);
    RECKON_RETURN_IF_ERROR(reading.status(kSessionBusy));
    const reckon::Session& s = session->session;
    return reckon::capi::FillOut(reckon_session_info{0, 0, s.length(), s.max_context(), s.memory_bytes()}, out_info);
  });
}

}  // extern "C"
