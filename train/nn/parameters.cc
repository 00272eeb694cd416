#include "train/nn/parameters.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <utility>

namespace kani::train {

Parameters::Parameters(std::vector<TensorSpec> specs, at::Device device)
    : specs_(std::move(specs)) {
  int64_t total = 0;
  for (const TensorSpec& spec : specs_) {
    offsets_.push_back(total);
    total += ElementCount(spec.shape);
  }
  const auto options = at::TensorOptions(at::kFloat).device(device);
  values_ = at::zeros({total}, options);
  gradients_ = at::zeros({total}, options);
  for (size_t i = 0; i < specs_.size(); ++i) {
    const int64_t size = ElementCount(specs_[i].shape);
    at::Tensor view = values_.narrow(0, offsets_[i], size).view(specs_[i].shape).detach();
    view.requires_grad_();
    view.mutable_grad() = gradients_.narrow(0, offsets_[i], size).view(specs_[i].shape);
    views_.emplace(specs_[i].name, std::move(view));
  }
}

const at::Tensor& Parameters::Get(std::string_view name) const { return views_.find(name)->second; }

void Parameters::Freeze(size_t index) {
  views_.find(specs_[index].name)->second.requires_grad_(false);
}

bool Parameters::IsFrozen(size_t index) const { return !Get(specs_[index].name).requires_grad(); }

void Parameters::Load(const formats::TensorStore& store) {
  store.RejectUnknown([&](std::string_view name) { return Has(name); });
  const at::Tensor loaded = at::empty(values_.sizes(), at::kFloat);
  for (size_t i = 0; i < specs_.size(); ++i) {
    const TensorView& stored = store.Get(specs_[i].name, specs_[i].shape);
    float* begin = loaded.data_ptr<float>() + offsets_[i];
    stored.ReadFloats(0, {begin, static_cast<size_t>(stored.size())});
  }
  values_.copy_(loaded);
}

std::vector<formats::NamedTensor> Parameters::Tensors() const {
  const at::Tensor values = values_.cpu();
  std::vector<formats::NamedTensor> tensors;
  for (size_t i = 0; i < specs_.size(); ++i) {
    const float* begin = values.data_ptr<float>() + offsets_[i];
    const auto size = static_cast<size_t>(ElementCount(specs_[i].shape));
    tensors.push_back(formats::FloatTensor(specs_[i].name, specs_[i].shape, {begin, size}));
  }
  return tensors;
}

std::vector<std::string> FreezeParts(Parameters& parameters,
                                     const std::vector<std::string>& parts) {
  std::vector<std::string> unknown;
  for (const std::string& part : parts) {
    bool is_known = false;
    for (size_t i = 0; i < parameters.specs().size(); ++i) {
      const std::string segments = "." + parameters.specs()[i].name + ".";
      if (segments.find("." + part + ".") == std::string::npos) continue;
      parameters.Freeze(i);
      is_known = true;
    }
    if (!is_known) unknown.push_back(part);
  }
  return unknown;
}

}  // namespace kani::train
