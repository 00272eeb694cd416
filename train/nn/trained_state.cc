#include "train/nn/trained_state.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "formats/safetensors.h"

namespace kani::train {

namespace {

/// What is trained, where model.safetensors holds the moving average.
constexpr const char* kWeights = "trained_weights";

/// Fills a list of tensors from its beginning, in the memory that they already have: fresh memory
/// costs several times the copy.
class Refill {
 public:
  explicit Refill(std::vector<formats::NamedTensor>& tensors) : tensors_(tensors) {}
  ~Refill() { tensors_.resize(next_); }
  Refill(const Refill&) = delete;
  Refill& operator=(const Refill&) = delete;

  void Add(std::string name, Shape shape, const float* values) {
    if (next_ == tensors_.size()) tensors_.emplace_back();
    formats::NamedTensor& tensor = tensors_[next_++];
    const int64_t count = ElementCount(shape);
    tensor.name = std::move(name);
    tensor.dtype = DType::kF32;
    tensor.shape = std::move(shape);
    tensor.bytes.resize(static_cast<size_t>(count) * sizeof(float));
    auto* to = reinterpret_cast<float*>(tensor.bytes.data());
    at::parallel_for(0, count, kCopiedAtOnce, [&](int64_t begin, int64_t end) {
      std::copy(values + begin, values + end, to + begin);
    });
  }
  void Add(std::string name, const at::Tensor& flat) {
    const at::Tensor values = flat.cpu();
    Add(std::move(name), {values.numel()}, values.data_ptr<float>());
  }

 private:
  static constexpr int64_t kCopiedAtOnce = int64_t{1} << 20;
  std::vector<formats::NamedTensor>& tensors_;
  size_t next_ = 0;
};

void ReadFlat(const formats::TensorStore& store, const std::string& name,
              const at::Tensor& tensor) {
  const TensorView& stored = store.Get(name, std::array{tensor.numel()});
  const at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
  stored.ReadFloats(0, {values.data_ptr<float>(), static_cast<size_t>(values.numel())});
  tensor.copy_(values);
}

void ReadOptimizer(const formats::TensorStore& state, const std::string& prefix, Trainer& trainer) {
  ReadFlat(state, prefix + "first_moments", trainer.optimizer().first_moments);
  ReadFlat(state, prefix + "second_moments", trainer.optimizer().second_moments);
  state.Get(prefix + "usual_norm", std::array<int64_t, 0>{})
      .ReadFloats(0, {&trainer.guard.usual_norm, 1});
  const std::vector<int64_t> steps = state.Get(prefix + "steps", std::array<int64_t, 1>{2}).Ints();
  trainer.step = steps[0];
  trainer.optimizer().steps = steps[1];
}

}  // namespace

void TakeSnapshot(const Trainer& trainer, Snapshot& snapshot) {
  const Parameters& parameters = trainer.parameters();
  snapshot.step = trainer.step;
  const bool averages = trainer.average.values.defined();
  {
    const at::Tensor values = (averages ? trainer.average.values : parameters.values()).cpu();
    Refill weights(snapshot.weights);
    for (size_t i = 0; i < parameters.specs().size(); ++i) {
      const auto& [name, shape] = parameters.specs()[i];
      weights.Add(name, shape, values.data_ptr<float>() + parameters.Offset(i));
    }
  }
  {
    Refill state(snapshot.state);
    state.Add("first_moments", trainer.optimizer().first_moments);
    state.Add("second_moments", trainer.optimizer().second_moments);
    if (averages) state.Add(kWeights, parameters.values());
    state.Add("usual_norm", {}, &trainer.guard.usual_norm);
  }
  const std::array<int64_t, 2> steps = {trainer.step, trainer.optimizer().steps};
  snapshot.state.push_back(formats::IntTensor("steps", {2}, steps));
}

void Restore(const std::filesystem::path& checkpoint, Trainer& trainer) {
  const auto weights = formats::OpenSafetensors(checkpoint / "model.safetensors");
  const auto state = formats::OpenSafetensors(checkpoint / "state.safetensors");
  trainer.parameters().Load(*weights);
  trainer.average.values = at::Tensor();
  if (state->Find(kWeights) != nullptr) {
    trainer.average.values = trainer.parameters().values().clone();
    ReadFlat(*state, kWeights, trainer.parameters().values());
  }
  ReadOptimizer(*state, "", trainer);
}

void AddToSnapshot(const Trainer& trainer, const std::string& prefix, Snapshot& snapshot) {
  const auto add = [&](const char* name, const at::Tensor& flat) {
    const at::Tensor values = flat.cpu();
    const auto count = static_cast<size_t>(values.numel());
    snapshot.state.push_back(
        formats::FloatTensor(prefix + name, {values.numel()}, {values.data_ptr<float>(), count}));
  };
  add(kWeights, trainer.parameters().values());
  add("first_moments", trainer.optimizer().first_moments);
  add("second_moments", trainer.optimizer().second_moments);
  snapshot.state.push_back(
      formats::FloatTensor(prefix + "usual_norm", {}, {&trainer.guard.usual_norm, 1}));
  const std::array<int64_t, 2> steps = {trainer.step, trainer.optimizer().steps};
  snapshot.state.push_back(formats::IntTensor(prefix + "steps", {2}, steps));
}

bool RestoreAdded(const std::filesystem::path& checkpoint, const std::string& prefix,
                  Trainer& trainer) {
  const auto state = formats::OpenSafetensors(checkpoint / "state.safetensors");
  if (state->Find(prefix + kWeights) == nullptr) return false;
  ReadFlat(*state, prefix + kWeights, trainer.parameters().values());
  ReadOptimizer(*state, prefix, trainer);
  return true;
}

}  // namespace kani::train
