#include "cli/model_lookup.h"

#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/ask.h"
#include "cli/terminal.h"
#include "hub/cached_models.h"
#include "hub/environment.h"
#include "hub/model_name.h"
#ifdef RECKON_HAVE_HUB
#include "cli/pull_display.h"
#include "hub/pull.h"
#endif

namespace reckon_cli {
namespace {

bool Exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

// What can only be meant as a path.
bool IsPath(const std::string& given) {
  return absl::StartsWith(given, "/") || absl::StartsWith(given, ".") || absl::StartsWith(given, "~") ||
         absl::EndsWith(given, "/") || absl::EndsWith(given, ".gguf");
}

#ifdef RECKON_HAVE_HUB
absl::StatusOr<std::string> Fetch(const reckon_hub::Environment& environment, const reckon_hub::ModelName& name) {
  PullDisplay display(PullStyle::kPerson, true);
  const absl::StatusOr<reckon_hub::PullResult> result = reckon_hub::Pull(environment, name, {}, display.Events());
  display.Clear();
  if (!result.ok()) return result.status();
  display.Done(*result);
  return result->path.string();
}
#endif

}  // namespace

bool LooksLikeModel(const std::string& word) {
  if (reckon_hub::FindShortName(word) != nullptr) return true;
  if (word.find_first_of(" \t\r\n") != std::string::npos || !absl::StrContains(word, "/")) return false;
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::path(word) / "config.json", ignored)) return true;
  if (absl::EndsWith(word, ".gguf")) return Exists(word);
  return !IsPath(word) && reckon_hub::ParseModelName(word).ok();
}

absl::StatusOr<std::string> ResolveModel(const std::string& given, bool offer) {
  if (Exists(given) || IsPath(given)) return given;
  const absl::StatusOr<reckon_hub::ModelName> name = reckon_hub::ParseModelName(given);
  if (!name.ok()) return given;
  const absl::StatusOr<reckon_hub::Environment> environment = reckon_hub::ReadEnvironment();
  if (!environment.ok()) return environment.status();
  const absl::StatusOr<std::filesystem::path> found = reckon_hub::FindModel(*environment, *name);
  if (found.ok()) return found->string();
  if (!absl::IsNotFound(found.status())) return found.status();
#ifdef RECKON_HAVE_HUB
  if (offer && !environment->offline && StdinIsTerminal() && StderrIsTerminal()) {
    PrintError(absl::StrCat("There is no file or folder ", given, ", and ", found.status().message(), ".\n"));
    if (!AskYesNo("Look for it on the hub?", true)) return absl::CancelledError("");
    return Fetch(*environment, *name);
  }
#else
  static_cast<void>(offer);
#endif
  return absl::NotFoundError(absl::StrCat("there is no file or folder ", given, ", and ", found.status().message(),
                                          "; to fetch it: reckon pull ", given));
}

}  // namespace reckon_cli
