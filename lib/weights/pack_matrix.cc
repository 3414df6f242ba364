#include "weights/pack_matrix.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/status.h"
#include "weights/code_source.h"
#include "weights/pack_codes.h"
#include "weights/tensor_rows.h"

namespace reckon {
namespace {

// Rows of one part that are consecutive output channels of the fused matrix; null where it has padding.
struct SourceRows {
  const RowReader* reader = nullptr;
  const CodeSource* codes = nullptr;
  int64_t row = 0;
  int64_t count = 0;
};

// Which rows of which tensor the output channels of the fused matrix are.
class ChannelMap {
 public:
  static absl::StatusOr<ChannelMap> Create(const Checkpoint& checkpoint, const MatrixSlot& slot) {
    ChannelMap map;
    map.slot_ = &slot;
    for (const TensorPart& part : slot.parts) {
      RECKON_ASSIGN_OR_RETURN(const TensorInfo* tensor, FindPart(checkpoint, part, slot.shape.k));
      if (slot.from_codes) {
        RECKON_ASSIGN_OR_RETURN(CodeSource codes, CodeSource::Open(checkpoint, *tensor));
        map.codes_.push_back(std::move(codes));
      } else {
        RECKON_ASSIGN_OR_RETURN(RowReader reader, RowReader::Open(checkpoint, *tensor));
        map.readers_.push_back(std::move(reader));
      }
    }
    return map;
  }

  // The rows from `channel` on, at most `most`.
  SourceRows Find(int64_t channel, int64_t most) const {
    const ChannelSource source = SourceOfChannel(*slot_, channel);
    if (source.part < 0) return {nullptr, nullptr, 0, most};
    const size_t index = static_cast<size_t>(source.part);
    const TensorPart& part = slot_->parts[index];
    return {slot_->from_codes ? nullptr : &readers_[index], slot_->from_codes ? &codes_[index] : nullptr, source.row,
            std::min(most, part.row_begin + part.rows - source.row)};
  }

 private:
  const MatrixSlot* slot_ = nullptr;
  std::vector<RowReader> readers_;
  std::vector<CodeSource> codes_;
};

// Keeps the first error of several threads.
class FirstError {
 public:
  void Set(const absl::Status& status) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (status_.ok()) status_ = status;
    failed_.store(true, std::memory_order_relaxed);
  }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  absl::Status Take() { return status_; }

 private:
  std::mutex mutex_;
  absl::Status status_;
  std::atomic<bool> failed_{false};
};

// Reads and packs panels [begin, end) from floats. `out` is where panel `begin` goes.
absl::Status PackPanels(const ChannelMap& channels, const PackedMatrix& shape, const KernelTable& kernels,
                        int64_t begin, int64_t end, uint8_t* out) {
  RECKON_ASSIGN_OR_RETURN(
      AlignedBuffer rows,
      AlignedBuffer::Allocate(kPanelChannels * shape.k * static_cast<int64_t>(sizeof(float)), "rows of a tensor"));
  RowScratch scratch;
  for (int64_t panel = begin; panel < end; ++panel) {
    const int64_t first = panel * kPanelChannels;
    const int64_t count = std::min<int64_t>(kPanelChannels, shape.n - first);
    for (int64_t r = 0; r < count;) {
      float* const to = rows.as<float>() + r * shape.k;
      const SourceRows source = channels.Find(first + r, count - r);
      if (source.reader == nullptr) {
        std::fill(to, to + source.count * shape.k, 0.0f);
      } else {
        RECKON_RETURN_IF_ERROR(source.reader->Read(source.row, source.count, to, shape.k, &scratch));
      }
      r += source.count;
    }
    kernels.pack_panel(shape, rows.as<float>(), shape.k, count, out + (panel - begin) * shape.panel_stride);
  }
  return absl::OkStatus();
}

// Rows [row, row + count) of codes to channels [channel, channel + count) of a panel.
absl::Status PackCodedRows(const CodeSource& codes, const PackedMatrix& shape, int64_t row, int64_t count,
                           int64_t channel, uint8_t* panel, CodeRows* rows, std::vector<uint8_t>* scratch) {
  if (!HoldsBlocks(shape, codes.tensor().dtype)) {
    RECKON_RETURN_IF_ERROR(codes.Read(row, count, rows));
    return PackCodes(shape, codes.grid(), *rows, count, channel, panel);
  }
  for (int64_t r = 0; r < count;) {
    int64_t run = 0;
    RECKON_ASSIGN_OR_RETURN(absl::Span<const uint8_t> blocks, codes.Blocks(row + r, count - r, &run, scratch));
    const size_t row_bytes = blocks.size() / static_cast<size_t>(run);
    for (; run > 0; --run, ++r, blocks.remove_prefix(row_bytes)) {
      PackBlocks(shape, blocks.first(row_bytes), channel + r, panel);
    }
  }
  return absl::OkStatus();
}

// Panels from codes.
absl::Status PackCodedPanels(const ChannelMap& channels, const PackedMatrix& shape, int64_t begin, int64_t end,
                             uint8_t* out) {
  CodeRows rows;
  std::vector<uint8_t> scratch;
  for (int64_t panel = begin; panel < end; ++panel) {
    const int64_t first = panel * kPanelChannels;
    const int64_t count = std::min<int64_t>(kPanelChannels, shape.n - first);
    for (int64_t r = 0; r < count;) {
      const SourceRows source = channels.Find(first + r, count - r);
      if (source.codes != nullptr) {
        RECKON_RETURN_IF_ERROR(PackCodedRows(*source.codes, shape, source.row, source.count, r,
                                             out + (panel - begin) * shape.panel_stride, &rows, &scratch));
      }
      r += source.count;
    }
  }
  return absl::OkStatus();
}

}  // namespace

ChannelSource SourceOfChannel(const MatrixSlot& slot, int64_t channel) {
  const int64_t parts = static_cast<int64_t>(slot.parts.size());
  int64_t index = 0;
  if (slot.order == FusedOrder::kInterleaved) {
    const int64_t panel = channel / kPanelChannels;
    index = panel % parts;
    channel = panel / parts * kPanelChannels + channel % kPanelChannels;
  } else {
    while (index < parts && channel >= slot.parts[static_cast<size_t>(index)].rows) {
      channel -= slot.parts[static_cast<size_t>(index++)].rows;
    }
  }
  if (index >= parts || channel >= slot.parts[static_cast<size_t>(index)].rows) return {};
  return {index, slot.parts[static_cast<size_t>(index)].row_begin + channel};
}

absl::Status PackOnePanel(const Checkpoint& checkpoint, const MatrixSlot& slot, const KernelTable& kernels,
                          int64_t panel, uint8_t* out) {
  RECKON_ASSIGN_OR_RETURN(const ChannelMap channels, ChannelMap::Create(checkpoint, slot));
  return slot.from_codes ? PackCodedPanels(channels, slot.shape, panel, panel + 1, out)
                         : PackPanels(channels, slot.shape, kernels, panel, panel + 1, out);
}

absl::Status PackMatrix(const Checkpoint& checkpoint, const MatrixSlot& slot, const KernelTable& kernels,
                        ThreadPool& pool, const CancelToken& cancel, uint8_t* out) {
  constexpr int64_t kPanelsPerTask = 4;
  // The source's pages are given back every so often, so that a large tensor (the lm_head) is never in memory as a
  // whole.
  constexpr int64_t kElementsPerSlab = int64_t{16} << 20;
  RECKON_ASSIGN_OR_RETURN(const ChannelMap channels, ChannelMap::Create(checkpoint, slot));
  const int64_t panels = slot.shape.panels;
  const int64_t tasks_per_slab =
      std::max<int64_t>(1, kElementsPerSlab / (slot.shape.k * kPanelChannels * kPanelsPerTask));
  FirstError error;
  for (int64_t slab = 0; slab < panels && !error.failed(); slab += tasks_per_slab * kPanelsPerTask) {
    const int64_t tasks = std::min(tasks_per_slab, (panels - slab + kPanelsPerTask - 1) / kPanelsPerTask);
    pool.ParallelFor(tasks, [&](int64_t task) {
      if (error.failed()) return;
      if (cancel.cancelled()) return error.Set(absl::CancelledError("loading was cancelled"));
      const int64_t begin = slab + task * kPanelsPerTask;
      const int64_t finish = std::min(begin + kPanelsPerTask, panels);
      uint8_t* const to = out + begin * slot.shape.panel_stride;
      const absl::Status status = slot.from_codes ? PackCodedPanels(channels, slot.shape, begin, finish, to)
                                                  : PackPanels(channels, slot.shape, kernels, begin, finish, to);
      if (!status.ok()) error.Set(status);
    });
    for (const TensorPart& part : slot.parts) checkpoint.Release(*checkpoint.Find(part.name));
  }
  return error.Take();
}

}  // namespace reckon
