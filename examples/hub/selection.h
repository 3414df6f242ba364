// Which of a repository's files are fetched: those that Reckon reads, and the texts about them.
#ifndef RECKON_EXAMPLES_HUB_SELECTION_H_
#define RECKON_EXAMPLES_HUB_SELECTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hub/repo.h"

namespace reckon_hub {

struct Wanted {
  std::vector<std::string> globs;  // of paths; empty: what a model needs
  std::string quant;               // of GGUF files, for example "q4_k_m"; empty: not said
};

// With globs, every file that matches one. Else the safetensors files at the top of the repository with its JSON,
// tokenizer and template files, licence and card; or, with a quant or where there are only GGUF files, the one GGUF
// (all parts of it, if it is split) of that quant. Pickles (.bin, .pt, .pth) are never among these. NOT_FOUND if
// nothing matches, and INVALID_ARGUMENT with the quants to choose from if there is more than one.
absl::StatusOr<std::vector<RemoteFile>> SelectFiles(const std::vector<RemoteFile>& files, const Wanted& wanted);

// A GGUF's name without "-00001-of-00003" and ".gguf": the same for all parts of a split file.
std::string GgufStem(const std::string& path);
// Whether a GGUF's name says that it is of this quant: model-Q4_K_M.gguf is of "q4_k_m", and not of "q4_k".
bool IsOfQuant(const std::string& path, const std::string& quant);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_SELECTION_H_
