#include "speaker/loader.h"

#include <algorithm>
#include <utility>

#include "model/weight_norm.h"

namespace kani::speaker {

using kernels::Buffer;
using kernels::WeightFormat;
using kernels::Weights;

namespace {

/// [inputs, taps] as PyTorch stores a row to [taps, inputs] as kernels read it.
void TapsFirst(std::span<const float> stored, int64_t taps, std::span<float> row) {
  const auto tap_count = static_cast<size_t>(taps);
  const size_t inputs = stored.size() / tap_count;
  for (size_t k = 0; k < inputs; ++k) {
    for (size_t tap = 0; tap < tap_count; ++tap) {
      row[tap * inputs + k] = stored[k * tap_count + tap];
    }
  }
}

}  // namespace

const TensorView& Loader::Get(const std::string& name, const Shape& shape) {
  known_.insert(name);
  return store_.Get(name, shape);
}

std::vector<float> Loader::Floats(const std::string& name, const Shape& shape) {
  std::vector<float> values = Get(name, shape).Floats();
  store_.RequireFinite(name, values);
  return values;
}

Buffer Loader::Vector(const std::string& name, int64_t size) {
  return StackedVector(std::span(&name, 1), size);
}

Norm Loader::LayerNorm(const std::string& prefix, int64_t size) {
  return {Vector(prefix + ".weight", size), Vector(prefix + ".bias", size)};
}

Buffer Loader::StackedVector(std::span<const std::string> names, int64_t size) {
  std::vector<float> values;
  for (const std::string& name : names) {
    const std::vector<float> part = Floats(name, {size});
    values.insert(values.end(), part.begin(), part.end());
  }
  bytes_ += values.size() * sizeof(float);
  return Buffer(device_, values);
}

std::unique_ptr<const Weights> Loader::Pack(int64_t outputs, int64_t taps, int64_t inputs,
                                            WeightFormat format, const kernels::RowSource& source) {
  auto packed = device_.Pack(outputs, taps, inputs, format, source);
  bytes_ += packed->bytes();
  return packed;
}

std::unique_ptr<const Weights> Loader::Stack(std::span<const std::string> names, int64_t outputs,
                                             int64_t inputs) {
  std::vector<const TensorView*> parts;
  for (const std::string& name : names) parts.push_back(&Get(name, {outputs, inputs}));
  auto packed = Pack(outputs * static_cast<int64_t>(parts.size()), 1, inputs, format_,
                     [&](int64_t n, std::span<float> row) {
                       const TensorView& part = *parts[static_cast<size_t>(n / outputs)];
                       part.ReadFloats(n % outputs * inputs, row);
                       store_.RequireFinite(part, row);
                     });
  for (const TensorView* part : parts) store_.Release(*part);
  return packed;
}

std::unique_ptr<const Weights> Loader::Convolution(const std::string& name, int64_t outputs,
                                                   int64_t inputs, int64_t taps) {
  const TensorView& view = Get(name, {outputs, inputs, taps});
  return Pack(outputs, taps, inputs, WeightFormat::kFp32, [&](int64_t n, std::span<float> row) {
    std::vector<float> stored(row.size());
    view.ReadFloats(n * inputs * taps, stored);
    store_.RequireFinite(view, stored);
    TapsFirst(stored, taps, row);
  });
}

std::vector<std::unique_ptr<const Weights>> Loader::NormalisedGroups(const std::string& prefix,
                                                                     int64_t channels,
                                                                     int64_t groups, int64_t taps) {
  const int64_t width = channels / groups;
  const std::vector<float> folded =
      model::ReadNormalisedWeight(store_, prefix, Shape{channels, width, taps}, 2);
  store_.RequireFinite(prefix + ".weight", folded);
  for (const auto& [name, view] : store_.tensors()) {
    if (name.starts_with(prefix + ".")) known_.insert(name);
  }
  std::vector<std::unique_ptr<const Weights>> kernels;
  for (int64_t group = 0; group < groups; ++group) {
    kernels.push_back(
        Pack(width, taps, width, WeightFormat::kFp32, [&](int64_t n, std::span<float> row) {
          const auto begin = static_cast<size_t>(group * width + n) * row.size();
          TapsFirst(std::span(folded).subspan(begin, row.size()), taps, row);
        }));
  }
  return kernels;
}

std::unique_ptr<const Weights> Loader::Pack(int64_t outputs, int64_t inputs,
                                            std::span<const float> values) {
  return Pack(outputs, 1, inputs, WeightFormat::kFp32, [&](int64_t n, std::span<float> row) {
    std::ranges::copy(values.subspan(static_cast<size_t>(n * inputs), row.size()), row.begin());
  });
}

void Loader::RejectUnknown() const {
  store_.RejectUnknown([&](std::string_view name) {
    return known_.contains(name) || name == "wavlm.masked_spec_embed" ||
           name.ends_with(".num_batches_tracked");
  });
}

}  // namespace kani::speaker
