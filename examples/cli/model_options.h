// The options that name and load a model, the same for every subcommand.
#ifndef RECKON_EXAMPLES_CLI_MODEL_OPTIONS_H_
#define RECKON_EXAMPLES_CLI_MODEL_OPTIONS_H_

#include <cstdint>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "reckon/model.h"
#include "reckon/session.h"

namespace reckon_cli {

struct ModelFlags {
  std::string path;
  std::string weights = "auto";
  std::string kv_cache = "auto";
  int threads = 0;
  int64_t context = 0;
  uint64_t memory_limit = 0;
  std::string isa;
  bool offer_pull = false;  // a person may be asked whether to fetch what is not there

  // -m alone.
  void AddModelOption(CLI::App& app);
  // -m, -w, --kv-cache, -t, -c, --memory-limit, --isa.
  void AddLoadOptions(CLI::App& app);

  // The model's path: -m, a path or the name of a model in the caches, else the default model. NOT_FOUND saying what to
  // do if there is none.
  absl::StatusOr<std::string> Path() const;
  // What -m says, if that is the name of a model in the caches; empty if it is a path.
  std::string Name() const;
  absl::StatusOr<reckon::ModelOptions> Options() const;
  // Opens the model with a progress bar; Ctrl-C ends it with CANCELLED.
  absl::StatusOr<reckon::Model> Open() const;
  // A session of -c tokens; without -c, of as many as the model and the memory limit allow.
  reckon::SessionOptions MakeSessionOptions(const reckon::Model& model) const;
};

}  // namespace reckon_cli

#endif  // RECKON_EXAMPLES_CLI_MODEL_OPTIONS_H_
