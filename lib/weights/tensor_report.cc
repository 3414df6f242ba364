#include "weights/tensor_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/hash_table.h"
#include "base/status.h"
#include "weights/pack_codes.h"
#include "weights/pack_matrix.h"
#include "weights/tensor_rows.h"

namespace reckon {
namespace {

std::string DescribeStored(const TensorInfo& tensor) {
  if (tensor.codes == nullptr) return std::string(InfoOf(tensor.dtype).name);
  const IntegerCodes& codes = *tensor.codes;
  return absl::StrCat(codes.method, ", ", codes.codes.bits, " bits, ",
                      codes.groups == 1 ? "one group a row" : absl::StrCat("groups of ", codes.group_size),
                      codes.group_of_column.empty() ? "" : " of scattered inputs",
                      codes.centered() ? "" : ", zero points");
}

std::string DescribeHeld(const PackedMatrix& shape) {
  constexpr const char* kNames[] = {"f32", "bf16", "q8", "q4"};
  const char* const zero = shape.zero == PackedZero::kPoint     ? " with zero points"
                           : shape.zero == PackedZero::kMinimum ? " with minimums"
                                                                : "";
  return absl::StrCat(kNames[static_cast<size_t>(shape.format)], zero);
}

// Whether plain numbers of this type survive in the format without rounding.
bool KeepsPlain(PackedFormat format, DType dtype) {
  if (format == PackedFormat::kF32) return dtype != DType::kF64;
  return format == PackedFormat::kBf16 && dtype == DType::kBF16;
}

class Reporter {
 public:
  Reporter(const Checkpoint& checkpoint, const KernelTable& kernels, int64_t panels)
      : checkpoint_(checkpoint), kernels_(kernels), panels_(panels), reports_(checkpoint.tensors().size()) {
    for (size_t i = 0; i < reports_.size(); ++i) {
      const TensorInfo& tensor = checkpoint.tensors()[i];
      reports_[i].tensor = &tensor;
      reports_[i].stored = DescribeStored(tensor);
      reports_[i].held = "not used";
      reports_[i].as_stored = true;
      index_[tensor.name] = i;
    }
    sums_.resize(reports_.size());
  }

  void AddVector(const VectorSlot& slot) {
    for (const TensorPart& part : slot.parts) {
      if (!part.name.empty()) SetHeld(part.name, "f32");
    }
  }

  absl::Status AddMatrix(const MatrixSlot& slot) {
    for (const TensorPart& part : slot.parts) {
      const TensorInfo* tensor = checkpoint_.Find(part.name);
      if (tensor == nullptr) continue;
      SetHeld(part.name, DescribeHeld(slot.shape));
      const std::optional<CodeGrid> grid = GridOf(*tensor);
      const bool kept =
          slot.from_codes ? grid.has_value() && grid->half_scales : KeepsPlain(slot.shape.format, tensor->dtype);
      if (!kept) reports_[index_[part.name]].as_stored = false;
    }
    return panels_ > 0 ? Measure(slot) : absl::OkStatus();
  }

  absl::Status AddLayer(const LayerSlots& layer) {
    AddVector(layer.input_norm);
    RECKON_RETURN_IF_ERROR(AddMatrix(layer.qkv));
    for (const VectorSlot* slot : {&layer.qkv_bias, &layer.q_norm, &layer.k_norm}) AddVector(*slot);
    RECKON_RETURN_IF_ERROR(AddMatrix(layer.o));
    AddVector(layer.o_bias);
    AddVector(layer.post_attention_norm);
    RECKON_RETURN_IF_ERROR(AddMatrix(layer.gate_up));
    return AddMatrix(layer.down);
  }

  void SetHeld(const std::string& name, const std::string& held) {
    const auto it = index_.find(name);
    if (it == index_.end()) return;
    std::string& text = reports_[it->second].held;
    if (text == "not used") {
      text = held;
      order_.push_back(it->second);
    } else if (text != held) {
      absl::StrAppend(&text, ", ", held);
    }
  }

  std::vector<TensorReport> Finish() {
    for (size_t i = 0; i < reports_.size(); ++i) {
      if (sums_[i].of_values > 0) reports_[i].relative_error = std::sqrt(sums_[i].of_errors / sums_[i].of_values);
    }
    std::vector<TensorReport> ordered;
    ordered.reserve(reports_.size());
    for (size_t i = 0; i < reports_.size(); ++i) {
      if (reports_[i].held == "not used") order_.push_back(i);
    }
    for (const size_t i : order_) ordered.push_back(std::move(reports_[i]));
    return ordered;
  }

 private:
  struct Sums {
    double of_errors = 0;
    double of_values = 0;
  };

  absl::Status Measure(const MatrixSlot& slot) {
    const int64_t count = std::min(panels_, slot.shape.panels);
    PackedMatrix one = slot.shape;
    std::vector<uint8_t> panel(static_cast<size_t>(slot.shape.panel_stride));
    for (int64_t i = 0; i < count; ++i) {
      const int64_t index = i * slot.shape.panels / count;
      std::fill(panel.begin(), panel.end(), uint8_t{0});
      RECKON_RETURN_IF_ERROR(PackOnePanel(checkpoint_, slot, kernels_, index, panel.data()));
      one.panels = 1;
      for (int64_t c = 0; c < kPanelChannels; ++c) {
        RECKON_RETURN_IF_ERROR(MeasureChannel(slot, one, panel.data(), index * kPanelChannels + c));
      }
    }
    return absl::OkStatus();
  }

  absl::Status MeasureChannel(const MatrixSlot& slot, const PackedMatrix& one, const uint8_t* panel, int64_t channel) {
    const ChannelSource source = SourceOfChannel(slot, channel);
    if (source.part < 0) return absl::OkStatus();
    const TensorPart& part = slot.parts[static_cast<size_t>(source.part)];
    const TensorInfo& tensor = *checkpoint_.Find(part.name);
    const size_t k = static_cast<size_t>(slot.shape.k);
    held_.resize(k);
    stored_.resize(k);
    UnpackChannel(one, panel, channel % kPanelChannels, absl::MakeSpan(held_));
    RECKON_ASSIGN_OR_RETURN(const RowReader reader, RowReader::Open(checkpoint_, tensor));
    RECKON_RETURN_IF_ERROR(reader.Read(source.row, 1, stored_.data(), slot.shape.k, &scratch_));
    const size_t at = index_[part.name];
    ++reports_[at].measured_rows;
    for (size_t i = 0; i < k; ++i) {
      const double difference = static_cast<double>(held_[i]) - static_cast<double>(stored_[i]);
      sums_[at].of_errors += difference * difference;
      sums_[at].of_values += static_cast<double>(stored_[i]) * static_cast<double>(stored_[i]);
    }
    return absl::OkStatus();
  }

  const Checkpoint& checkpoint_;
  const KernelTable& kernels_;
  int64_t panels_;
  std::vector<TensorReport> reports_;
  std::vector<Sums> sums_;
  StringMap<size_t> index_;
  std::vector<size_t> order_;  // of the tensors in use, as the model passes them
  std::vector<float> held_, stored_;
  RowScratch scratch_;
};

}  // namespace

absl::StatusOr<std::vector<TensorReport>> ReportTensors(const Checkpoint& checkpoint, const Architecture& architecture,
                                                        const WeightLayout& layout, const KernelTable& kernels,
                                                        int64_t panels) {
  Reporter reporter(checkpoint, kernels, panels);
  reporter.SetHeld(architecture.embedding, "rows in the file");
  for (const std::string* name : {&architecture.rope.factors_tensor, &architecture.rope.short_factors_tensor,
                                  &architecture.rope.long_factors_tensor}) {
    reporter.SetHeld(*name, "f32");
  }
  for (const LayerSlots& layer : layout.layers) {
    RECKON_RETURN_IF_ERROR(reporter.AddLayer(layer));
  }
  reporter.AddVector(layout.final_norm);
  RECKON_RETURN_IF_ERROR(reporter.AddMatrix(layout.lm_head));
  return reporter.Finish();
}

}  // namespace reckon
