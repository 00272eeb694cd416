// Training of a codec on recordings, as a run drives it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/nemo.h"
#include "train/codec/codec_trainer.h"
#include "train/distributed/process_group.h"
#include "train/run/task.h"
#include "train/sound/crops.h"
#include "train/sound/sound_set.h"
#include "train/tasks/codec_run_options.h"

namespace kani::train {

/// A codec as it is trained: its sizes, and the weights that it begins with, if any.
struct CodecStart {
  model::CodecConfig config;
  std::unique_ptr<formats::TensorStore> weights;  ///< null: they are drawn
};
/// @param path a .nemo, or the YAML of one. Throws what reading either throws.
CodecStart OpenCodecStart(const std::filesystem::path& path);

class CodecTask : public Task {
 public:
  /// What is referred to must outlive the task. Throws kInvalidArgument for recordings of another
  /// rate, crops that are shorter than half a window, and ranks that have other recordings.
  CodecTask(const CodecRunOptions& options, CodecStart start, const SoundSet& sounds,
            ProcessGroup& group);

  int64_t steps() const override { return options_.steps; }
  int64_t step() const override { return trainer_.step; }
  double PeakFlopsPerSecond() const override;
  void Begin() override;
  int64_t BeginEpoch(int64_t epoch) override;
  std::unique_ptr<Material> Gather(int64_t step_in_epoch) const override;
  UpdateReport Update(const Material& material) override;
  /// The codec, or its moving average, on held-out clips. Rank 0 writes it as RUN/codec.nemo, and
  /// examples into RUN/samples.
  Evaluation Evaluate() override;
  void TakeSnapshot(Snapshot& snapshot) const override;
  void Restore(const std::filesystem::path& checkpoint) override;
  const std::vector<std::pair<std::string, std::string>>& files() const override { return files_; }
  std::string order() const override;

  /// RUN/codec.nemo, in rank 0: the codec as it is now, or its moving average.
  void WriteResult() const;

 private:
  struct Crops;
  struct Sums;
  at::Tensor ReadCrops(const CropPlan::Step& step) const;
  Sums MeasureHeldOut() const;
  void WriteExample(int64_t index, const at::Tensor& real, const at::Tensor& generated) const;

  const CodecRunOptions& options_;
  const SoundSet& sounds_;
  ProcessGroup& group_;
  const CodecStart start_;
  CodecNetwork network_;
  const CropPlan plan_;
  CodecTrainer trainer_;
  const std::vector<std::pair<std::string, std::string>> files_;
  int64_t epoch_ = 0;
};

}  // namespace kani::train
