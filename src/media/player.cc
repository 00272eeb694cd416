// Loudspeaker output through ALSA, which also reaches PulseAudio and PipeWire.
#include <alsa/asoundlib.h>

#include "audio/wav.h"
#include "base/error.h"
#include "media/media.h"

namespace kani::media {
namespace {

// Enough to ride out a pause of the model, short enough to stop at once.
constexpr unsigned kLatencyMicroseconds = 300'000;

// ALSA reports failures to stderr unless told otherwise; we throw them.
void DropMessage(const char*, int, const char*, int, const char*, ...) {}

class AlsaPlayer : public Player {
 public:
  explicit AlsaPlayer(snd_pcm_t* device) : device_(device) {}
  ~AlsaPlayer() override {
    snd_pcm_drop(device_);
    snd_pcm_close(device_);
  }

  void Play(std::span<const float> samples) override {
    const std::vector<int16_t> pcm = audio::ToPcm16(samples);
    std::span<const int16_t> left(pcm);
    while (!left.empty()) {
      snd_pcm_sframes_t written = snd_pcm_writei(device_, left.data(), left.size());
      if (written < 0) written = snd_pcm_recover(device_, static_cast<int>(written), 1);
      if (written < 0)
        Fail(ErrorCode::kIo, "audio device: ", snd_strerror(static_cast<int>(written)));
      left = left.subspan(static_cast<size_t>(written));
    }
  }

  void Drain() override { snd_pcm_drain(device_); }

 private:
  snd_pcm_t* device_;
};

}  // namespace

std::unique_ptr<Player> Player::Open(int sample_rate_hz) {
  snd_lib_error_set_handler(&DropMessage);
  snd_pcm_t* device = nullptr;
  if (snd_pcm_open(&device, "default", SND_PCM_STREAM_PLAYBACK, 0) < 0) return nullptr;
  auto player = std::make_unique<AlsaPlayer>(device);
  constexpr int kResample = 1;
  if (snd_pcm_set_params(device, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, 1,
                         static_cast<unsigned>(sample_rate_hz), kResample,
                         kLatencyMicroseconds) < 0) {
    return nullptr;
  }
  return player;
}

}  // namespace kani::media
