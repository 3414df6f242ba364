#include "support/repack.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "support/safetensors_writer.h"
#include "support/temp_folder.h"

namespace reckon::testing {
namespace {

using nlohmann::json;

struct Tensor {
  std::string dtype;
  std::vector<size_t> shape;
  std::string data;
};

using Tensors = std::map<std::string, Tensor>;

template <typename T>
T At(const std::string& data, size_t index) {
  T value;
  std::memcpy(&value, data.data() + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
void Append(std::string* data, T value) {
  data->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

Tensors ReadTensors(const std::string& path) {
  const std::string file = ReadFile(path);
  const auto length = static_cast<size_t>(At<uint64_t>(file, 0));
  const json header = json::parse(file.substr(8, length));
  Tensors tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto ends = entry.at("data_offsets").get<std::pair<size_t, size_t>>();
    tensors[name] = {entry.at("dtype"), entry.at("shape"),
                     file.substr(8 + length + ends.first, ends.second - ends.first)};
  }
  return tensors;
}

std::string WriteTensors(const Tensors& tensors) {
  SafetensorsWriter writer;
  for (const auto& [name, tensor] : tensors) writer.Tensor(name, tensor.dtype, json(tensor.shape).dump(), tensor.data);
  return writer.Bytes();
}

// Weight (r, c) is (codes[r][c] - zeros[r][g]) * scales[r][g], g = c / group.
struct Layer {
  size_t rows = 0, columns = 0, groups = 0;
  std::vector<int> codes;
  std::vector<int> zeros;
  std::string scales;  // F16

  bool Symmetric() const { return std::count(zeros.begin(), zeros.end(), 8) == static_cast<int64_t>(zeros.size()); }
};

int Nibble(const std::string& words, size_t word, size_t place) {
  return static_cast<int>((At<uint32_t>(words, word) >> (4 * place)) & 15);
}

Layer TakeLayer(const std::string& name, bool awq, Tensors* tensors) {
  const auto take = [&](const char* suffix) { return tensors->extract(name + suffix).mapped(); };
  const Tensor qweight = take(".qweight");
  const Tensor qzeros = take(".qzeros");
  const Tensor scales = take(".scales");
  tensors->erase(name + ".g_idx");
  static constexpr std::array<size_t, 8> kAwqPlace = {0, 4, 1, 5, 2, 6, 3, 7};
  Layer layer;
  layer.groups = scales.shape.at(0);
  layer.rows = scales.shape.at(1);
  layer.columns = awq ? qweight.shape.at(0) : qweight.shape.at(0) * 8;
  const size_t words = layer.rows / 8;
  for (size_t r = 0; r < layer.rows; ++r) {
    for (size_t c = 0; c < layer.columns; ++c) {
      layer.codes.push_back(awq ? Nibble(qweight.data, c * words + r / 8, kAwqPlace.at(r % 8))
                                : Nibble(qweight.data, c / 8 * layer.rows + r, c % 8));
    }
    for (size_t g = 0; g < layer.groups; ++g) {
      layer.zeros.push_back(awq ? Nibble(qzeros.data, g * words + r / 8, kAwqPlace.at(r % 8))
                                : Nibble(qzeros.data, g * words + r / 8, r % 8) + 1);
      Append(&layer.scales, At<uint16_t>(scales.data, g * layer.rows + r));
    }
  }
  return layer;
}

void AddPacked(const std::string& name, const Layer& layer, Tensors* tensors) {
  std::string packed;
  for (size_t i = 0; i < layer.codes.size(); i += 8) {
    uint32_t word = 0;
    for (size_t j = 0; j < 8; ++j) word |= static_cast<uint32_t>(layer.codes.at(i + j)) << (4 * j);
    Append(&packed, word);
  }
  (*tensors)[name + ".weight_packed"] = {"I32", {layer.rows, layer.columns / 8}, packed};
  std::string shape;
  Append(&shape, static_cast<int64_t>(layer.rows));
  Append(&shape, static_cast<int64_t>(layer.columns));
  (*tensors)[name + ".weight_shape"] = {"I64", {2}, shape};
  if (layer.Symmetric()) return;
  std::string zeros;
  for (size_t r = 0; r < layer.rows; r += 8) {
    for (size_t g = 0; g < layer.groups; ++g) {
      uint32_t word = 0;
      for (size_t j = 0; j < 8; ++j) {
        word |= static_cast<uint32_t>(layer.zeros.at((r + j) * layer.groups + g)) << (4 * j);
      }
      Append(&zeros, word);
    }
  }
  (*tensors)[name + ".weight_zero_point"] = {"I32", {layer.rows / 8, layer.groups}, zeros};
}

void AddBytes(const std::string& name, const Layer& layer, Tensors* tensors) {
  const auto bytes = [](const std::vector<int>& numbers) {
    std::string data;
    for (const int number : numbers) Append(&data, static_cast<int8_t>(number - 8));
    return data;
  };
  (*tensors)[name + ".weight"] = {"I8", {layer.rows, layer.columns}, bytes(layer.codes)};
  if (layer.Symmetric()) return;
  (*tensors)[name + ".weight_zero_point"] = {"I8", {layer.rows, layer.groups}, bytes(layer.zeros)};
}

}  // namespace

HfFiles AsCompressedTensors(const std::string& folder, CompressedFormat format) {
  const bool packed = format == CompressedFormat::kPackQuantized;
  json config = json::parse(ReadFile(folder + "/config.json"));
  const std::string method = config.at("quantization_config").at("quant_method");
  if (method != "awq" && method != "gptq") throw std::runtime_error("not repacked: " + method);
  config["quantization_config"] = {{"quant_method", "compressed-tensors"},
                                   {"format", packed ? "pack-quantized" : "int-quantized"}};
  Tensors tensors = ReadTensors(folder + "/model.safetensors");
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) {
    const size_t dot = name.rfind('.');
    if (name.substr(dot) == ".qweight") names.push_back(name.substr(0, dot));
  }
  for (const std::string& name : names) {
    const Layer layer = TakeLayer(name, method == "awq", &tensors);
    tensors[name + ".weight_scale"] = {"F16", {layer.rows, layer.groups}, layer.scales};
    packed ? AddPacked(name, layer, &tensors) : AddBytes(name, layer, &tensors);
  }
  return {config.dump(), WriteTensors(tensors)};
}

}  // namespace reckon::testing
