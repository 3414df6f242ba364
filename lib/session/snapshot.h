// What a session has computed, as plain bytes, for those who keep it in files.
#ifndef RECKON_LIB_SESSION_SNAPSHOT_H_
#define RECKON_LIB_SESSION_SNAPSHOT_H_

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "reckon/model.h"
#include "reckon/session.h"
#include "reckon/types.h"

namespace reckon {

// The cache is a sequence of blocks of block_bytes() each. Their layout (kernels/kernel_table.h) is the same for all
// instruction sets; it depends on the model's shape and the cache's format.
// Threads: as Session.
class SessionSnapshot {
 public:
  // How many of the session's tokens have their keys and values in the cache.
  static int64_t computed(const Session& session);
  static int64_t blocks(const Session& session);  // that hold them
  static int64_t block_bytes(const Session& session);
  static absl::Span<const uint8_t> Block(const Session& session, int64_t block);

  // Puts `tokens` in the place of the session's, with the first `computed` of them in the cache: read(block, into) has
  // to fill block_bytes() for each block. Tokens past max_context are left out.
  // Errors: INVALID_ARGUMENT (a token outside the vocabulary, computed out of range), RESOURCE_EXHAUSTED, those of
  //   `read`, and of `check`, which is called when all blocks are read; the session is then as it was.
  static absl::Status Restore(Session& session, std::vector<TokenId> tokens, int64_t computed,
                              absl::FunctionRef<absl::Status(int64_t block, absl::Span<uint8_t> into)> read,
                              absl::FunctionRef<absl::Status()> check);
};

// A number that tells models apart whose keys and values differ: from the shape, the formats in memory and samples of
// the packed weights.
uint64_t ModelFingerprint(const Model& model);

}  // namespace reckon

#endif  // RECKON_LIB_SESSION_SNAPSHOT_H_
