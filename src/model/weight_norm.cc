#include "model/weight_norm.h"

#include <cmath>

#include "base/error.h"

namespace kani::model {
namespace {

struct MagnitudeAndDirection {
  const TensorView* magnitude = nullptr;
  const TensorView* direction = nullptr;
};

/// @param magnitude_shape the shape with every axis but the kept one reduced to 1.
MagnitudeAndDirection FindParts(const formats::TensorStore& store, const std::string& prefix,
                                std::span<const int64_t> shape,
                                std::span<const int64_t> magnitude_shape) {
  const std::string old_style = prefix + ".weight_";
  const std::string new_style = prefix + ".parametrizations.weight.original";
  const bool is_new = store.Find(new_style + "0") != nullptr;
  return {&store.Get(is_new ? new_style + "0" : old_style + "g", magnitude_shape),
          &store.Get(is_new ? new_style + "1" : old_style + "v", shape)};
}

}  // namespace

std::vector<float> ReadNormalisedWeight(const formats::TensorStore& store,
                                        const std::string& prefix, std::span<const int64_t> shape,
                                        int axis) {
  KANI_DCHECK(axis >= 0 && static_cast<size_t>(axis) < shape.size());
  if (store.Find(prefix + ".weight") != nullptr) {
    const TensorView& folded = store.Get(prefix + ".weight", shape);
    std::vector<float> weight = folded.Floats();
    store.Release(folded);
    return weight;
  }
  const auto kept = static_cast<size_t>(axis);
  Shape magnitude_shape(shape.size(), 1);
  magnitude_shape[kept] = shape[kept];
  const auto [magnitude, direction] = FindParts(store, prefix, shape, magnitude_shape);

  const std::vector<float> g = magnitude->Floats();  // [shape[axis]]
  std::vector<float> weight = direction->Floats();   // shape
  store.Release(*direction);
  const auto inner = static_cast<size_t>(ElementCount(shape.subspan(kept + 1)));
  const auto channel_of = [&](size_t element) { return element / inner % g.size(); };
  std::vector<double> scale(g.size(), 0.0);
  for (size_t i = 0; i < weight.size(); ++i) {
    scale[channel_of(i)] += static_cast<double>(weight[i]) * weight[i];
  }
  for (size_t c = 0; c < g.size(); ++c) {
    if (scale[c] == 0.0) {
      Fail(ErrorCode::kInvalidFile, store.source(), ": the weight-normalised direction of ",
           Quoted(prefix), " is zero in channel ", c, " of axis ", axis);
    }
    scale[c] = g[c] / std::sqrt(scale[c]);
  }
  for (size_t i = 0; i < weight.size(); ++i) {
    weight[i] = static_cast<float>(weight[i] * scale[channel_of(i)]);
  }
  return weight;
}

}  // namespace kani::model
