// reckon_cancel.
#include "capi/call.h"
#include "capi/objects.h"

using reckon::capi::Call;

extern "C" {

reckon_status reckon_cancel_new(reckon_cancel** out_cancel, reckon_error** error) {
  reckon::capi::Clear(out_cancel);
  return Call(__func__, error, {{"out_cancel", out_cancel}}, [&] {
    *out_cancel = new reckon_cancel();
    return absl::OkStatus();
  });
}

reckon_cancel* reckon_cancel_retain(const reckon_cancel* cancel) {
  return cancel == nullptr ? nullptr : cancel->Retain();
}

void reckon_cancel_release(reckon_cancel* cancel) {
  if (cancel != nullptr) cancel->Release();
}

void reckon_cancel_trigger(const reckon_cancel* cancel) {
  if (cancel != nullptr) cancel->token.Cancel();
}

void reckon_cancel_reset(const reckon_cancel* cancel) {
  if (cancel != nullptr) cancel->token.Reset();
}

int32_t reckon_cancel_is_triggered(const reckon_cancel* cancel) {
  return cancel != nullptr && cancel->token.cancelled() ? 1 : 0;
}

}  // extern "C"
