// What a model hub offers: repositories of files, each at a revision.
#ifndef RECKON_EXAMPLES_HUB_REPO_H_
#define RECKON_EXAMPLES_HUB_REPO_H_

#include <cstdint>
#include <string>
#include <vector>

namespace reckon_hub {

enum class Hub { kHuggingFace, kModelScope };

// "hf" and "modelscope", as --from has them.
inline const char* HubKey(Hub hub) { return hub == Hub::kHuggingFace ? "hf" : "modelscope"; }
inline const char* HubTitle(Hub hub) { return hub == Hub::kHuggingFace ? "Hugging Face" : "ModelScope"; }

// What a hub says a file's contents hash to. Large files have a SHA-256; of small ones Hugging Face knows only git's
// SHA-1 over "blob SIZE\0" and the contents. Lower-case hexadecimal: 64 or 40 digits.
struct Checksum {
  enum class Kind { kSha256, kGitBlob };
  Kind kind = Kind::kSha256;
  std::string hex;

  friend bool operator==(const Checksum&, const Checksum&) = default;
};

struct RemoteFile {
  std::string path;  // relative, with '/'; checked by IsSafePath
  int64_t size = 0;
  Checksum checksum;
};

// The files of a repository at one revision.
struct Listing {
  std::string commit;  // 40 hexadecimal digits from Hugging Face; from ModelScope the revision's own name
  std::vector<RemoteFile> files;
};

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_REPO_H_
