// Decoded frames to mono.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "audio/channel_energy.h"
#include "base/error.h"
#include "media/ffmpeg.h"

namespace kani::media {

/// Takes frames apart into mono: the mean of all channels, or one of them.
class Mixer {
 public:
  /// @param channel to be taken; -1 for the mean
  explicit Mixer(int channel) : channel_(channel) {}

  void Append(const AVFrame& frame, const std::string& source, std::vector<float>& samples) {
    const auto format = static_cast<AVSampleFormat>(frame.format);
    const bool planar = av_sample_fmt_is_planar(format) != 0;
    switch (av_get_packed_sample_fmt(format)) {
      case AV_SAMPLE_FMT_U8:
        return AppendMean<uint8_t>(frame, planar, 128.0, 128.0, samples);
      case AV_SAMPLE_FMT_S16:
        return AppendMean<int16_t>(frame, planar, 32768.0, 0.0, samples);
      case AV_SAMPLE_FMT_S32:
        return AppendMean<int32_t>(frame, planar, 2147483648.0, 0.0, samples);
      case AV_SAMPLE_FMT_S64:
        return AppendMean<int64_t>(frame, planar, 9223372036854775808.0, 0.0, samples);
      case AV_SAMPLE_FMT_FLT:
        return AppendMean<float>(frame, planar, 1.0, 0.0, samples);
      case AV_SAMPLE_FMT_DBL:
        return AppendMean<double>(frame, planar, 1.0, 0.0, samples);
      default:
        Fail(ErrorCode::kUnsupported, source, ": unknown sample format");
    }
  }
  const audio::ChannelEnergy& energy() const { return energy_; }

 private:
  /// Full scale of T is `scale`, silence is `zero`.
  template <typename T>
  void AppendMean(const AVFrame& frame, bool planar, double scale, double zero,
                  std::vector<float>& samples) {
    const int channels = frame.ch_layout.nb_channels;
    for (int i = 0; i < frame.nb_samples; ++i) {
      double sum = 0;
      for (int c = 0; c < channels; ++c) {
        const auto* plane = reinterpret_cast<const T*>(frame.extended_data[planar ? c : 0]);
        const double value =
            (static_cast<double>(plane[planar ? i : i * channels + c]) - zero) / scale;
        energy_.Add(static_cast<size_t>(c), value);
        if (channel_ < 0 || channel_ == c) sum += value;
      }
      energy_.AddMean(sum / channels);
      samples.push_back(static_cast<float>(channel_ < 0 ? sum / channels : sum));
    }
  }

  const int channel_;
  audio::ChannelEnergy energy_;
};

}  // namespace kani::media
