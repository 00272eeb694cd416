#include "apps/server/upload.h"

#include <mutex>
#include <utility>

#include "apps/jail/jail.h"
#include "kernels/ops.h"
#include "voices/clone.h"

namespace kani::server {

speaker::Recording DecodeUpload(const Upload& upload, double max_seconds, const WarningSink& warn) {
  const std::string name = Quoted(upload.name);
  audio::Sound sound =
      jail::ReadAudio(std::as_bytes(std::span(upload.bytes)), name, max_seconds, warn);
  if (!sound.cut_short.empty()) Warn(warn, StrCat(name, ": ", sound.cut_short));
  return {std::move(sound.samples), sound.sample_rate_hz, name};
}

voices::Voice CloneUploads(const ModelFacts& model, std::span<const Upload> uploads,
                           double max_seconds, const WarningSink& warn) {
  if (!model.paths.speaker_encoder) {
    Fail(ErrorCode::kUnsupported, "model ", Quoted(model.name),
         " has no speaker encoder here, which a recording needs");
  }
  std::vector<speaker::Recording> recordings;
  for (const Upload& upload : uploads) {
    recordings.push_back(DecodeUpload(upload, max_seconds, warn));
  }
  // One at a time: an encoder may be larger than the language model.
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  const auto ops = kernels::MakeOps("auto", 0);
  const auto encoder = speaker::Encoder::Load(ops->device(), *model.paths.speaker_encoder);
  return voices::CloneVoice(*ops, *encoder, recordings, /*normalize=*/true, speaker::Silence::kCut,
                            warn)
      .voice;
}

}  // namespace kani::server
