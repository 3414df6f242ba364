// Reads NumPy's .npz archives: the reference logits and tokens that tests compare with.
#ifndef RECKON_TESTS_SUPPORT_NPZ_H_
#define RECKON_TESTS_SUPPORT_NPZ_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace reckon::testing {

// One array, row-major.
struct NpyArray {
  std::string dtype;  // NumPy's spelling: "<f4", "<i4", ...
  std::vector<int64_t> shape;
  std::string bytes;

  // The elements converted; INVALID_ARGUMENT for a dtype that is neither "<f4", "<f8", "<i4" nor "<i8".
  absl::StatusOr<std::vector<float>> Floats() const;
  absl::StatusOr<std::vector<int32_t>> Ints() const;
};

// Parses the bytes of a .npy file (version 1 to 3, little-endian, C order).
absl::StatusOr<NpyArray> ParseNpy(absl::string_view bytes);

// The arrays of a .npz file by name, without ".npy". The archive may be stored or deflated; sizes are taken from the
// central directory, zip64 included.
absl::StatusOr<std::map<std::string, NpyArray>> ReadNpz(const std::string& path);

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_NPZ_H_
