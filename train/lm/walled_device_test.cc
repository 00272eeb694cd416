// The trainer on a device whose memory the processor may not touch. Evaluation and whole runs on it
// are tested with them. What is left to a real GPU: its kernels, flash attention, NCCL, speed.
// (LibTorch's `meta` device is no help: most of its operators are there for Python only.)
#include "train/nn/walled_device.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <span>
#include <vector>

#include "formats/safetensors.h"
#include "train/checkpoint/checkpoint.h"
#include "train/lm/base_model.h"
#include "train/lm/initialise.h"
#include "train/lm/language_model_trainer.h"
#include "train/lm/rope_scales.h"
#include "train/lm/testing.h"
#include "train/nn/trained_state.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

model::LmConfig SmallConfig() {
  return model::LoadLmConfig(KANI_TEST_DATA "/training/golden/config.json");
}

/// A run on a device; its batches are those of every other.
struct DeviceRun {
  DeviceRun(at::Device device, at::ScalarType compute = at::kFloat)
      : model(SmallConfig(), compute, device),
        trainer(model, {{.schedule = {1e-2, 0, 20}, .average_decay = 0.9, .spike_ratio = 100}},
                alone) {
    Initialise(model, 5);
    std::vector<Clip> clips;
    for (uint64_t i = 0; i < 3; ++i) clips.push_back(RandomClip(model.config(), i, 4, i < 2));
    batches = {Pack(std::span(clips).first(2), model.config(), device),
               Pack(std::span(clips).last(1), model.config(), device)};
  }
  at::Tensor values() const { return model.parameters().values(); }

  LanguageModel model;
  ProcessGroup alone;
  LanguageModelTrainer trainer;
  std::vector<PackedBatch> batches;
};

TEST(WalledDeviceTest, KeepsTheProcessorOut) {
  const at::Tensor tensor = at::zeros({3}, at::TensorOptions(at::kFloat).device(WalledDevice()));
  EXPECT_DEATH(tensor.data_ptr<float>()[1] = 1, "");
  EXPECT_EQ(tensor.add(2).sum().item<float>(), 6);
}

TEST(WalledDeviceTest, TrainsFromNothingAsTheProcessorDoes) {
  for (const at::ScalarType compute : {at::kFloat, at::kBFloat16}) {
    DeviceRun there(WalledDevice(), compute), here(at::kCPU, compute);
    EXPECT_TRUE(at::equal(there.values().cpu(), here.values()));
    // LibTorch makes some operations of others there: the same but for rounding.
    const double error = compute == at::kFloat ? 1e-4 : 3e-2;
    for (int i = 0; i < 3; ++i) {
      const UpdateReport a = there.trainer.Update(there.batches);
      const UpdateReport b = here.trainer.Update(here.batches);
      EXPECT_NEAR(a.loss, b.loss, error);
      EXPECT_NEAR(a.gradient_norm, b.gradient_norm, error * b.gradient_norm);
      EXPECT_EQ(a.outcome, UpdateOutcome::kApplied);
    }
    EXPECT_EQ(RopeScaleMetrics(there.model).size(), RopeScaleMetrics(here.model).size());
    const at::Tensor average = there.trainer.average.values.clone();
    const AveragedWeights averaged(there.model.parameters(), there.trainer.average);
    EXPECT_TRUE(at::equal(there.values().cpu(), average.cpu()));
  }
}

TEST(WalledDeviceTest, SavesAndRestores) {
  const fs::path folder = fs::path(testing::TempDir()) / "kani_walled_device_test";
  fs::remove_all(folder);
  DeviceRun first(WalledDevice()), second(WalledDevice());
  first.trainer.Update(first.batches);
  Snapshot snapshot;
  TakeSnapshot(first.trainer, snapshot);
  WriteCheckpoint(folder, snapshot, {});
  Restore(LatestCheckpoint(folder), second.trainer);
  EXPECT_EQ(second.trainer.Update(second.batches).loss, first.trainer.Update(first.batches).loss);
  EXPECT_TRUE(at::equal(second.values().cpu(), first.values().cpu()));

  LanguageModel grown(SmallConfig(), at::kFloat, WalledDevice());
  LoadBase(grown, *formats::OpenSafetensors(LatestCheckpoint(folder) / "model.safetensors"), 1);
  const auto embeddings = [](const LanguageModel& model) {
    return model.parameters().Get("model.embed_tokens.weight").detach().cpu();
  };
  second.model.parameters().Load(
      *formats::OpenSafetensors(LatestCheckpoint(folder) / "model.safetensors"));
  EXPECT_TRUE(at::equal(embeddings(grown), embeddings(second.model)));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace kani::train
