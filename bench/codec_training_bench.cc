// Speed of training a codec on the processor, beside what the same cores reach in a matrix product,
// measured between the updates, and where the time of a step goes:
//   codec_training_bench CODEC.nemo|CONFIG.yaml [CROPS [FRAMES [UPDATES [fp32|bf16]]]]
#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "train/codec/codec_trainer.h"
#include "train/codec/first_weights.h"
#include "train/nn/matrix_rate.h"
#include "train/tasks/codec_task.h"

namespace kani::train {
namespace {

double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

at::Tensor Noise(int64_t crops, int64_t samples) {
  const CounterRandom random(1);
  const at::Tensor out = at::empty({crops, samples}, at::kFloat);
  for (int64_t i = 0; i < out.numel(); ++i) {
    out.data_ptr<float>()[i] = static_cast<float>(0.1 * random.Normal(static_cast<uint64_t>(i)));
  }
  return out;
}

/// Seconds of the parts of a step, forward, and of all backward passes together.
struct Parts {
  std::vector<double> encoder, decoder, loss, backward;
};

void MeasureParts(const CodecNetwork& network, const SpectralLoss& spectral,
                  const at::Tensor& samples, Parts& parts) {
  at::Tensor latent, generated, loss;
  parts.encoder.push_back(Seconds([&] { latent = network.Latent(samples); }));
  parts.decoder.push_back(
      Seconds([&] { generated = network.Decode(network.Quantise(latent).values); }));
  parts.loss.push_back(Seconds([&] { loss = spectral(generated, samples).total; }));
  parts.backward.push_back(Seconds([&] { loss.backward(); }));
}

int Run(int argc, char** argv) {
  const CodecStart start = OpenCodecStart(argv[1]);
  const auto number = [&](int index, int64_t otherwise) {
    return argc > index ? std::atoll(argv[index]) : otherwise;
  };
  const int64_t crops = number(2, 4), frames = number(3, 14), updates = number(4, 10);
  const at::ScalarType type =
      argc > 5 && std::string(argv[5]) == "fp32" ? at::kFloat : at::kBFloat16;
  CodecNetwork network(start.config, type);
  const at::Tensor samples = Noise(crops, frames * start.config.samples_per_frame);
  Initialise(network, 1);
  Calibrate(network, samples);
  CodecTrainerSettings settings;
  settings.spectral.windows = {64, 128, 256, 512, 1024, 2048};
  settings.spectral.mel_bands = {10, 20, 40, 80, 160, 320};
  settings.schedule.total_steps = 1000;
  ProcessGroup alone;
  CodecTrainer trainer(network, settings, alone);
  const SpectralLoss spectral(settings.spectral, start.config.sample_rate_hz);
  const CodecBatch batch{samples, samples, at::full({crops}, start.config.num_groups, at::kLong)};
  const double flops = 3 * CodecFlopsPerFrame(start.config) * static_cast<double>(crops * frames);
  std::vector<double> shares, seconds;
  Parts parts;
  for (int64_t i = 0; i <= updates; ++i) {
    const double rate = MatrixFlopsPerSecond(type, at::kCPU);
    const double took = Seconds([&] { trainer.Update(batch); });
    if (i == 0) continue;  // memory is touched and kernels are made for the first time
    shares.push_back(flops / took / rate);
    seconds.push_back(took);
    MeasureParts(network, spectral, samples, parts);
  }
  std::printf(
      "%lld crops of %lld frames, %s: median step %.3f s, %.1f GFLOP/s, %.1f %% of the "
      "matrix rate, %.1f x real time\n",
      static_cast<long long>(crops), static_cast<long long>(frames),
      type == at::kFloat ? "fp32" : "bf16", Median(seconds), flops / Median(seconds) / 1e9,
      100 * Median(shares),
      static_cast<double>(samples.numel()) / static_cast<double>(start.config.sample_rate_hz) /
          Median(seconds));
  std::printf(
      "forward: encoder %.3f s, decoder %.3f s, losses with their gradients %.3f s; "
      "backward %.3f s\n",
      Median(parts.encoder), Median(parts.decoder), Median(parts.loss), Median(parts.backward));
  return 0;
}

}  // namespace
}  // namespace kani::train

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs(
        "usage: codec_training_bench CODEC.nemo|CONFIG.yaml [CROPS [FRAMES [UPDATES "
        "[fp32|bf16]]]]\n",
        stderr);
    return 2;
  }
  return kani::train::Run(argc, argv);
}
