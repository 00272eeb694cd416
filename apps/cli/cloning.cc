#include "apps/cli/cloning.h"

#include <utility>

#include "apps/jail/jail.h"
#include "base/error.h"
#include "speaker/encoder.h"

namespace kani::cli {
namespace {

constexpr double kMaxRecordingSeconds = 3600;

}  // namespace

ClonedFiles CloneFiles(std::span<const std::string> paths, const ModelOptions& options,
                       bool normalize, speaker::Silence silence, const WarningSink& warn) {
  ClonedFiles cloned;
  // All files are read before the encoder is loaded, so that a wrong one is reported at once.
  std::vector<speaker::Recording> recordings;
  for (const std::string& path : paths) {
    audio::Sound sound = jail::ReadAudio(path, kMaxRecordingSeconds, warn);
    if (!sound.cut_short.empty()) Warn(warn, StrCat(Quoted(path), ": ", sound.cut_short));
    cloned.files.push_back(
        {.path = path,
         .seconds = static_cast<double>(sound.samples.size()) / sound.sample_rate_hz,
         .sample_rate_hz = sound.sample_rate_hz});
    recordings.push_back({std::move(sound.samples), sound.sample_rate_hz, path});
  }
  const auto ops = MakeOps(options);
  const auto encoder = speaker::Encoder::Load(ops->device(), FindSpeakerEncoder(options));
  cloned.clone = voices::CloneVoice(*ops, *encoder, recordings, normalize, silence, warn);
  return cloned;
}

}  // namespace kani::cli
