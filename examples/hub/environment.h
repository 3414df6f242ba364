// The settings that the hubs' own tools read from the environment, so that one configuration and one cache serve all.
#ifndef RECKON_EXAMPLES_HUB_ENVIRONMENT_H_
#define RECKON_EXAMPLES_HUB_ENVIRONMENT_H_

#include <filesystem>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "hub/repo.h"

namespace reckon_hub {

// One hub as this user sees it.
struct HubSettings {
  std::string endpoint;         // "https://huggingface.co", no slash at the end
  std::filesystem::path cache;  // the folder that holds models--ORG--NAME, or models/
  std::string token;            // empty: anonymous. Never printed, and sent to the endpoint's own host alone
  std::string auth_header;      // the whole header line that carries the token; empty: none is sent
};

// Hugging Face: HF_ENDPOINT, HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME, HF_TOKEN, HF_TOKEN_PATH,
// HF_HUB_DISABLE_IMPLICIT_TOKEN, HF_HUB_OFFLINE. ModelScope: MODELSCOPE_ENDPOINT, MODELSCOPE_DOMAIN, MODELSCOPE_CACHE,
// MODELSCOPE_API_TOKEN.
struct Environment {
  HubSettings hugging_face;
  HubSettings modelscope;
  bool offline = false;

  const HubSettings& On(Hub hub) const { return hub == Hub::kHuggingFace ? hugging_face : modelscope; }
};

// Gives a variable's value, or null.
using Getenv = std::function<const char*(const char*)>;

// INVALID_ARGUMENT if an endpoint is no http(s) address or a token cannot be one. A token is not sent in the clear:
// over plain http it goes to this machine only.
absl::StatusOr<Environment> ReadEnvironment(const Getenv& getenv);
// Of this process.
absl::StatusOr<Environment> ReadEnvironment();

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_ENVIRONMENT_H_
