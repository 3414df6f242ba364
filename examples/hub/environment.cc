#include "hub/environment.h"

#include <cstdlib>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace reckon_hub {
namespace {

constexpr size_t kMaxToken = 4096;

class Reader {
 public:
  explicit Reader(const Getenv& getenv) : getenv_(getenv) {}

  std::string Get(const char* name) const {
    const char* value = getenv_(name);
    return value == nullptr ? std::string() : std::string(absl::StripAsciiWhitespace(value));
  }
  // The first of these variables that is set, as a path with "~" expanded; else `otherwise`.
  std::filesystem::path Folder(std::initializer_list<const char*> names, const std::filesystem::path& otherwise) const {
    for (const char* name : names) {
      std::string value = Get(name);
      if (value.empty()) continue;
      if (value == "~" || absl::StartsWith(value, "~/")) return Get("HOME") + value.substr(1);
      return value;
    }
    return otherwise;
  }
  bool Flag(const char* name) const {
    const std::string value = absl::AsciiStrToUpper(Get(name));
    return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
  }

 private:
  const Getenv& getenv_;
};

absl::StatusOr<std::string> Endpoint(std::string value, const char* variable) {
  while (absl::EndsWith(value, "/")) value.pop_back();
  const bool scheme = absl::StartsWithIgnoreCase(value, "https://") || absl::StartsWithIgnoreCase(value, "http://");
  bool plain = scheme && value.size() > 10;
  for (const char c : value) {
    plain = plain && absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '@' && c != '?' && c != '#';
  }
  if (plain) return value;
  return absl::InvalidArgumentError(
      absl::StrCat(variable, " must be an http:// or https:// address without user, query and spaces"));
}

absl::Status CheckToken(absl::string_view token, const char* where) {
  bool plain = token.size() <= kMaxToken;
  for (const char c : token) plain = plain && absl::ascii_isgraph(static_cast<unsigned char>(c));
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(where, " holds no token: spaces, control characters, or too long"));
}

bool MaySendTokenTo(absl::string_view endpoint) {
  if (absl::StartsWithIgnoreCase(endpoint, "https://")) return true;
  endpoint.remove_prefix(sizeof("http://") - 1);
  const absl::string_view host = endpoint.substr(0, endpoint.find_first_of(":/"));
  return host == "127.0.0.1" || host == "localhost" || absl::StartsWith(endpoint, "[::1]");
}

std::string FirstLine(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string text(kMaxToken + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  return std::string(absl::StripAsciiWhitespace(text.substr(0, text.find('\n'))));
}

absl::StatusOr<HubSettings> HuggingFace(const Reader& env) {
  HubSettings settings;
  const std::string endpoint = env.Get("HF_ENDPOINT");
  absl::StatusOr<std::string> checked = Endpoint(endpoint.empty() ? "https://huggingface.co" : endpoint, "HF_ENDPOINT");
  if (!checked.ok()) return checked.status();
  settings.endpoint = *std::move(checked);
  const std::filesystem::path caches =
      env.Folder({"XDG_CACHE_HOME"}, std::filesystem::path(env.Get("HOME")) / ".cache");
  const std::filesystem::path home = env.Folder({"HF_HOME"}, caches / "huggingface");
  settings.cache = env.Folder({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}, home / "hub");
  const std::filesystem::path token_file = env.Folder({"HF_TOKEN_PATH"}, home / "token");
  settings.token = env.Get("HF_TOKEN");
  const bool from_file = settings.token.empty() && !env.Flag("HF_HUB_DISABLE_IMPLICIT_TOKEN");
  if (from_file) settings.token = FirstLine(token_file);
  if (absl::Status ok = CheckToken(settings.token, from_file ? token_file.c_str() : "HF_TOKEN"); !ok.ok()) return ok;
  if (!settings.token.empty() && MaySendTokenTo(settings.endpoint)) {
    settings.auth_header = absl::StrCat("Authorization: Bearer ", settings.token);
  }
  return settings;
}

absl::StatusOr<HubSettings> ModelScope(const Reader& env) {
  HubSettings settings;
  std::string endpoint = env.Get("MODELSCOPE_ENDPOINT");
  if (endpoint.empty()) endpoint = env.Get("MODELSCOPE_DOMAIN");
  if (endpoint.empty()) endpoint = "https://modelscope.cn";
  if (!absl::StrContains(endpoint, "://")) endpoint = absl::StrCat("https://", endpoint);
  absl::StatusOr<std::string> checked = Endpoint(std::move(endpoint), "MODELSCOPE_ENDPOINT");
  if (!checked.ok()) return checked.status();
  settings.endpoint = *std::move(checked);
  settings.cache = env.Folder({"MODELSCOPE_CACHE"}, std::filesystem::path(env.Get("HOME")) / ".cache" / "modelscope");
  settings.token = env.Get("MODELSCOPE_API_TOKEN");
  if (absl::Status ok = CheckToken(settings.token, "MODELSCOPE_API_TOKEN"); !ok.ok()) return ok;
  // ModelScope's own tools send the token as the cookie of a session.
  if (absl::StrContains(settings.token, ";")) {
    return absl::InvalidArgumentError("MODELSCOPE_API_TOKEN holds no token: it has a semicolon");
  }
  if (!settings.token.empty() && MaySendTokenTo(settings.endpoint)) {
    settings.auth_header = absl::StrCat("Cookie: m_session_id=", settings.token);
  }
  return settings;
}

}  // namespace

absl::StatusOr<Environment> ReadEnvironment(const Getenv& getenv) {
  const Reader reader(getenv);
  absl::StatusOr<HubSettings> hugging_face = HuggingFace(reader);
  if (!hugging_face.ok()) return hugging_face.status();
  absl::StatusOr<HubSettings> modelscope = ModelScope(reader);
  if (!modelscope.ok()) return modelscope.status();
  return Environment{*std::move(hugging_face), *std::move(modelscope),
                     reader.Flag("HF_HUB_OFFLINE") || reader.Flag("TRANSFORMERS_OFFLINE")};
}

absl::StatusOr<Environment> ReadEnvironment() {
  return ReadEnvironment([](const char* name) -> const char* { return std::getenv(name); });
}

}  // namespace reckon_hub
