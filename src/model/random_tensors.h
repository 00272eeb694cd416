// Random numbers for the tables of tensors, of a size that keeps what passes through a network near
// unit size: checkpoints for tests, and for models that are only measured.
#pragma once

#include <cmath>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "formats/safetensors.h"

namespace kani::model {

/// Mean and standard deviation, by the name that all three networks give to what it is.
struct Spread {
  double mean = 0, deviation = 1;
};
inline Spread SpreadOf(const TensorSpec& spec) {
  const auto ends_with = [&](std::string_view end) { return spec.name.ends_with(end); };
  if (ends_with("norm.weight")) return {1, 0.2};
  if (ends_with("bias")) return {0, 0.05};
  if (ends_with("running_mean")) return {0.4, 0.1};
  if (ends_with("running_var")) return {0.3, 0.02};
  if (ends_with("snake_act.alpha") || ends_with("gru_rel_pos_const")) return {1, 0.3};
  if (ends_with("pos_conv_embed.conv.weight_g")) return {2, 0};
  if (ends_with("weight_g")) return {0.7, 0.1};
  if (ends_with("conv.conv.weight")) return {0, 0.6};
  if (spec.shape.size() < 2 || ends_with("weight_v")) return {0, 1};
  const double fan = std::sqrt(static_cast<double>(ElementCount(std::span(spec.shape).subspan(1))));
  return {0, (ends_with("embed_tokens.weight") ? 4 : 1) / fan};
}

/// Uniform, which is cheaper than normal and as good here.
/// @param dtype kF32 or kBF16.
/// @param stream of `seed`, another one for each tensor.
inline formats::NamedTensor RandomTensor(const TensorSpec& spec, DType dtype, uint64_t seed,
                                         uint64_t stream) {
  const CounterRandom random(seed, stream);
  const auto [mean, deviation] = SpreadOf(spec);
  const double width = deviation * std::sqrt(12.0);
  const auto count = static_cast<size_t>(ElementCount(spec.shape));
  std::vector<std::byte> bytes(count * DTypeSize(dtype));
  for (size_t i = 0; i < count; ++i) {
    const double unit = random.Bits(i) * 0x1p-32 - 0.5;
    const auto value = static_cast<float>(mean + width * unit);
    if (dtype == DType::kBF16) {
      reinterpret_cast<uint16_t*>(bytes.data())[i] = FloatToBf16(value);
    } else {
      reinterpret_cast<float*>(bytes.data())[i] = value;
    }
  }
  return {spec.name, dtype, spec.shape, std::move(bytes)};
}

inline std::vector<formats::NamedTensor> RandomTensors(const std::vector<TensorSpec>& specs,
                                                       uint64_t seed) {
  std::vector<formats::NamedTensor> tensors;
  for (const TensorSpec& spec : specs) {
    tensors.push_back(RandomTensor(spec, DType::kF32, seed, tensors.size()));
  }
  return tensors;
}

/// A checkpoint that was never on disk.
class MemoryStore : public formats::TensorStore {
 public:
  explicit MemoryStore(std::vector<formats::NamedTensor> tensors = {}) {
    source_ = "memory";
    for (formats::NamedTensor& tensor : tensors) Add(std::move(tensor));
  }
  void Add(formats::NamedTensor tensor) {
    const formats::NamedTensor& kept = kept_.emplace_back(std::move(tensor));
    tensors_[kept.name] = {.dtype = kept.dtype, .shape = kept.shape, .bytes = kept.bytes};
  }
  void Remove(const std::string& name) { tensors_.erase(name); }

 private:
  std::deque<formats::NamedTensor> kept_;
};

}  // namespace kani::model
