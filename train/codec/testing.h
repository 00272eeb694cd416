// For tests: what NeMo computed, as tensors of LibTorch, and sound that is no silence.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>

#include "base/atomic_file.h"
#include "base/random.h"
#include "formats/json.h"
#include "formats/safetensors.h"

namespace kani::train {

inline std::filesystem::path GoldenFolder() {
  return std::filesystem::path(KANI_TEST_DATA) / "golden";
}
/// Those that nothing but training computes.
inline std::filesystem::path TrainingGoldens() { return KANI_TEST_DATA "/training/golden"; }

/// One file of a case, with the manifest's tolerances.
class Golden {
 public:
  Golden(const std::filesystem::path& folder, const std::string& file)
      : store_(formats::OpenSafetensors(folder / file)),
        manifest_(formats::ParseJson(ReadTextFile(folder / "manifest.json", 1 << 20), "manifest")
                      .at("tensors")
                      .at(file)) {}

  const formats::TensorStore& store() const { return *store_; }
  at::Tensor operator[](const std::string& name) const {
    const TensorView& view = store_->tensors().at(name);
    if (view.dtype == DType::kI64) return at::tensor(view.Ints()).view(view.shape);
    const std::vector<float> values = view.Floats();
    return at::tensor(values).view(view.shape);
  }
  double Tolerance(const std::string& name) const {
    return manifest_.at(name).at("tolerance_abs").get<double>();
  }
  void ExpectEqual(const std::string& name, const at::Tensor& found) const {
    const at::Tensor expected = (*this)[name];
    ASSERT_EQ(found.sizes(), expected.sizes()) << name;
    const double worst = (found.detach() - expected).abs().max().item<double>();
    EXPECT_LE(worst, Tolerance(name)) << name;
  }
  void ExpectEqual(const std::string& name, double found) const {
    EXPECT_NEAR(found, (*this)[name].item<double>(), Tolerance(name)) << name;
  }

 private:
  std::unique_ptr<formats::TensorStore> store_;
  nlohmann::json manifest_;
};

/// Normal numbers.
inline at::Tensor RandomTensor(at::IntArrayRef shape, uint64_t seed) {
  const CounterRandom random(seed);
  const at::Tensor out = at::empty(shape, at::kFloat);
  for (int64_t i = 0; i < out.numel(); ++i) {
    out.data_ptr<float>()[i] = static_cast<float>(random.Normal(static_cast<uint64_t>(i)));
  }
  return out;
}

/// Something like a vowel whose pitch rises, with some noise: [B, S], each clip another.
inline at::Tensor RandomSpeech(int64_t clips, int64_t samples, uint64_t seed) {
  const CounterRandom random(seed);
  const at::Tensor out = at::empty({clips, samples}, at::kFloat);
  for (int64_t i = 0; i < out.numel(); ++i) {
    const double clip = static_cast<double>(i / samples), t = static_cast<double>(i % samples);
    const double phase = t * (0.03 + 0.01 * clip + 1e-7 * t);
    double value = 0.01 * random.Normal(static_cast<uint64_t>(i));
    for (int harmonic = 1; harmonic <= 8; ++harmonic) {
      value += 0.15 / harmonic * std::sin(phase * harmonic) * (0.6 + 0.4 * std::sin(t / 3000));
    }
    out.data_ptr<float>()[i] = static_cast<float>(value);
  }
  return out;
}

}  // namespace kani::train
