// Attention of one layer over the cache: how the work is cut, and how partial results are put together.
#ifndef RECKON_LIB_DECODER_ATTENTION_H_
#define RECKON_LIB_DECODER_ATTENTION_H_

#include <cstdint>

#include "arch/architecture.h"
#include "base/thread_pool.h"
#include "decoder/kv_cache.h"
#include "decoder/scratch.h"
#include "kernels/kernel_table.h"

namespace reckon {

struct AttentionLayer {
  const Architecture* architecture = nullptr;
  int64_t index = 0;     // of the layer
  int64_t position = 0;  // of row 0
  int64_t rows = 0;
};

// Queries in scratch.qkv, results to scratch.attended. Each row's result is that of its segments (kAttentionSegment
// positions each) merged in order, whichever of the two functions computes it.
//
// For up to kSplitRows rows: one task for each key/value head and segment, then one merge for each row.
void AttendFewRows(const KernelTable& kernels, ThreadPool& pool, const AttentionLayer& layer, KvCache& cache,
                   Scratch& scratch);
// For more rows: one task for each key/value head and block of rows, which walks the segments itself.
void AttendManyRows(const KernelTable& kernels, ThreadPool& pool, const AttentionLayer& layer, KvCache& cache,
                    Scratch& scratch);

}  // namespace reckon

#endif  // RECKON_LIB_DECODER_ATTENTION_H_
