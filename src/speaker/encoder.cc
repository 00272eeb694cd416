#include "speaker/encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "formats/torch_checkpoint.h"
#include "model/speaker_tensors.h"
#include "speaker/statistics_head.h"
#include "speaker/wavlm.h"
#include "weights/weight_reader.h"

namespace kani::speaker {
namespace {

constexpr auto kMaxSamples = static_cast<size_t>(kMaxSeconds * kSampleRateHz);
/// WavLM has 1499 frames in 30 s; attention over far more would never end.
constexpr int64_t kMaxFrames = 8192;

/// Zero mean, unit variance (unbiased) over the whole recording.
std::vector<float> Normalise(std::span<const float> samples) {
  constexpr double kEps = 1e-10;  // keeps silence finite, as upstream's copy of the model does
  const auto count = static_cast<double>(samples.size());
  double mean = 0, squares = 0;
  for (const float sample : samples) mean += sample;
  mean /= count;
  for (const float sample : samples) squares += (sample - mean) * (sample - mean);
  const double deviation = std::sqrt(squares / (count - 1)) + kEps;
  std::vector<float> normalised(samples.size());
  std::transform(samples.begin(), samples.end(), normalised.begin(),
                 [&](float sample) { return static_cast<float>((sample - mean) / deviation); });
  return normalised;
}

bool Finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

std::unique_ptr<formats::TensorStore> OpenWeights(const std::filesystem::path& folder) {
  const std::filesystem::path pickled = folder / "pytorch_model.bin";
  const bool safe = std::filesystem::exists(folder / "model.safetensors") ||
                    std::filesystem::exists(folder / "model.safetensors.index.json");
  if (safe) return formats::OpenSafetensors(folder);
  if (std::filesystem::exists(pickled)) return formats::OpenTorchCheckpoint(pickled);
  Fail(ErrorCode::kNotFound, Quoted(folder.string()),
       ": neither model.safetensors nor pytorch_model.bin is there");
}

}  // namespace

struct Encoder::Impl {
  Impl(weights::WeightReader& reader, const model::SpeakerTensors& tensors,
       const model::SpeakerConfig& config, kernels::WeightFormat format)
      : wavlm(reader, tensors, config, format), head(reader, tensors), size(config.embd_size) {}

  WavLm wavlm;
  StatisticsHead head;
  int64_t size;
  size_t weight_bytes = 0;
};

Encoder::Encoder(kernels::Device& device, const model::SpeakerConfig& config,
                 const formats::TensorStore& store, kernels::WeightFormat format) {
  weights::WeightReader reader(device, store);
  impl_ = std::make_unique<Impl>(reader, model::SpeakerTensors(config), config, format);
  reader.RejectUnknown(model::IsSpeakerTrainingTensor);
  impl_->weight_bytes = reader.bytes();
  const int64_t frames = impl_->wavlm.extractor().Frames(kMaxSamples);
  if (frames < 2 || frames > kMaxFrames) {
    Fail(ErrorCode::kUnsupported, store.source(), ": the convolutions make ", frames, " frames of ",
         kMaxSeconds, " s, expected 2 to ", kMaxFrames);
  }
}

Encoder::~Encoder() = default;

std::unique_ptr<Encoder> Encoder::Load(kernels::Device& device, const std::filesystem::path& folder,
                                       kernels::WeightFormat format) {
  const model::SpeakerConfig config = model::LoadSpeakerConfig(folder / "config.json");
  return std::make_unique<Encoder>(device, config, *OpenWeights(folder), format);
}

int64_t Encoder::embedding_size() const { return impl_->size; }

size_t Encoder::weight_bytes() const { return impl_->weight_bytes; }

std::vector<float> Encoder::Embed(kernels::Ops& ops, std::span<const float> samples,
                                  const Trace& trace) const {
  const auto fewest = static_cast<size_t>(impl_->wavlm.extractor().SamplesFor(2));
  samples = samples.first(std::min(samples.size(), kMaxSamples));
  if (samples.size() < fewest) {
    Fail(ErrorCode::kInvalidArgument, "recording of ", samples.size(),
         " samples at 16 kHz, expected at least ", fewest);
  }
  if (!Finite(samples)) {
    Fail(ErrorCode::kInvalidArgument, "recording with samples that are not finite");
  }
  const auto show = [&](std::string_view name, std::span<const float> values) {
    if (trace) trace(name, values.data(), 1, static_cast<int64_t>(values.size()));
  };
  const std::vector<float> normalised = Normalise(samples);
  show("normalised_audio", normalised);
  const std::vector<float> hidden = impl_->wavlm.Run(ops, normalised, trace);
  const std::vector<float> pooled =
      PoolStatistics(hidden, impl_->wavlm.extractor().Frames(static_cast<int64_t>(samples.size())));
  show("pooled", pooled);
  std::vector<float> embedding = impl_->head.Embed(ops, pooled);
  if (!Finite(embedding)) {
    Fail(ErrorCode::kInvalidFile,
         "the embedding is not finite: the speaker encoder's weights are "
         "damaged");
  }
  show("embedding", embedding);
  return embedding;
}

}  // namespace kani::speaker
