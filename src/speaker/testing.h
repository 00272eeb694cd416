// For the tests of this folder: goldens, devices, checkpoints with one tensor changed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/safetensors.h"
#include "kernels/ops.h"
#include "model/speaker_config.h"

namespace kani::speaker {

inline std::string Golden(std::string_view name) {
  return std::string(KANI_TEST_DATA) + "/golden/" + std::string(name);
}
inline std::string SmallModel() { return Golden("speaker/three_layers/model"); }
inline model::SpeakerConfig SmallConfig() {
  return model::LoadSpeakerConfig(SmallModel() + "/config.json");
}

/// The oracle and every instruction set of this machine.
inline std::vector<std::unique_ptr<kernels::Ops>> AllOps() {
  std::vector<std::unique_ptr<kernels::Ops>> all;
  all.push_back(kernels::MakeOps("reference", 1));
  for (const std::string_view isa : kernels::AvailableIsas()) {
    all.push_back(kernels::MakeOps(isa, 2));
  }
  return all;
}

inline std::vector<float> ReadTensor(std::string_view file, std::string_view name) {
  return formats::OpenSafetensors(Golden(file))->Find(name)->Floats();
}

/// A checkpoint whose tensors a test may change. The original must outlive it.
class EditedStore : public formats::TensorStore {
 public:
  explicit EditedStore(const formats::TensorStore& original) {
    source_ = "edited";
    tensors_ = original.tensors();
  }
  using TensorStore::tensors_;
};

}  // namespace kani::speaker
