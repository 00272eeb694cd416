// Codecs with random weights, held in memory, for tests.
#pragma once

#include <cmath>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "codec/codec.h"

namespace kani::codec {

/// A checkpoint that was never on disk.
class MemoryStore : public formats::TensorStore {
 public:
  MemoryStore() { source_ = "memory"; }
  void Add(formats::NamedTensor tensor) {
    const formats::NamedTensor& kept = kept_.emplace_back(std::move(tensor));
    tensors_[kept.name] = {.dtype = kept.dtype, .shape = kept.shape, .bytes = kept.bytes};
  }
  void Remove(const std::string& name) { tensors_.erase(name); }

 private:
  std::deque<formats::NamedTensor> kept_;
};

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

/// Weights that keep signals near unit size, in the older spelling (weight_g, weight_v).
class RandomCodecWeights {
 public:
  RandomCodecWeights(MemoryStore& store, uint64_t seed) : store_(store), seed_(seed) {}

  void AddAll(const model::CodecConfig& config) {
    AddDecoder(config.decoder);
    AddEncoder(config.encoder);
    AddQuantizer(config);
  }

 private:
  void AddDecoder(const model::CodecDecoderConfig& config) {
    const std::string name = "audio_decoder.";
    int64_t channels = config.base_channels;
    AddConvolution(name + "pre_conv", {channels, config.input_dim, config.in_kernel_size},
                   channels);
    for (size_t i = 0; i < config.up_sample_rates.size(); ++i) {
      AddAlpha(name + "activations." + std::to_string(i), channels);
      AddConvolution(name + "up_sample_conv_layers." + std::to_string(i),
                     {channels, 1, 2 * config.up_sample_rates[i]}, channels / 2);
      channels /= 2;
      AddResidualLayer(name + "res_layers." + std::to_string(i), channels,
                       config.resblock_kernel_sizes, config.resblock_dilation_sizes, true);
    }
    AddAlpha(name + "post_activation", channels);
    AddConvolution(name + "post_conv", {1, channels, config.out_kernel_size}, 1);
  }

  void AddEncoder(const model::CodecEncoderConfig& config) {
    const std::string name = "audio_encoder.";
    int64_t channels = config.base_channels;
    AddConvolution(name + "pre_conv", {channels, 1, config.in_kernel_size}, channels);
    for (size_t i = 0; i < config.down_sample_rates.size(); ++i) {
      AddResidualLayer(name + "res_layers." + std::to_string(i), channels,
                       config.resblock_kernel_sizes, config.resblock_dilation_sizes, false);
      AddConvolution(name + "down_sample_conv_layers." + std::to_string(i),
                     {2 * channels, channels, 2 * config.down_sample_rates[i]}, 2 * channels);
      channels *= 2;
    }
    AddConvolution(name + "post_conv", {config.encoded_dim, channels, config.out_kernel_size},
                   config.encoded_dim);
  }

  void AddQuantizer(const model::CodecConfig& config) {
    const auto dimensions = static_cast<int64_t>(config.num_levels_per_group.size());
    std::vector<int64_t> bases{1};
    for (int64_t levels : config.num_levels_per_group) bases.push_back(bases.back() * levels);
    bases.pop_back();
    for (int64_t group = 0; group < config.num_groups; ++group) {
      const std::string name = "vector_quantizer.fsqs." + std::to_string(group) + ".";
      store_.Add(
          formats::IntTensor(name + "num_levels", {1, dimensions, 1}, config.num_levels_per_group));
      store_.Add(formats::IntTensor(name + "dim_base_index", {1, dimensions, 1}, bases));
    }
  }

  void AddResidualLayer(const std::string& module, int64_t channels,
                        const std::vector<int64_t>& kernels, const std::vector<int64_t>& dilations,
                        bool half_snake) {
    for (size_t j = 0; j < kernels.size(); ++j) {
      for (size_t m = 0; m < dilations.size(); ++m) {
        const std::string block =
            module + ".res_blocks." + std::to_string(j) + ".res_blocks." + std::to_string(m);
        if (half_snake) {
          AddAlpha(block + ".input_activation", channels);
          AddAlpha(block + ".skip_activation", channels);
        }
        AddConvolution(block + ".input_conv", {channels, channels, kernels[j]}, channels);
        AddConvolution(block + ".skip_conv", {channels, channels, kernels[j]}, channels);
      }
    }
  }

  void AddConvolution(const std::string& module, const Shape& shape, int64_t outputs) {
    Add(module + ".conv.weight_v", shape, 1.0, 0.0);
    Add(module + ".conv.weight_g", {shape[0], 1, 1}, 0.1, 0.7);
    Add(module + ".conv.bias", {outputs}, 0.05, 0.0);
  }
  void AddAlpha(const std::string& module, int64_t channels) {
    Add(module + ".activation.snake_act.alpha", {1, channels / 2, 1}, 0.3, 1.0);
  }
  void Add(const std::string& name, const Shape& shape, double scale, double mean) {
    const CounterRandom random(seed_, next_stream_++);
    std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(mean + scale * random.Normal(i));
    }
    store_.Add(formats::FloatTensor(name, shape, values));
  }

  MemoryStore& store_;
  uint64_t seed_;
  uint64_t next_stream_ = 0;
};

inline model::NemoArchive RandomArchive(const model::CodecConfig& config, uint64_t seed) {
  auto store = std::make_unique<MemoryStore>();
  RandomCodecWeights(*store, seed).AddAll(config);
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
