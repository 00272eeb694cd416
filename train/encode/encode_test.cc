#include "train/encode/encode.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>

#include "audio/resampler.h"
#include "audio/wav.h"
#include "base/error.h"
#include "codec/codec.h"
#include "media/media.h"
#include "model/nemo.h"
#include "train/data/corpus.h"
#include "train/data/testing.h"
#include "train/encode/journal.h"
#include "train/import/import.h"

namespace kani::train {
namespace {

const std::filesystem::path kSpeech = KANI_TEST_DATA "/training/corpus";

EncodeOptions MiniOptions() {
  EncodeOptions options;
  options.models = {KANI_MODELS "/mini/codec.nemo", KANI_MODELS "/mini/speaker"};
  return options;
}

/// The shortest clips of each voice: enough to see everything, quick under a sanitizer.
std::vector<ListedRecording> FewRecordings() {
  std::vector<ListedRecording> out;
  for (const char* file : {"heart-en-2.opus", "george-en-2.opus", "bella-en-1.opus"}) {
    out.push_back({kSpeech / file, StrCat("Text of ", file, "."), "voice", "en", "test", file});
  }
  return out;
}

std::string BytesOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A tone of 220 Hz.
std::filesystem::path WriteTone(const TestFolder& folder, const char* name, double seconds,
                                float amplitude) {
  std::vector<float> samples(static_cast<size_t>(seconds * 16000));
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = amplitude * std::sin(static_cast<float>(i) * 0.0864f);
  }
  audio::WriteWav(folder / name, samples, 16000);
  return folder / name;
}

TEST(EncodeTest, MakesShardsOfAMinuteOfSpeechThatVerify) {
  const TestFolder folder;
  const RecordingList list = ImportRecordings(kSpeech / "metadata.jsonl", {});
  EncodeOptions options = MiniOptions();
  options.threads = 2;
  ShardJob job{.folder = folder.path(), .shards = 2};
  double last_speech_s = 0;
  for (job.shard = 0; job.shard < 2; ++job.shard) {
    int64_t calls = 0;
    const ImportReport report = Encode(list, options, job, [&](const EncodeProgress& progress) {
      last_speech_s = progress.speech_s;
      EXPECT_EQ(progress.recordings, ++calls);
      EXPECT_EQ(progress.total, 9);
      EXPECT_GT(progress.Speed(), 0);
      EXPECT_GE(progress.TimeLeftSeconds(), 0);
      return true;
    });
    EXPECT_EQ(report.clips, 9);
    EXPECT_EQ(calls, 9);
    EXPECT_NEAR(report.seconds, last_speech_s, 1e-6);
    EXPECT_TRUE(report.dropped.empty());
    EXPECT_EQ(report.without_voice, 0);
  }
  job.shard = 0;
  EXPECT_TRUE(UnfinishedShards(job).empty());
  EXPECT_NEAR(JoinReports(job).seconds, 57.2, 1);
  WriteManifest(folder.path());
  EXPECT_EQ(Verify(folder.path()), std::vector<std::string>{});
  const Corpus corpus(folder.path());
  ASSERT_EQ(corpus.size(), 18);
  EXPECT_EQ(corpus.format().codebooks, 4);
  EXPECT_EQ(corpus.format().speaker_emb_dim, 128);
  EXPECT_EQ(corpus.manifest().voices.size(), 4u);
  for (int64_t i = 0; i < corpus.size(); ++i) {
    const Utterance clip = corpus.Get(i);
    const ListedRecording& recording = list[static_cast<size_t>(i < 9 ? 2 * i : 2 * (i - 9) + 1)];
    EXPECT_EQ(clip.text, recording.text);
    EXPECT_EQ(clip.id, recording.id);
    EXPECT_EQ(clip.language, recording.language);
    EXPECT_EQ(clip.voice, recording.speaker);
    EXPECT_EQ(clip.embedding.size(), 128u);
  }
}

TEST(EncodeTest, StoresTheCodesOfTheCodecAndVoicesThatTellSpeakersApart) {
  const TestFolder folder;
  const std::vector<ListedRecording> list = FewRecordings();
  Encode(list, MiniOptions(), {.folder = folder.path()});
  const Shard shard(folder / "shard-00000-of-00001.safetensors");
  const auto ops = kernels::MakeOps("auto", 1);
  const codec::Codec codec(ops->device(), model::OpenNemo(KANI_MODELS "/mini/codec.nemo"), true);
  ASSERT_EQ(shard.size(), 3);
  for (int64_t i = 0; i < 3; ++i) {
    const audio::Sound sound = media::ReadAudio(list[static_cast<size_t>(i)].path);
    const codec::Codes expected =
        codec.Encode(*ops, audio::Resample(sound.samples, sound.sample_rate_hz, 22050));
    const Utterance clip = shard.Get(i);
    EXPECT_TRUE(std::ranges::equal(clip.codes, expected.values));
    EXPECT_EQ(clip.encoded_len, expected.frames());
    double squares = 0;
    for (const float value : clip.embedding) squares += value * value;
    EXPECT_NEAR(squares, 1, 1e-5);
  }
  EXPECT_NE(shard.Get(0).embedding, shard.Get(1).embedding);
}

TEST(EncodeTest, GivesTheSameBytesForAnyNumberOfThreads) {
  const TestFolder folder;
  EncodeOptions options = MiniOptions();
  Encode(FewRecordings(), options, {.folder = folder.path(), .name = "one"});
  options.threads = 3;
  Encode(FewRecordings(), options, {.folder = folder.path(), .name = "three"});
  EXPECT_EQ(BytesOf(folder / "one-00000-of-00001.safetensors"),
            BytesOf(folder / "three-00000-of-00001.safetensors"));
}

TEST(EncodeTest, MakesAFinishedShardOnceAndGoesOnWithAnInterruptedOne) {
  const TestFolder folder;
  const ShardJob job{.folder = folder.path()};
  const auto stop = [](const EncodeProgress&) { return false; };
  try {
    Encode(FewRecordings(), MiniOptions(), job, stop);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
  EXPECT_FALSE(std::filesystem::exists(job.ShardPath()));
  int calls = 0;
  const ImportReport report =
      Encode(FewRecordings(), MiniOptions(), job, [&](const EncodeProgress& progress) {
        ++calls;
        EXPECT_EQ(progress.taken_over, 1);
        return true;
      });
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(std::filesystem::exists(job.JournalPath()));
  EXPECT_EQ(report.clips, 3);
  const std::string bytes = BytesOf(job.ShardPath());
  // Would stop at once if it read anything.
  EXPECT_EQ(Encode(FewRecordings(), MiniOptions(), job, stop), report);
  // As after a kill between the shard and its report.
  std::filesystem::remove(job.ReportPath());
  EXPECT_EQ(Encode(FewRecordings(), MiniOptions(), job), report);
  EXPECT_EQ(BytesOf(job.ShardPath()), bytes);

  std::vector<ListedRecording> others = FewRecordings();
  others[1].text = "Another text.";
  try {
    Encode(others, MiniOptions(), job);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("other recordings"), std::string::npos);
  }
}

/// Of two files with pieces, one without, and one that is dropped; without voices.
std::vector<ListedRecording> Pieces(const TestFolder& folder) {
  const std::filesystem::path a = WriteTone(folder, "a.wav", 4, 0.1f);
  const std::filesystem::path b = WriteTone(folder, "b.wav", 2, 0.2f);
  return {{a, "one", "", "", "", "1", 0, 1},
          {a, "two", "", "", "", "2", 1, 3},
          {a, "too short", "", "", "", "3", 3, 3.1},
          {b, "three", "", "", "", "4"},
          {folder / "missing.wav", "none", "", "", "", "5"},
          {FewRecordings()[0].path, "four", "voice", "en", "test", "6"}};
}

TEST(EncodeTest, AKillLosesAtMostTheClipInHandAndTheShardIsTheSame) {
  const TestFolder folder;
  const std::vector<ListedRecording> list = Pieces(folder);
  const ShardJob whole{.folder = folder.path(), .name = "whole"};
  const ImportReport report = Encode(list, MiniOptions(), whole);
  ASSERT_EQ(report.clips, 4);
  for (const int64_t killed_at : {3, 4, 5, 6}) {  // recordings: the first file has three
    const ShardJob job{.folder = folder.path(), .name = StrCat("killed", killed_at)};
    EXPECT_EXIT(Encode(list, MiniOptions(), job,
                       [&](const EncodeProgress& progress) {
                         if (progress.recordings == killed_at) std::raise(SIGKILL);
                         return true;
                       }),
                testing::KilledBySignal(SIGKILL), testing::Eq(""));
    int64_t seen = killed_at;
    EXPECT_EQ(Encode(list, MiniOptions(), job,
                     [&](const EncodeProgress& progress) {
                       EXPECT_EQ(progress.taken_over, killed_at);
                       EXPECT_EQ(progress.recordings, ++seen);
                       return true;
                     }),
              report);
    EXPECT_EQ(seen, 6);
    EXPECT_EQ(BytesOf(job.ShardPath()), BytesOf(whole.ShardPath())) << killed_at;
  }
}

TEST(EncodeTest, AKillWhileTheJournalIsWrittenLosesNoMore) {
  const TestFolder folder;
  const std::vector<ListedRecording> list = Pieces(folder);
  const ShardJob whole{.folder = folder.path(), .name = "whole"};
  const ImportReport report = Encode(list, MiniOptions(), whole);
  const ShardJob job{.folder = folder.path(), .name = "cut"};
  const auto stop = [](const EncodeProgress& progress) { return progress.recordings < 4; };
  EXPECT_THROW(Encode(list, MiniOptions(), job, stop), Error);
  const std::string journal = BytesOf(job.JournalPath());
  const auto encode_after = [&](std::string bytes) {
    for (const auto& path : {job.ShardPath(), job.ReportPath()}) std::filesystem::remove(path);
    std::ofstream(job.JournalPath(), std::ios::binary) << bytes;
    int64_t taken_over = -1;
    EXPECT_EQ(Encode(list, MiniOptions(), job,
                     [&](const EncodeProgress& progress) {
                       taken_over = progress.taken_over;
                       return true;
                     }),
              report);
    EXPECT_EQ(BytesOf(job.ShardPath()), BytesOf(whole.ShardPath()));
    return taken_over;
  };
  EXPECT_EQ(encode_after(journal), 4);
  EXPECT_EQ(encode_after(journal.substr(0, journal.size() - 1)), 3);
  EXPECT_EQ(encode_after(journal + "half a record"), 4);
  EXPECT_EQ(encode_after(journal.substr(0, 10)), 0);
  std::string damaged = journal;
  damaged[journal.size() - 5] ^= 1;
  EXPECT_EQ(encode_after(damaged), 3);
}

TEST(EncodeTest, RefusesAJournalOfOtherRecordingsAndOneInUse) {
  const TestFolder folder;
  const ShardJob job{.folder = folder.path()};
  const auto failure = [&](const std::vector<ListedRecording>& list) -> std::string {
    try {
      Encode(list, MiniOptions(), job, [](const EncodeProgress&) { return false; });
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  std::vector<ListedRecording> list = Pieces(folder);
  EXPECT_NE(failure(list).find("stopped after 3"), std::string::npos);
  list[1].text = "another";
  EXPECT_NE(failure(list).find("other recordings"), std::string::npos);
  std::filesystem::remove(job.JournalPath());
  const EncodeJournal other(job.JournalPath(), "of another process");
  EXPECT_NE(failure(list).find("another process"), std::string::npos);
}

TEST(EncodeTest, DropsWhatWasCutShort) {
  const TestFolder folder;
  const std::filesystem::path path = WriteTone(folder, "cut.wav", 4, 0.1f);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const std::vector<ListedRecording> list = {{path, "whole file", "", "", "", "1"},
                                             {path, "before the cut", "", "", "", "2", 0.5, 1.5},
                                             {path, "through the cut", "", "", "", "3", 1.5, 2.5}};
  const ShardJob job{.folder = folder.path()};
  const ImportReport report = Encode(list, MiniOptions(), job);
  EXPECT_EQ(report.clips, 1);
  EXPECT_EQ(report.Count(DropReason::kCutShort), 2);
  EXPECT_EQ(report.dropped[0].detail, "the file says 64000 samples, 31989 are there");
  EXPECT_EQ(LoadReport(job.ReportPath()), report);
}

TEST(EncodeTest, ReportsWhatItDropsAndWhy) {
  const TestFolder folder;
  std::ofstream(folder / "broken.wav") << "RIFF, but nothing behind it";
  const auto recording = [](const std::filesystem::path& path, const char* text) {
    return ListedRecording{path, text, "", "", "", path.filename().string()};
  };
  const std::filesystem::path cut = WriteTone(folder, "cut.wav", 1, 0.1f);
  std::filesystem::resize_file(cut, 20000);
  const std::vector<ListedRecording> list = {
      recording(cut, "g"),
      recording(WriteTone(folder, "long.wav", 3.1, 0.1f), "a"),
      recording(WriteTone(folder, "short.wav", 0.2, 0.1f), "b"),
      recording(WriteTone(folder, "silent.wav", 1, 1e-4f), "c"),
      recording(WriteTone(folder, "clipped.wav", 1, 1.5f), "d"),
      recording(folder / "broken.wav", "e"),
      recording(folder / "missing.wav", "f"),
      recording(WriteTone(folder, "mute.wav", 1, 0.1f), ""),
      recording(WriteTone(folder, "brief.wav", 0.8, 0.1f), "kept, too short for a voice"),
      recording(WriteTone(folder, "good.wav", 1.5, 0.1f), "kept"),
  };
  std::filesystem::create_directory(folder / "out");
  EncodeOptions options = MiniOptions();
  options.limits.max_seconds = 3;
  const ShardJob job{.folder = folder / "out"};
  const ImportReport report = Encode(list, options, job);
  EXPECT_EQ(report.clips, 2);
  EXPECT_EQ(report.without_voice, 1);
  for (const DropReason reason : kDropReasons) {
    EXPECT_EQ(report.Count(reason), reason == DropReason::kUnreadable ? 2 : 1)
        << DropReasonName(reason);
  }
  EXPECT_EQ(report.dropped[0].id, "long.wav");
  EXPECT_EQ(report.dropped[0].file, list[1].path);
  EXPECT_EQ(report.dropped[0].detail, "3.1 s");
  EXPECT_EQ(LoadReport(job.ReportPath()), report);
  EXPECT_TRUE(Shard(job.ShardPath()).Get(0).embedding.empty());
}

TEST(EncodeTest, DropsMoreTextThanCanBeSpokenAndReportsWhatIsDoubtful) {
  const TestFolder folder;
  const std::filesystem::path tone = WriteTone(folder, "tone.wav", 6, 0.1f);
  const auto stated = [&](const char* id, double seconds) {
    ListedRecording recording{tone, "A text of some words.", "", "", "", id};
    recording.stated_s = seconds;
    return recording;
  };
  const std::vector<ListedRecording> list = {
      {tone, std::string(361, 'a'), "", "", "", "too fast"},
      {tone, std::string(360, 'a'), "", "", "", "fast"},
      {tone, "Yes.", "", "", "", "slow"},
      stated("rounded", 6.2),
      stated("another", 6.5),
      stated("shorter", 5.5),
  };
  const ShardJob job{.folder = folder.path()};
  EncodeOptions options = MiniOptions();
  options.models.speaker_encoder.reset();
  const ImportReport report = Encode(list, options, job);
  EXPECT_EQ(report.clips, 5);
  ASSERT_EQ(report.Count(DropReason::kTooShort), 1);
  EXPECT_EQ(report.dropped[0].id, "too fast");
  EXPECT_EQ(report.dropped[0].detail, "361 characters of text in 6 s");
  ASSERT_EQ(report.doubtful.size(), 3u);
  EXPECT_EQ(report.Count(Doubt::kOtherLength), 2);
  EXPECT_EQ(report.doubtful[0].id, "another");
  EXPECT_EQ(report.doubtful[0].detail, "its list says 6.5 s, there are 6 s");
  EXPECT_EQ(report.doubtful[1].id, "shorter");
  EXPECT_EQ(report.doubtful[2].doubt, Doubt::kSlowSpeech);
  EXPECT_EQ(report.doubtful[2].id, "slow");
  EXPECT_EQ(LoadReport(job.ReportPath()), report);
  EXPECT_EQ(JoinReports(job).doubtful, report.doubtful);
}

TEST(EncodeTest, TakesSoundThatLiesInTables) {
  const TestFolder folder;
  std::vector<ListedRecording> files = FewRecordings(), rows;
  for (const ListedRecording& file : files) {
    rows.push_back(file);
    rows.back().path = "train-00000-of-00001.parquet";
    rows.back().table_row = std::ssize(rows) - 1;
  }
  rows.push_back(rows.back());
  rows.back().table_row = 3;
  rows.back().id = "without sound";
  EncodeOptions options = MiniOptions();
  EXPECT_THROW(Encode(rows, options, {.folder = folder.path()}), Error);
  options.threads = 2;
  options.read_embedded = [&](const std::filesystem::path& path, int64_t row) {
    EXPECT_EQ(path, "train-00000-of-00001.parquet");
    if (row == 3) Fail(ErrorCode::kInvalidFile, "row 3: has no sound in it");
    const std::string bytes = BytesOf(files[static_cast<size_t>(row)].path);
    const auto view = std::as_bytes(std::span(bytes));
    return std::vector<std::byte>(view.begin(), view.end());
  };
  const ImportReport report = Encode(rows, options, {.folder = folder.path()});
  ASSERT_EQ(report.dropped.size(), 1u);
  EXPECT_EQ(report.dropped[0].detail, "row 3: has no sound in it");
  Encode(files, options, {.folder = folder.path(), .name = "files"});
  const Shard from_rows(folder / "shard-00000-of-00001.safetensors");
  const Shard from_files(folder / "files-00000-of-00001.safetensors");
  ASSERT_EQ(from_rows.size(), 3);
  for (int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(from_rows.Get(i).codes, from_files.Get(i).codes);
    EXPECT_EQ(from_rows.Get(i).embedding, from_files.Get(i).embedding);
  }
}

TEST(EncodeTest, KeepsAReportAloneOfAShardWithoutClips) {
  const TestFolder folder;
  const std::vector<ListedRecording> list = {{folder / "missing.wav", "a", "", "", "", "a"}};
  const ShardJob job{.folder = folder.path()};
  EXPECT_EQ(Encode(list, MiniOptions(), job).Count(DropReason::kUnreadable), 1);
  EXPECT_FALSE(std::filesystem::exists(job.ShardPath()));
  EXPECT_TRUE(UnfinishedShards(job).empty());
  EXPECT_EQ(Encode(list, MiniOptions(), job).clips, 0);
}

TEST(EncodeTest, CutsPiecesOutOfALongRecording) {
  const TestFolder folder;
  const std::filesystem::path path = WriteTone(folder, "long.wav", 4, 0.1f);
  const std::vector<ListedRecording> list = {{path, "one", "", "", "", "1", 0, 1},
                                             {path, "two", "", "", "", "2", 1, 3},
                                             {path, "rest", "", "", "", "3", 3},
                                             {path, "behind its end", "", "", "", "4", 4, 5}};
  const ShardJob job{.folder = folder.path()};
  EncodeOptions options = MiniOptions();
  options.models.speaker_encoder.reset();
  int64_t calls = 0;
  const ImportReport report = Encode(list, options, job, [&](const EncodeProgress&) {
    ++calls;
    return true;
  });
  EXPECT_EQ(calls, 1);  // one file, read once
  EXPECT_EQ(report.Count(DropReason::kTooShort), 1);
  const Shard shard(job.ShardPath());
  ASSERT_EQ(shard.size(), 3);
  EXPECT_EQ(shard.Get(0).encoded_len, 13);  // 12.5 frames a second, rounded up
  EXPECT_EQ(shard.Get(1).encoded_len, 25);
  EXPECT_EQ(shard.Get(2).encoded_len, 13);
  EXPECT_EQ(shard.format().speaker_emb_dim, 0);
}

TEST(EncodeTest, RefusesOptionsAndRecordingsOutOfRange) {
  const TestFolder folder;
  const ShardJob job{.folder = folder.path()};
  const auto code_of = [&](const std::vector<ListedRecording>& list, const EncodeOptions& options) {
    try {
      Encode(list, options, job);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  EncodeOptions options = MiniOptions();
  options.limits.max_seconds = 0.1;
  EXPECT_EQ(code_of({}, options), ErrorCode::kInvalidArgument);
  options = MiniOptions();
  options.threads = 1000000;
  EXPECT_EQ(code_of({}, options), ErrorCode::kInvalidArgument);
  options = MiniOptions();
  options.limits.max_clipped_fraction = NAN;
  EXPECT_EQ(code_of({}, options), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of({{"a.wav", "text", "", "", "", ""}}, MiniOptions()),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code_of({{"a.wav", "\xFF", "", "", "", "a"}}, MiniOptions()),
            ErrorCode::kInvalidArgument);
  options = MiniOptions();
  options.models.codec = folder / "nothing.nemo";
  EXPECT_EQ(code_of({}, options), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace kani::train
