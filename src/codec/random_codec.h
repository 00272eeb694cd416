// Codecs with random weights, held in memory, for tests.
#pragma once

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "base/random.h"
#include "codec/codec.h"
#include "model/codec_tensors.h"
#include "model/random_tensors.h"

namespace kani::codec {

using model::MemoryStore;

/// The three released NanoCodecs with their rates, kernels and dilations.
enum class Profile { k0_6kbps_12_5fps, k1_78kbps_12_5fps, k1_89kbps_21_5fps };

/// @param encoder_base channels of the first encoder stage, 24 in the releases.
/// @param decoder_base channels before the first decoder stage, 864 in the releases.
inline model::CodecConfig ProfileConfig(Profile profile, int64_t encoder_base,
                                        int64_t decoder_base) {
  model::CodecConfig config;
  config.sample_rate_hz = 22050;
  const bool fast = profile == Profile::k1_89kbps_21_5fps;
  config.encoder.down_sample_rates =
      fast ? std::vector<int64_t>{2, 2, 4, 8, 8} : std::vector<int64_t>{2, 3, 6, 7, 7};
  config.decoder.up_sample_rates = {config.encoder.down_sample_rates.rbegin(),
                                    config.encoder.down_sample_rates.rend()};
  config.samples_per_frame = fast ? 1024 : 1764;
  config.num_groups = fast ? 8 : profile == Profile::k0_6kbps_12_5fps ? 4 : 13;
  config.num_levels_per_group = profile == Profile::k0_6kbps_12_5fps
                                    ? std::vector<int64_t>{9, 8, 8, 7}
                                    : std::vector<int64_t>{8, 7, 6, 6};
  config.encoder.encoded_dim = config.decoder.input_dim = 4 * config.num_groups;
  config.encoder.base_channels = encoder_base;
  config.decoder.base_channels = decoder_base;
  return config;
}

/// An archive in the older spelling (weight_g, weight_v).
inline model::NemoArchive RandomArchive(const model::CodecConfig& config, uint64_t seed) {
  const model::CodecTensors tensors(config);
  auto store = std::make_unique<MemoryStore>(model::RandomTensors(tensors.All(), seed));
  std::vector<int64_t> bases{1};
  for (int64_t levels : config.num_levels_per_group) bases.push_back(bases.back() * levels);
  bases.pop_back();
  for (const model::FsqTensors& buffers : tensors.quantizers) {
    store->Add(formats::IntTensor(buffers.num_levels.name, buffers.num_levels.shape,
                                  config.num_levels_per_group));
    store->Add(
        formats::IntTensor(buffers.dim_base_index.name, buffers.dim_base_index.shape, bases));
  }
  return {.config = config, .weights = std::move(store)};
}

inline Codes RandomCodes(const model::CodecConfig& config, int64_t frames, uint64_t seed) {
  const CounterRandom random(seed);
  Codes codes{.codebooks = config.num_groups};
  for (int64_t i = 0; i < frames * config.num_groups; ++i) {
    codes.values.push_back(static_cast<int32_t>(random.Bits(static_cast<uint64_t>(i)) %
                                                static_cast<uint64_t>(config.codebook_size())));
  }
  return codes;
}

/// Noise and two tones, within [-1, 1].
inline std::vector<float> RandomSamples(int64_t count, uint64_t seed) {
  const CounterRandom random(seed);
  std::vector<float> samples;
  for (int64_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i);
    samples.push_back(static_cast<float>(0.4 * std::sin(0.03 * t) + 0.3 * std::sin(0.11 * t) +
                                         0.4 * (random.Uniform(static_cast<uint64_t>(i)) - 0.5)));
  }
  return samples;
}

}  // namespace kani::codec
