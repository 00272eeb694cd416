#include "train/lm/run_state.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <array>
#include <span>

#include "model/safetensors.h"

namespace kani::train {

namespace {

/// What is trained, where model.safetensors holds the moving average.
constexpr const char* kWeights = "trained_weights";

model::NamedTensor Flat(std::string name, const at::Tensor& tensor) {
  const at::Tensor values = tensor.cpu();
  const auto size = static_cast<size_t>(values.numel());
  return model::FloatTensor(std::move(name), {values.numel()}, {values.data_ptr<float>(), size});
}

void ReadFlat(const model::TensorStore& store, const char* name, const at::Tensor& tensor) {
  const TensorView& stored = store.Get(name, std::array{tensor.numel()});
  const at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
  stored.ReadFloats(0, {values.data_ptr<float>(), static_cast<size_t>(values.numel())});
  tensor.copy_(values);
}

}  // namespace

Snapshot TakeSnapshot(LanguageModel& model, const Trainer& trainer,
                      std::vector<std::pair<std::string, std::string>> files) {
  Snapshot snapshot;
  snapshot.step = trainer.step;
  if (trainer.average.defined()) {
    snapshot.state.push_back(Flat(kWeights, model.parameters().values()));
  }
  {
    const AveragedWeights averaged(model, trainer);
    snapshot.weights = model.parameters().Tensors();
  }
  snapshot.state.push_back(Flat("first_moments", trainer.optimizer().first_moments));
  snapshot.state.push_back(Flat("second_moments", trainer.optimizer().second_moments));
  snapshot.state.push_back(model::FloatTensor("usual_norm", {}, {&trainer.usual_norm, 1}));
  const std::array<int64_t, 2> steps = {trainer.step, trainer.optimizer().steps};
  snapshot.state.push_back(model::IntTensor("steps", {2}, steps));
  snapshot.files = std::move(files);
  return snapshot;
}

void Restore(const std::filesystem::path& checkpoint, LanguageModel& model, Trainer& trainer) {
  const auto weights = model::OpenSafetensors(checkpoint / "model.safetensors");
  const auto state = model::OpenSafetensors(checkpoint / "state.safetensors");
  model.parameters().Load(*weights);
  trainer.average = at::Tensor();
  if (state->Find(kWeights) != nullptr) {
    trainer.average = model.parameters().values().clone();
    ReadFlat(*state, kWeights, model.parameters().values());
  }
  ReadFlat(*state, "first_moments", trainer.optimizer().first_moments);
  ReadFlat(*state, "second_moments", trainer.optimizer().second_moments);
  state->Get("usual_norm", std::array<int64_t, 0>{}).ReadFloats(0, {&trainer.usual_norm, 1});
  const std::vector<int64_t> steps = state->Get("steps", std::array<int64_t, 1>{2}).Ints();
  trainer.step = steps[0];
  trainer.optimizer().steps = steps[1];
}

}  // namespace kani::train
