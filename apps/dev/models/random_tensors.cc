#include "apps/dev/models/random_tensors.h"

#include "apps/terminal/interrupt.h"
#include "model/random_tensors.h"

namespace kani::dev {

std::vector<formats::NamedTensor> RandomTensors(const std::vector<TensorSpec>& specs, DType dtype) {
  constexpr uint64_t kSeed = 1;
  std::vector<formats::NamedTensor> tensors;
  for (const TensorSpec& spec : specs) {
    terminal::ThrowIfInterrupted();
    tensors.push_back(model::RandomTensor(spec, dtype, kSeed, tensors.size()));
  }
  return tensors;
}

}  // namespace kani::dev
