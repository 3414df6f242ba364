#include "hub/digest.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace reckon_hub {

void Hasher::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Hasher::Hasher(Checksum::Kind kind, int64_t size) : context_(EVP_MD_CTX_new()) {
  const bool git = kind == Checksum::Kind::kGitBlob;
  good_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), git ? EVP_sha1() : EVP_sha256(), nullptr) == 1;
  if (git) {
    Update(absl::StrCat("blob ", size));
    Update(absl::string_view("", 1));
  }
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::Update(absl::string_view bytes) {
  good_ = good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
}

absl::StatusOr<std::string> Hasher::Hex() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
  unsigned int size = 0;
  good_ = good_ && EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1;
  if (!good_) return absl::InternalError("OpenSSL cannot compute the checksum");
  good_ = false;
  return absl::BytesToHexString(std::string(digest.begin(), digest.begin() + size));
}

absl::StatusOr<std::string> HashFile(const std::filesystem::path& path, Checksum::Kind kind, int64_t size,
                                     const std::function<bool(int64_t)>& goes_on) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path.string()));
  Hasher hasher(kind, size);
  std::vector<char> buffer(size_t{1} << 20);
  absl::Status status;
  int64_t done = 0;
  for (;;) {
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) status = absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path.string()));
    if (got <= 0) break;
    hasher.Update(absl::string_view(buffer.data(), static_cast<size_t>(got)));
    done += got;
    if (goes_on(done)) continue;
    status = absl::CancelledError("");
    break;
  }
  close(descriptor);
  if (!status.ok()) return status;
  return hasher.Hex();
}

}  // namespace reckon_hub
