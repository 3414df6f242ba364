// Checkpoints quantized another way, in memory: the same numbers in the packing of another program. Written by the
// descriptions of the formats; shares nothing with lib/checkpoint.
#ifndef RECKON_TESTS_SUPPORT_REPACK_H_
#define RECKON_TESTS_SUPPORT_REPACK_H_

#include <string>

namespace reckon::testing {

struct HfFiles {
  std::string config;       // config.json
  std::string safetensors;  // model.safetensors
};

enum class CompressedFormat { kPackQuantized, kIntQuantized };

// A folder with AutoAWQ's or AutoGPTQ's (v1, without desc_act) layers of four bits as compressed-tensors of four bits
// or of bytes. Zero points come along unless all are the middle. Throws on anything else.
HfFiles AsCompressedTensors(const std::string& folder, CompressedFormat format);

}  // namespace reckon::testing

#endif  // RECKON_TESTS_SUPPORT_REPACK_H_
