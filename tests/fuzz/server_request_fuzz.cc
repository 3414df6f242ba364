// What `reckon serve` reads from the network: whatever the bytes are, they become a request or an error that says why,
// without a crash, a leak or an allocation that their number does not explain.
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "server/generation_request.h"
#include "server/request_head.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  reckon_server::RequestHead head;
  (void)reckon_server::ParseHead(input, 1u << 20, head);
  for (const bool chat : {true, false}) {
    reckon_server::GenerationRequest request;
    const bool refused = reckon_server::ParseRequest(input, chat, {}, request).has_value();
    // What was not refused can be worked on.
    if (!refused && (chat ? request.messages.empty() : request.prompts.empty())) __builtin_trap();
  }
  return 0;
}
