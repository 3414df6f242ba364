// Checksums by OpenSSL.
#ifndef RECKON_EXAMPLES_HUB_DIGEST_H_
#define RECKON_EXAMPLES_HUB_DIGEST_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hub/repo.h"

struct evp_md_ctx_st;

namespace reckon_hub {

// Takes bytes in any pieces. A library that has no such hash (a restricted build of OpenSSL) shows in Hex().
class Hasher {
 public:
  // For contents of `size` bytes, which git's hash begins with.
  Hasher(Checksum::Kind kind, int64_t size);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void Update(absl::string_view bytes);
  // Once, at the end. INTERNAL if the hash could not be computed.
  absl::StatusOr<std::string> Hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  bool good_ = false;
};

// Of a whole file, told about every MiB or so. CANCELLED if `goes_on` (with the bytes read so far) says false.
absl::StatusOr<std::string> HashFile(const std::filesystem::path& path, Checksum::Kind kind, int64_t size,
                                     const std::function<bool(int64_t)>& goes_on);

}  // namespace reckon_hub

#endif  // RECKON_EXAMPLES_HUB_DIGEST_H_
