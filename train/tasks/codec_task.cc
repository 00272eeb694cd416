#include "train/tasks/codec_task.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "audio/wav.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "base/random.h"
#include "train/codec/first_weights.h"
#include "train/codec/nemo_output.h"
#include "train/data/checksum.h"
#include "train/nn/matrix_rate.h"
#include "train/nn/moving_average.h"
#include "train/nn/trained_state.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxConfigBytes = size_t{1} << 20;
constexpr int64_t kCalibrationCrops = 16;
constexpr const char* kDiscriminators = "discriminator_";  // in a checkpoint's state
// Streams of the seed beside those of the crops, which have neither bit.
constexpr uint64_t kDistortionStream = uint64_t{1} << 62, kDropoutStream = uint64_t{1} << 63;

CodecTrainerSettings Settings(const CodecRunOptions& options) {
  CodecTrainerSettings settings = options.trainer;
  settings.schedule.total_steps = options.steps;
  settings.seed = options.crops.seed;
  return settings;
}

/// Every loss here is comparable with any other run's, whatever that one is trained on.
SpectralLossSettings OfficialDistances() { return {}; }
/// About what a speech recogniser hears: soft bands count as much as loud ones.
SpectralLossSettings LogMel() {
  SpectralLossSettings settings;
  settings.windows = {1024};
  settings.mel_bands = {80};
  settings.mel_guard = 1e-3;
  settings.stft_weight = 0;
  return settings;
}

uint64_t StreamOf(uint64_t use, int64_t epoch, int64_t step, int64_t crop) {
  return use | static_cast<uint64_t>(epoch) << 44 | static_cast<uint64_t>(step) << 14 |
         static_cast<uint64_t>(crop);
}

double Perplexity(const at::Tensor& counts) {
  const at::Tensor share = counts.to(at::kDouble) / counts.sum();
  return std::exp(-at::xlogy(share, share).sum().item<double>());
}

}  // namespace

CodecStart OpenCodecStart(const fs::path& path) {
  if (path.extension() == ".nemo") {
    model::NemoArchive archive = model::OpenNemo(path);
    return {std::move(archive.config), std::move(archive.weights)};
  }
  return {model::ParseCodecConfig(ReadTextFile(path, kMaxConfigBytes), Quoted(path.string())),
          nullptr};
}

struct CodecTask::Crops : Material {
  CodecBatch batch;
};

CodecTask::CodecTask(const CodecRunOptions& options, CodecStart start, const SoundSet& sounds,
                     ProcessGroup& group)
    : options_(options),
      sounds_(sounds),
      group_(group),
      start_(std::move(start)),
      network_(start_.config, options.compute, options.device),
      plan_(sounds, options.crops, start_.config.samples_per_frame),
      trainer_(network_, Settings(options), group),
      files_{{"model_config.yaml", CodecConfigYaml(start_.config)}} {
  if (sounds.sample_rate_hz() != start_.config.sample_rate_hz) {
    Fail(ErrorCode::kInvalidArgument, "recordings of ", sounds.sample_rate_hz(), " Hz, expected ",
         start_.config.sample_rate_hz);
  }
  const int64_t shortest = *std::ranges::min_element(options.crops.lengths);
  const int64_t longest = *std::ranges::max_element(options.trainer.spectral.windows);
  if (shortest * start_.config.samples_per_frame <= longest / 2) {
    Fail(ErrorCode::kInvalidArgument, "crops of ", shortest, " frames of ",
         start_.config.samples_per_frame, " samples, too short for a window of ", longest);
  }
  group.AgreeOn("the checksum of the recordings",
                Crc32(std::as_bytes(std::span(sounds.checksum()))));
}

double CodecTask::PeakFlopsPerSecond() const {
  return MatrixFlopsPerSecond(options_.compute, options_.device);
}

/// The crops of a step as they are: [B, S].
at::Tensor CodecTask::ReadCrops(const CropPlan::Step& step) const {
  const at::Tensor samples = at::empty({std::ssize(step.crops), step.samples}, at::kFloat);
  for (int64_t i = 0; i < samples.size(0); ++i) {
    const Crop& crop = step.crops[static_cast<size_t>(i)];
    sounds_.Read(crop.clip, crop.begin,
                 {samples.data_ptr<float>() + i * step.samples, static_cast<size_t>(step.samples)});
  }
  return samples;
}

void CodecTask::Begin() {
  if (start_.weights != nullptr) {
    LoadCodec(*start_.weights, network_);
    return;
  }
  Initialise(network_, options_.crops.seed);
  CropPlan::Step all = plan_.Get(0, 0, 0, 1);
  for (int64_t step = 1; step < plan_.steps_per_epoch() && step < kCalibrationCrops; ++step) {
    const CropPlan::Step more = plan_.Get(0, step, 0, 1);
    if (more.samples != all.samples) continue;
    all.crops.insert(all.crops.end(), more.crops.begin(), more.crops.end());
  }
  if (all.crops.size() > kCalibrationCrops) all.crops.resize(kCalibrationCrops);
  Calibrate(network_, ReadCrops(all).to(options_.device));
  group_.Broadcast(network_.parameters().values());
}

int64_t CodecTask::BeginEpoch(int64_t epoch) {
  epoch_ = epoch;
  return plan_.steps_per_epoch();
}

std::unique_ptr<Task::Material> CodecTask::Gather(int64_t step_in_epoch) const {
  const CropPlan::Step step = plan_.Get(epoch_, step_in_epoch, group_.rank(), group_.size());
  const int64_t codebooks = start_.config.num_groups;
  auto material = std::make_unique<Crops>();
  const at::Tensor wanted = ReadCrops(step), heard = wanted.clone();
  const at::Tensor kept = at::full({wanted.size(0)}, codebooks, at::kLong);
  for (int64_t i = 0; i < wanted.size(0); ++i) {
    const int64_t crop = i * group_.size() + group_.rank();
    const uint64_t seed = options_.crops.seed;
    Distort(options_.distortion, seed, StreamOf(kDistortionStream, epoch_, step_in_epoch, crop),
            {heard.data_ptr<float>() + i * step.samples, static_cast<size_t>(step.samples)});
    const CounterRandom random(seed, StreamOf(kDropoutStream, epoch_, step_in_epoch, crop));
    if (codebooks > 1 && random.Uniform(0) < options_.codebook_dropout) {
      const double share = random.Uniform(1);
      kept[i] = 1 + static_cast<int64_t>(share * static_cast<double>(codebooks - 1));
    }
  }
  material->batch = {heard.to(options_.device), wanted.to(options_.device),
                     kept.to(options_.device)};
  const int64_t frames = wanted.numel() / start_.config.samples_per_frame;
  material->work.tokens = frames * codebooks;
  material->work.speech_s = static_cast<double>(wanted.numel()) / sounds_.sample_rate_hz();
  material->work.flops = 3 * CodecFlopsPerFrame(start_.config) * static_cast<double>(frames);
  return material;
}

UpdateReport CodecTask::Update(const Material& material) {
  return trainer_.Update(static_cast<const Crops&>(material).batch);
}

/// Of this process' share of the held-out clips.
struct CodecTask::Sums {
  double mel = 0, stft = 0, log_mel = 0;
  int64_t clips = 0;
  at::Tensor counts;  // [Q, codebook_size] int64
};

CodecTask::Sums CodecTask::MeasureHeldOut() const {
  const at::NoGradGuard no_gradients;
  const SpectralLoss official(OfficialDistances(), sounds_.sample_rate_hz(), options_.device);
  const SpectralLoss log_mel(LogMel(), sounds_.sample_rate_hz(), options_.device);
  Sums sums;
  const int64_t codebooks = start_.config.num_groups, size = start_.config.codebook_size();
  sums.counts = at::zeros({codebooks, size}, at::kLong);
  const int64_t clips = std::min(options_.held_out_clips, std::ssize(plan_.held_out()));
  for (int64_t i = group_.rank(); i < clips; i += group_.size()) {
    // Spread evenly, because neighbours often share a speaker.
    const int64_t clip =
        plan_.held_out()[static_cast<size_t>(i * std::ssize(plan_.held_out()) / clips)];
    const CropPlan::Step whole{options_.held_out_frames * start_.config.samples_per_frame,
                               {{clip, 0}}};
    const at::Tensor real = ReadCrops(whole).to(options_.device);
    const CodecNetwork::Quantised found = network_.Quantise(network_.Latent(real));
    const at::Tensor generated = network_.Decode(found.values);
    const SpectralLoss::Distance distance = official(generated, real);
    sums.mel += distance.mel;
    sums.stft += distance.stft;
    sums.log_mel += log_mel(generated, real).mel;
    ++sums.clips;
    const at::Tensor codes = network_.Codes(found.levels)[0].cpu();
    for (int64_t book = 0; book < codebooks; ++book) {
      sums.counts[book] += at::bincount(codes.select(1, book), {}, size);
    }
    if (i < options_.examples) WriteExample(i, real.cpu(), generated.cpu());
  }
  sums.clips = group_.Sum(sums.clips);
  sums.mel = group_.SumInOrder(sums.mel);
  sums.stft = group_.SumInOrder(sums.stft);
  sums.log_mel = group_.SumInOrder(sums.log_mel);
  group_.Sum(sums.counts);
  return sums;
}

Task::Evaluation CodecTask::Evaluate() {
  Evaluation out;
  for (const auto& [name, value] : trainer_.TakeLosses()) {
    out.metrics.emplace_back("loss/" + name, value);
  }
  {
    const AveragedWeights averaged(network_.parameters(), trainer_.average);
    const Sums sums = MeasureHeldOut();
    if (sums.clips > 0) {
      const auto clips = static_cast<double>(sums.clips);
      out.metrics.emplace_back("held_out/mel", sums.mel / clips);
      out.metrics.emplace_back("held_out/stft", sums.stft / clips);
      out.metrics.emplace_back("held_out/log_mel", sums.log_mel / clips);
      out.note = StrCat("held out: mel ", sums.mel / clips, ", STFT ", sums.stft / clips,
                        ", log-mel ", sums.log_mel / clips, "; perplexity of codebooks");
      for (int64_t book = 0; book < sums.counts.size(0); ++book) {
        const double perplexity = Perplexity(sums.counts[book]);
        out.metrics.emplace_back(StrCat("perplexity/", book + 1), perplexity);
        out.note += StrCat(" ", std::lround(perplexity));
      }
    }
  }
  WriteResult();
  return out;
}

void CodecTask::WriteExample(int64_t index, const at::Tensor& real,
                             const at::Tensor& generated) const {
  const fs::path folder = options_.folder / "samples" / StrCat("step-", trainer_.step);
  fs::create_directories(folder);
  const auto write = [&](const char* what, const at::Tensor& samples) {
    audio::WriteWav(folder / StrCat(index, what, ".wav"),
                    {samples.data_ptr<float>(), static_cast<size_t>(samples.numel())},
                    sounds_.sample_rate_hz());
  };
  write("-original", real.contiguous());
  write("-copy", generated.contiguous());
}

void CodecTask::WriteResult() const {
  if (group_.rank() > 0) return;
  const AveragedWeights averaged(network_.parameters(), trainer_.average);
  WriteCodec(options_.folder / "codec.nemo", network_);
}

void CodecTask::TakeSnapshot(Snapshot& snapshot) const {
  train::TakeSnapshot(trainer_, snapshot);
  if (trainer_.discriminator_trainer() != nullptr) {
    AddToSnapshot(*trainer_.discriminator_trainer(), kDiscriminators, snapshot);
  }
}

void CodecTask::Restore(const fs::path& checkpoint) {
  train::Restore(checkpoint, trainer_);
  // A run that had none until now begins with those that were drawn.
  if (trainer_.discriminator_trainer() != nullptr) {
    RestoreAdded(checkpoint, kDiscriminators, *trainer_.discriminator_trainer());
  }
}

std::string CodecTask::order() const {
  return nlohmann::json{{"recordings", sounds_.checksum()},
                        {"seed", options_.crops.seed},
                        {"lengths", options_.crops.lengths},
                        {"frames_per_step", options_.crops.frames_per_step},
                        {"held_out", options_.crops.held_out}}
      .dump();
}

}  // namespace kani::train
