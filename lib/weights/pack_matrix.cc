#include "weights/pack_matrix.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/status.h"
#include "weights/tensor_rows.h"

namespace reckon {
namespace {

// A row of a tensor; null where the fused matrix has padding.
struct SourceRow {
  const TensorInfo* tensor = nullptr;
  int64_t row = 0;
};

// Which tensor row output channel n of the fused matrix is.
class ChannelMap {
 public:
  static absl::StatusOr<ChannelMap> Create(const Checkpoint& checkpoint, const MatrixSlot& slot) {
    ChannelMap map;
    map.slot_ = &slot;
    for (const TensorPart& part : slot.parts) {
      RECKON_ASSIGN_OR_RETURN(const TensorInfo* tensor, FindPart(checkpoint, part, slot.shape.k));
      map.tensors_.push_back(tensor);
    }
    return map;
  }

  SourceRow Find(int64_t channel) const {
    size_t index = 0;
    if (slot_->order == FusedOrder::kInterleaved) {
      const int64_t panel = channel / kPanelChannels;
      const int64_t parts = static_cast<int64_t>(tensors_.size());
      index = static_cast<size_t>(panel % parts);
      channel = panel / parts * kPanelChannels + channel % kPanelChannels;
    } else {
      while (index < tensors_.size() && channel >= slot_->parts[index].rows) channel -= slot_->parts[index++].rows;
    }
    if (index >= tensors_.size() || channel >= slot_->parts[index].rows) return {};
    return {tensors_[index], slot_->parts[index].row_begin + channel};
  }

 private:
  const MatrixSlot* slot_ = nullptr;
  std::vector<const TensorInfo*> tensors_;
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

// Reads and packs panels [begin, end).
absl::Status PackPanels(const Checkpoint& checkpoint, const ChannelMap& channels, const PackedMatrix& shape,
                        const KernelTable& kernels, int64_t begin, int64_t end, uint8_t* out) {
  RECKON_ASSIGN_OR_RETURN(
      AlignedBuffer rows,
      AlignedBuffer::Allocate(kPanelChannels * shape.k * static_cast<int64_t>(sizeof(float)), "rows of a tensor"));
  std::vector<uint8_t> scratch;
  for (int64_t panel = begin; panel < end; ++panel) {
    const int64_t first = panel * kPanelChannels;
    const int64_t count = std::min<int64_t>(kPanelChannels, shape.n - first);
    for (int64_t r = 0; r < count; ++r) {
      const absl::Span<float> row(rows.as<float>() + r * shape.k, static_cast<size_t>(shape.k));
      const SourceRow source = channels.Find(first + r);
      if (source.tensor == nullptr) {
        std::fill(row.begin(), row.end(), 0.0f);
      } else {
        RECKON_RETURN_IF_ERROR(ReadRow(checkpoint, *source.tensor, source.row, row, &scratch));
      }
    }
    kernels.pack_panel(shape, rows.as<float>(), shape.k, count, out + panel * shape.panel_stride);
  }
  return absl::OkStatus();
}

}  // namespace

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
      const absl::Status status =
          PackPanels(checkpoint, channels, slot.shape, kernels, begin, std::min(begin + kPanelsPerTask, panels), out);
      if (!status.ok()) error.Set(status);
    });
    for (const TensorPart& part : slot.parts) checkpoint.Release(*checkpoint.Find(part.name));
  }
  return error.Take();
}

}  // namespace reckon
