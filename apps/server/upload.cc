#include "apps/server/upload.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <mutex>
#include <utility>

#include "base/atomic_file.h"
#include "kernels/ops.h"
#include "media/media.h"
#include "voices/clone.h"

namespace kani::server {
namespace {

namespace fs = std::filesystem;

/// A folder for one file, gone at the end.
class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "kani_upload_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) Fail(ErrorCode::kIo, Quoted(name), ": cannot create");
    path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

speaker::Recording DecodeUpload(const Upload& upload, double max_seconds, const WarningSink& warn) {
  const Scratch scratch;
  const fs::path file = scratch.path() / "upload";
  WriteFileAtomically(file, std::as_bytes(std::span(upload.bytes)), NewFileMode::kPrivate);
  try {
    audio::Sound sound = media::ReadAudio(file, max_seconds);
    if (!sound.cut_short.empty()) Warn(warn, StrCat(Quoted(upload.name), ": ", sound.cut_short));
    return {std::move(sound.samples), sound.sample_rate_hz, Quoted(upload.name)};
  } catch (const Error& error) {
    // The message names our file, the client knows its own.
    std::string message = error.what();
    const std::string ours = Quoted(file.string());
    if (const size_t at = message.find(ours); at != std::string::npos) {
      message.replace(at, ours.size(), Quoted(upload.name));
    }
    throw Error(error.code(), message);
  }
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
