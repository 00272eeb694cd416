#include "weights/weight_reader.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "model/weight_norm.h"

namespace kani::weights {

using kernels::Buffer;
using kernels::WeightFormat;
using kernels::Weights;

namespace {

/// The format asked for, or else the narrowest that holds every number of `parts`.
WeightFormat FormatOf(std::span<const TensorView* const> parts, std::optional<WeightFormat> asked) {
  if (asked) return *asked;
  const bool narrow = std::all_of(parts.begin(), parts.end(), [](const TensorView* part) {
    return part->dtype == DType::kBF16;
  });
  return narrow ? WeightFormat::kBf16 : WeightFormat::kFp32;
}

}  // namespace

const TensorView& WeightReader::Get(const TensorSpec& spec) {
  known_.insert(spec.name);
  return store_.Get(spec.name, spec.shape);
}

const TensorView* WeightReader::Find(const TensorSpec& spec) {
  return store_.Find(spec.name) == nullptr ? nullptr : &Get(spec);
}

std::vector<float> WeightReader::Floats(const TensorSpec& spec) {
  std::vector<float> values = Get(spec).Floats();
  store_.RequireFinite(spec.name, values);
  return values;
}

float WeightReader::Scalar(const TensorSpec& spec) {
  const TensorView* found = store_.Find(spec.name);
  const bool is_row = found != nullptr && found->shape.size() == 1;
  return Floats({spec.name, is_row ? Shape{1} : Shape{}})[0];
}

Buffer WeightReader::Vector(const TensorSpec& spec) { return Upload(Floats(spec)); }

Buffer WeightReader::Upload(std::span<const float> values) {
  bytes_ += values.size_bytes();
  return Buffer(device_, values);
}

Buffer WeightReader::Vectors(std::span<const TensorSpec> specs) {
  std::vector<float> values;
  for (const TensorSpec& spec : specs) {
    const std::vector<float> part = Floats(spec);
    values.insert(values.end(), part.begin(), part.end());
  }
  return Upload(values);
}

std::unique_ptr<const Weights> WeightReader::Counted(std::unique_ptr<const Weights> packed) {
  bytes_ += packed->bytes();
  return packed;
}

std::unique_ptr<const Weights> WeightReader::Stack(std::span<const TensorSpec> specs,
                                                   std::optional<WeightFormat> format) {
  std::vector<const TensorView*> parts;
  int64_t outputs = 0;
  for (const TensorSpec& spec : specs) {
    parts.push_back(&Get(spec));
    outputs += parts.back()->shape[0];
  }
  const int64_t inputs = parts[0]->shape[1];
  auto packed = device_.Pack(outputs, 1, inputs, FormatOf(parts, format),
                             [&](int64_t n, std::span<float> row) {
                               size_t part = 0;
                               while (n >= parts[part]->shape[0]) n -= parts[part++]->shape[0];
                               parts[part]->ReadFloats(n * inputs, row);
                               store_.RequireFinite(*parts[part], row);
                             });
  for (const TensorView* part : parts) store_.Release(*part);
  return Counted(std::move(packed));
}

std::unique_ptr<const Weights> WeightReader::Rows(const TensorSpec& spec, int64_t begin,
                                                  int64_t count,
                                                  std::optional<WeightFormat> format) {
  const TensorView* matrix = &Get(spec);
  const int64_t inputs = matrix->shape[1];
  auto packed = device_.Pack(count, 1, inputs, FormatOf(std::span(&matrix, 1), format),
                             [&](int64_t n, std::span<float> row) {
                               matrix->ReadFloats((begin + n) * inputs, row);
                               store_.RequireFinite(*matrix, row);
                             });
  store_.Release(*matrix);
  return Counted(std::move(packed));
}

std::unique_ptr<const Weights> WeightReader::Pack(std::span<const float> values, int64_t outputs,
                                                  int64_t inputs, int64_t taps) {
  return Counted(device_.Pack(
      outputs, taps, inputs, WeightFormat::kFp32, [&](int64_t n, std::span<float> row) {
        // [inputs, taps] of a stored row to [taps, inputs], as kernels read it.
        const float* stored = values.data() + n * inputs * taps;
        for (int64_t tap = 0; tap < taps; ++tap) {
          for (int64_t k = 0; k < inputs; ++k) {
            row[static_cast<size_t>(tap * inputs + k)] = stored[k * taps + tap];
          }
        }
      }));
}

std::vector<float> WeightReader::Normalised(std::string_view module, const Shape& shape, int axis) {
  const std::string prefix(module);
  for (const std::string_view spelling : model::kNormalisedWeightSpellings) {
    known_.insert(StrCat(prefix, spelling));
  }
  std::vector<float> folded = model::ReadNormalisedWeight(store_, prefix, shape, axis);
  store_.RequireFinite(prefix + ".weight", folded);
  return folded;
}

void WeightReader::CheckIntegers(const TensorSpec& spec, const std::vector<int64_t>& expected) {
  const TensorView* view = Find(spec);
  if (view == nullptr) return;
  const std::vector<int64_t> found = view->Ints();
  if (found != expected) {
    // Values are as short as the list of levels, so both fit on the line.
    Fail(ErrorCode::kInvalidFile, store_.source(), ": ", spec.name, ": values ", ShapeString(found),
         ", the configuration says ", ShapeString(expected));
  }
}

void WeightReader::RejectUnknown(const std::function<bool(std::string_view)>& ignored) const {
  store_.RejectUnknown(
      [&](std::string_view name) { return known_.contains(name) || (ignored && ignored(name)); });
}

}  // namespace kani::weights
