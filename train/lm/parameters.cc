#include "train/lm/parameters.h"

#include <ATen/ops/zeros.h>

#include <utility>

namespace kani::train {

Parameters::Parameters(std::vector<ParameterSpec> specs) : specs_(std::move(specs)) {
  int64_t total = 0;
  for (const ParameterSpec& spec : specs_) {
    offsets_.push_back(total);
    total += ElementCount(spec.shape);
  }
  values_ = at::zeros({total}, at::kFloat);
  gradients_ = at::zeros({total}, at::kFloat);
  for (size_t i = 0; i < specs_.size(); ++i) {
    const int64_t size = ElementCount(specs_[i].shape);
    at::Tensor view = values_.narrow(0, offsets_[i], size).view(specs_[i].shape).detach();
    view.requires_grad_();
    view.mutable_grad() = gradients_.narrow(0, offsets_[i], size).view(specs_[i].shape);
    views_.emplace(specs_[i].name, std::move(view));
  }
}

const at::Tensor& Parameters::Get(std::string_view name) const { return views_.find(name)->second; }

void Parameters::Load(const model::TensorStore& store) {
  store.RejectUnknown([&](std::string_view name) { return views_.contains(name); });
  for (size_t i = 0; i < specs_.size(); ++i) {
    const TensorView& stored = store.Get(specs_[i].name, specs_[i].shape);
    float* begin = values_.data_ptr<float>() + offsets_[i];
    stored.ReadFloats(0, {begin, static_cast<size_t>(stored.size())});
  }
}

std::vector<model::NamedTensor> Parameters::Tensors() const {
  std::vector<model::NamedTensor> tensors;
  for (size_t i = 0; i < specs_.size(); ++i) {
    const float* begin = values_.data_ptr<float>() + offsets_[i];
    const auto size = static_cast<size_t>(ElementCount(specs_[i].shape));
    tensors.push_back(model::FloatTensor(specs_[i].name, specs_[i].shape, {begin, size}));
  }
  return tensors;
}

}  // namespace kani::train
