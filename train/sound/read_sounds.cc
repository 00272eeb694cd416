#include "train/sound/read_sounds.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "audio/resampler.h"
#include "audio/wav.h"
#include "base/error.h"
#include "base/thread_pool.h"
#include "media/media.h"
#include "train/import/import.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr double kLongestFileSeconds = 24 * 3600;

bool HasList(const fs::path& folder) {
  return std::ranges::any_of(
      std::vector<const char*>{"metadata.csv", "metadata.jsonl", "metadata.tsv"},
      [&](const char* name) { return fs::exists(folder / name); });
}

bool IsSound(const fs::path& file) {
  const std::string extension = file.extension().string();
  return media::IsOutputExtension(extension) || extension == ".ogg";
}

/// What became of one recording.
struct Outcome {
  std::optional<SoundClip> clip;
  std::string fault;
};

Outcome CutClip(const ListedRecording& recording, const audio::Sound& sound, int sample_rate_hz) {
  const auto at = [&](double seconds) {
    return static_cast<size_t>(
        std::min(seconds * sound.sample_rate_hz, static_cast<double>(sound.samples.size())));
  };
  const size_t begin = at(recording.begin_s), end = at(recording.end_s);
  const std::span<const float> piece = std::span(sound.samples).subspan(begin, end - begin);
  if (piece.empty()) return {{}, "it is empty"};
  const std::vector<float> samples = audio::Resample(piece, sound.sample_rate_hz, sample_rate_hz);
  return {SoundClip{recording.id, recording.speaker, audio::ToPcm16(samples)}, {}};
}

/// Recordings [begin, end), which are pieces of one file.
void ReadFile(const RecordingList& list, size_t begin, size_t end, int sample_rate_hz,
              std::vector<Outcome>& outcomes) {
  try {
    const audio::Sound sound = media::ReadAudio(list[begin].path, kLongestFileSeconds);
    for (size_t i = begin; i < end; ++i) outcomes[i] = CutClip(list[i], sound, sample_rate_hz);
  } catch (const Error& error) {
    for (size_t i = begin; i < end; ++i) outcomes[i] = {{}, error.what()};
  }
}

}  // namespace

RecordingList ListSounds(const fs::path& path) {
  if (!fs::is_directory(path) || HasList(path)) return ImportRecordings(path, {});
  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && IsSound(entry.path())) files.insert(entry.path());
  }
  if (files.empty()) {
    Fail(ErrorCode::kNotFound, Quoted(path.string()), ": holds no sound file and no metadata.csv");
  }
  RecordingList list;
  for (const fs::path& file : files) {
    list.Add({.path = file,
              .text = {},
              .speaker = file.parent_path().filename().string(),
              .language = {},
              .source = path.filename().string(),
              .id = file.lexically_relative(path).string()});
  }
  return list;
}

SoundSet ReadSounds(const RecordingList& list, int sample_rate_hz, int threads,
                    const WarningSink& warn) {
  std::vector<Outcome> outcomes(list.size());
  std::vector<size_t> borders;  // between neighbours of different files
  for (size_t i = 0; i < list.size(); ++i) {
    if (i == 0 || !list.IsSameFile(i - 1, i)) borders.push_back(i);
  }
  borders.push_back(list.size());
  ThreadPool pool(threads);
  std::atomic<size_t> next = 0;
  pool.Run([&](int) {
    for (size_t i = next++; i + 1 < borders.size(); i = next++) {
      ReadFile(list, borders[i], borders[i + 1], sample_rate_hz, outcomes);
    }
  });
  std::vector<SoundClip> clips;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].clip) {
      clips.push_back(std::move(*outcomes[i].clip));
    } else {
      Warn(warn, StrCat(Quoted(list[i].path.string()), " is left out: ", outcomes[i].fault));
    }
  }
  if (clips.empty()) {
    Fail(ErrorCode::kNotFound, "none of ", list.size(), " recordings can be read");
  }
  return {std::move(clips), sample_rate_hz};
}

}  // namespace kani::train
