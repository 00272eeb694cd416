#include "train/encode/encode.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "base/cpu_count.h"
#include "base/error.h"
#include "media/media.h"
#include "train/data/checksum.h"
#include "train/data/shard_parts.h"
#include "train/encode/journal.h"

namespace kani::train {
namespace {

constexpr int kMaxThreads = 256;

/// The recordings of one shard, by their rows in the list.
struct OwnRecordings {
  const RecordingList& list;
  std::vector<size_t> rows;

  size_t size() const { return rows.size(); }
  ListedRecording operator[](size_t i) const { return list[rows[i]]; }
};

/// Everything that decides the bytes of a shard, but for the contents of the audio files and the
/// folders that lists and models lie in.
std::string InputsOf(const OwnRecordings& own, const EncodeOptions& options,
                     const std::string& codec, const ShardJob& job) {
  const ClipLimits& limits = options.limits;
  std::string text = StrCat(job.shard, "/", job.shards, "\n", codec, "\n", limits.min_seconds, " ",
                            limits.max_seconds, " ", limits.min_rms, " ",
                            limits.max_clipped_fraction, " ", options.max_recording_seconds, "\n");
  if (options.models.speaker_encoder) {
    text += SpeakerEncoderIdentity(*options.models.speaker_encoder) + "\n";
  }
  for (size_t i = 0; i < own.size(); ++i) {
    const ListedRecording recording = own[i];
    text += StrCat(recording.path.filename().string(), "\n", recording.text, "\n",
                   recording.speaker, "\n", recording.language, "\n", recording.source, "\n",
                   recording.id, "\n", recording.begin_s, " ", recording.end_s, "\n");
    if (recording.table_row >= 0) text += StrCat("row ", recording.table_row, "\n");
  }
  return Crc32Text(text);
}

Outcome Drop(const ListedRecording& recording, DropReason reason, std::string detail) {
  return {{}, Dropped{reason, recording.path.string(), recording.id, std::move(detail)}};
}

/// The samples between two times of a recording; its end bounds both.
std::span<const float> Piece(const audio::Sound& sound, double begin_s, double end_s) {
  const auto size = static_cast<double>(sound.samples.size());
  const auto begin = static_cast<size_t>(std::min(begin_s * sound.sample_rate_hz, size));
  const auto end = static_cast<size_t>(std::min(end_s * sound.sample_rate_hz, size));
  return std::span(sound.samples).subspan(begin, end - begin);
}

/// What a shard stores of a recording as it is.
void CopyNames(const ListedRecording& recording, Utterance& clip) {
  clip.id = recording.id;
  clip.text = recording.text;
  clip.voice = recording.speaker;
  clip.language = recording.language;
  clip.source = recording.source;
}

/// Reads one file after another and encodes the clips in it.
class FileEncoder {
 public:
  FileEncoder(const EncodeOptions& options, const ClipEncoder& encoder)
      : options_(options), encoder_(encoder) {}

  /// Encodes those from `begin` on that are not done, and tells `done` of each.
  /// REQUIRES: all recordings are of one file.
  void Encode(const OwnRecordings& own, size_t begin, std::span<Outcome> outcomes,
              const std::function<void(size_t)>& done) const {
    std::optional<audio::Sound> sound;
    std::optional<Finding> fault;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i].done()) continue;
      outcomes[i] = OutcomeOf(own[begin + i], sound, fault);
      done(i);
    }
  }

 private:
  /// @param sound, fault of the file, once it was read
  Outcome OutcomeOf(const ListedRecording& recording, std::optional<audio::Sound>& sound,
                    std::optional<Finding>& fault) const {
    if (recording.text.empty()) return Drop(recording, DropReason::kNoTranscript, "text is empty");
    if (!sound && !fault) Read(recording, sound, fault);
    return fault ? Drop(recording, fault->reason, fault->detail) : EncodeClip(recording, *sound);
  }

  void Read(const ListedRecording& recording, std::optional<audio::Sound>& sound,
            std::optional<Finding>& fault) const {
    try {
      sound = recording.table_row < 0
                  ? media::ReadAudio(recording.path, options_.max_recording_seconds)
                  : ReadEmbedded(recording);
    } catch (const Error& error) {
      const bool too_long = error.code() == ErrorCode::kResourceExhausted;
      fault = {too_long ? DropReason::kTooLong : DropReason::kUnreadable, error.what()};
    }
  }

  audio::Sound ReadEmbedded(const ListedRecording& recording) const {
    const std::vector<std::byte> bytes =
        options_.read_embedded(recording.path, recording.table_row);
    return media::ReadAudio(bytes,
                            StrCat(Quoted(recording.path.string()), " row ", recording.table_row),
                            options_.max_recording_seconds);
  }

  Outcome EncodeClip(const ListedRecording& recording, const audio::Sound& sound) const {
    // Its transcript says more than is there. Pieces that end before the cut are whole.
    const double found_s = static_cast<double>(sound.samples.size()) / sound.sample_rate_hz;
    if (!sound.cut_short.empty() && recording.end_s > found_s) {
      return Drop(recording, DropReason::kCutShort, sound.cut_short);
    }
    const std::span<const float> samples = Piece(sound, recording.begin_s, recording.end_s);
    if (std::optional<Finding> fault = FindFault(samples, sound.sample_rate_hz, options_.limits)) {
      return Drop(recording, fault->reason, std::move(fault->detail));
    }
    const double seconds = static_cast<double>(samples.size()) / sound.sample_rate_hz;
    if (std::optional<Finding> fault = FindMismatch(recording.text, seconds)) {
      return Drop(recording, fault->reason, std::move(fault->detail));
    }
    Utterance clip;
    CopyNames(recording, clip);
    encoder_.Encode(samples, sound.sample_rate_hz, clip);
    return {std::move(clip), {}};
  }

  const EncodeOptions& options_;
  const ClipEncoder& encoder_;
};

/// The recordings of one shard, shared out to threads file by file.
class ShardEncoding {
 public:
  ShardEncoding(OwnRecordings own, const EncodeOptions& options, double frame_s,
                EncodeJournal& journal, const EncodeProgressSink& sink)
      : own_(std::move(own)), options_(options), frame_s_(frame_s), journal_(journal), sink_(sink) {
    outcomes_.resize(own_.size());
    progress_.total = static_cast<int64_t>(own_.size());
    for (const EncodeJournal::Entry& entry : journal.entries()) TakeOver(entry);
  }

  const OwnRecordings& own() const { return own_; }

  /// @param encoders one for each thread, the caller's included.
  /// @return the outcome of each recording.
  std::vector<Outcome> Run(std::span<const ClipEncoder> encoders) {
    {
      std::vector<std::jthread> others;
      try {
        for (const ClipEncoder& encoder : encoders.subspan(1)) {
          others.emplace_back([this, &encoder] { Work(encoder); });
        }
      } catch (...) {  // a thread that cannot start
        Stop();
      }
      Work(encoders[0]);
    }
    if (error_) std::rethrow_exception(error_);
    return std::move(outcomes_);
  }

 private:
  /// What an earlier process has done.
  void TakeOver(const EncodeJournal::Entry& entry) {
    if (entry.recording >= own_.size() || outcomes_[entry.recording].done()) return;
    const ListedRecording recording = own_[entry.recording];
    Outcome& outcome = outcomes_[entry.recording];
    outcome = entry.outcome;
    if (outcome.clip) CopyNames(recording, *outcome.clip);
    if (outcome.dropped) {
      outcome.dropped->file = recording.path.string();
      outcome.dropped->id = recording.id;
      ++progress_.dropped;
    }
    ++progress_.recordings;
    ++progress_.taken_over;
  }

  /// A thread's share. The first failure of any stops all.
  void Work(const ClipEncoder& encoder) {
    const FileEncoder files(options_, encoder);
    try {
      for (auto [begin, end] = Next(); begin < end; std::tie(begin, end) = Next()) {
        std::vector<size_t> done;
        files.Encode(own_, begin, std::span(outcomes_).subspan(begin, end - begin), [&](size_t i) {
          journal_.Append({begin + i, outcomes_[begin + i]});
          done.push_back(begin + i);
        });
        if (!done.empty()) Tell(done);
      }
    } catch (...) {
      Stop();
    }
  }

  /// Lets all threads end with the exception under way.
  void Stop() {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }

  /// The next recordings that are pieces of one file.
  std::pair<size_t, size_t> Next() {
    const std::lock_guard lock(mutex_);
    if (error_) return {};
    const size_t begin = next_;
    const auto is_same = [&](size_t i) {
      return own_.list.IsSameFile(own_.rows[i], own_.rows[begin]);
    };
    while (next_ < own_.size() && is_same(next_)) ++next_;
    return {begin, next_};
  }

  void Tell(std::span<const size_t> done) {
    const std::lock_guard lock(mutex_);
    for (const size_t i : done) {
      progress_.recordings += 1;
      progress_.dropped += outcomes_[i].dropped ? 1 : 0;
      if (outcomes_[i].clip) progress_.speech_s += frame_s_ * outcomes_[i].clip->encoded_len;
    }
    progress_.elapsed_s =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    if (sink_ && !sink_(progress_)) {
      Fail(ErrorCode::kCancelled, "stopped after ", progress_.recordings, " of ", progress_.total,
           " recordings");
    }
  }

  const OwnRecordings own_;
  const EncodeOptions& options_;
  const double frame_s_;
  EncodeJournal& journal_;
  const EncodeProgressSink& sink_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<Outcome> outcomes_;
  std::mutex mutex_;
  size_t next_ = 0;
  EncodeProgress progress_;
  std::exception_ptr error_;
};

/// One for each thread.
std::vector<ClipEncoder> EncodersOf(const ClipModels& models, int threads) {
  if (threads == 0) threads = UsableCpuCount();
  std::vector<ClipEncoder> out;
  for (int i = 0; i < threads; ++i) out.emplace_back(models);
  return out;
}

/// What of a clip that is stored may not be as its list says.
void AddDoubts(const ListedRecording& recording, double seconds, std::vector<Doubtful>& doubtful) {
  const auto add = [&](Doubt doubt, std::optional<std::string> detail) {
    if (!detail) return;
    doubtful.push_back({doubt, recording.path.string(), recording.id, std::move(*detail)});
  };
  add(Doubt::kOtherLength, FindOtherLength(recording.stated_s, seconds));
  add(Doubt::kSlowSpeech, FindSlowSpeech(recording.text, seconds));
}

OwnRecordings RecordingsOf(const RecordingList& list, const ShardJob& job) {
  OwnRecordings own{list, {}};
  for (size_t i = 0; i < list.size(); ++i) {
    if (job.Owns(static_cast<int64_t>(i))) own.rows.push_back(i);
  }
  return own;
}

}  // namespace

ImportReport Encode(const RecordingList& recordings, const EncodeOptions& options,
                    const ShardJob& job, const EncodeProgressSink& progress) {
  CheckLimits(options.limits);
  if (options.threads < 0 || options.threads > kMaxThreads) {
    Fail(ErrorCode::kInvalidArgument, options.threads, " threads, expected 0 to ", kMaxThreads);
  }
  job.Check();
  OwnRecordings own = RecordingsOf(recordings, job);
  for (size_t i = 0; i < own.size(); ++i) {
    const ListedRecording recording = own[i];
    CheckRecording(recording, ErrorCode::kInvalidArgument, Quoted(recording.path.string()));
    if (recording.table_row >= 0 && !options.read_embedded) {
      Fail(ErrorCode::kInvalidArgument, Quoted(recording.path.string()), " row ",
           recording.table_row, ": nothing reads sound in tables here");
    }
  }
  const std::string codec =
      options.codec_name.empty() ? CodecIdentity(options.models.codec) : options.codec_name;
  ImportReport report;
  report.inputs = InputsOf(own, options, codec, job);
  if (std::optional<ImportReport> done = FinishedReport(job, report.inputs)) {
    std::error_code ignored;  // killed just before it went
    std::filesystem::remove(job.JournalPath(), ignored);
    return *done;
  }
  EncodeJournal journal(job.JournalPath(), report.inputs);

  const ClipModels models(options.models, options.device);
  const std::vector<ClipEncoder> encoders = EncodersOf(models, options.threads);
  CorpusFormat format = models.format();
  format.codec = codec;
  ShardParts clips(format);
  ShardEncoding encoding(std::move(own), options, 1 / format.frames_per_second, journal, progress);
  std::vector<Outcome> outcomes = encoding.Run(encoders);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    Outcome& outcome = outcomes[i];
    if (outcome.dropped) report.dropped.push_back(std::move(*outcome.dropped));
    if (!outcome.clip) continue;
    clips.Add(*outcome.clip);
    const double seconds = outcome.clip->encoded_len / format.frames_per_second;
    report.seconds += seconds;
    AddDoubts(encoding.own()[i], seconds, report.doubtful);
    report.without_voice += outcome.clip->embedding.empty() ? 1 : 0;
  }
  report = FinishShard(clips, std::move(report), job);
  journal.Remove();
  return report;
}

}  // namespace kani::train
