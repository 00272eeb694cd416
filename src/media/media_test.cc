#include "media/media.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <string>

#include "audio/resampler.h"
#include "base/error.h"
#include "base/testing.h"

namespace kani::media {
namespace {

class MediaTest : public testing::Test {
 protected:
  std::filesystem::path Path(const std::string& name) const { return folder_ / name; }
  size_t Entries() const {
    return static_cast<size_t>(
        std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }
  void WriteBytes(const std::string& name, std::string_view bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }
  std::string ReadBytes(const std::string& name) const {
    std::ifstream in(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  ErrorCode ReadFailure(const std::string& name, double max_seconds = 60) const {
    try {
      ReadAudio(Path(name), max_seconds);
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return error.code();
    }
    ADD_FAILURE() << name << " was read";
    return ErrorCode::kInternal;
  }

 private:
  TestFolder folder_;
};

/// A sweep, so that a shift in time shows.
std::vector<float> Sweep(int rate_hz, double seconds) {
  std::vector<float> samples(static_cast<size_t>(std::lround(seconds * rate_hz)));
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / rate_hz;
    samples[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * (200 + 300 * t) * t));
  }
  return samples;
}

void WriteInPieces(const std::filesystem::path& path, std::span<const float> samples, int rate_hz) {
  const auto writer = AudioWriter::Open(path, rate_hz);
  for (size_t at = 0, step = 1; at < samples.size(); at += step, step = step * 2 + 1) {
    writer->Write(samples.subspan(at, std::min(step, samples.size() - at)));
  }
  writer->Finish();
}

double SnrDb(std::span<const float> expected, std::span<const float> actual) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double found = i < actual.size() ? actual[i] : 0.0;
    signal += double{expected[i]} * expected[i];
    noise += (expected[i] - found) * (expected[i] - found);
  }
  return 10 * std::log10(signal / std::max(noise, 1e-30));
}

TEST_F(MediaTest, EveryFormatReadsBackWithTheSameLengthAndInPlace) {
  for (const int rate_hz : {22050, 24000, 48000, 12345}) {
    const std::vector<float> sweep = Sweep(rate_hz, 1.234);
    for (const std::string extension : {".wav", ".flac", ".mp3", ".opus", ".m4a"}) {
      SCOPED_TRACE(extension + " at " + std::to_string(rate_hz));
      const std::string name = "sweep" + extension;
      WriteInPieces(Path(name), sweep, rate_hz);
      const audio::Sound sound = ReadAudio(Path(name));
      ASSERT_GT(sound.sample_rate_hz, 0);
      const double seconds = static_cast<double>(sound.samples.size()) / sound.sample_rate_hz;
      EXPECT_NEAR(seconds, static_cast<double>(sweep.size()) / rate_hz, 2.5 / sound.sample_rate_hz);
      const std::vector<float> back = audio::Resample(sound.samples, sound.sample_rate_hz, rate_hz);
      EXPECT_GE(SnrDb(sweep, back), 20);
    }
  }
}

TEST_F(MediaTest, WholeFilesAreNotCutShort) {
  for (const int rate_hz : {8000, 16000, 22050, 44100, 48000}) {
    for (const double seconds : {0.02, 0.3, 1.234, 7.77}) {
      for (const std::string extension : {".wav", ".flac", ".mp3", ".opus", ".m4a"}) {
        WriteInPieces(Path("whole" + extension), Sweep(rate_hz, seconds), rate_hz);
        EXPECT_EQ(ReadAudio(Path("whole" + extension)).cut_short, "")
            << extension << " " << rate_hz << " " << seconds;
      }
    }
  }
}

TEST_F(MediaTest, SaysThatAFileWasCutShort) {
  for (const std::string extension : {".wav", ".flac", ".mp3", ".opus", ".m4a"}) {
    WriteInPieces(Path("whole" + extension), Sweep(22050, 5), 22050);
    const std::string whole = ReadBytes("whole" + extension);
    int found = 0;
    for (int i = 2; i < 19; ++i) {
      WriteBytes("cut" + extension,
                 std::string_view(whole).substr(0, whole.size() * static_cast<size_t>(i) / 20 + 1));
      try {
        const audio::Sound sound = ReadAudio(Path("cut" + extension));
        EXPECT_NE(sound.cut_short, "") << extension << " " << i;
        EXPECT_LT(static_cast<double>(sound.samples.size()), 4.9 * sound.sample_rate_hz);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kInvalidFile) << error.what();
        continue;
      }
      ++found;
    }
    // The table of an M4A lies at its end: without it nothing is readable.
    EXPECT_EQ(found > 0, extension != ".m4a") << extension;
  }
}

TEST_F(MediaTest, LosslessFormatsKeepEverySampleOf16Bits) {
  std::vector<float> samples = Sweep(22050, 0.5);
  for (float& x : samples) x = std::round(x * 32768.0f) / 32768.0f;
  for (const std::string name : {"a.wav", "a.flac"}) {
    WriteInPieces(Path(name), samples, 22050);
    EXPECT_EQ(ReadAudio(Path(name)).samples, samples) << name;
  }
}

TEST_F(MediaTest, TheSameSamplesGiveTheSameFile) {
  const std::vector<float> sweep = Sweep(22050, 0.3);
  for (const std::string extension : {".flac", ".mp3", ".opus", ".m4a"}) {
    WriteInPieces(Path("a" + extension), sweep, 22050);
    const auto writer = AudioWriter::Open(Path("b" + extension), 22050);
    writer->Write(sweep);
    writer->Finish();
    EXPECT_EQ(ReadBytes("a" + extension), ReadBytes("b" + extension)) << extension;
  }
}

TEST_F(MediaTest, ShortAndLoudAndBrokenSamplesAreWritten) {
  const std::vector<float> odd{0.5f, 3.0f, -7.0f, std::nanf(""), INFINITY};
  for (const std::string extension : {".wav", ".flac", ".mp3", ".opus", ".m4a"}) {
    WriteInPieces(Path("odd" + extension), odd, 22050);
    EXPECT_GE(ReadAudio(Path("odd" + extension)).samples.size(), odd.size()) << extension;
  }
}

TEST_F(MediaTest, WithoutFinishNothingStaysBehind) {
  const std::vector<float> sweep = Sweep(22050, 2.0);
  for (const std::string extension : {".wav", ".flac", ".mp3", ".opus", ".m4a"}) {
    AudioWriter::Open(Path("gone" + extension), 22050)->Write(sweep);
    EXPECT_EQ(Entries(), 0u) << extension;
  }
}

TEST_F(MediaTest, UnknownExtensionsAndFoldersAreRefused) {
  EXPECT_TRUE(IsOutputExtension(".MP3"));
  for (const std::string name : {"a", "a.ogg", "a.", "a.wav.txt"}) {
    try {
      AudioWriter::Open(Path(name), 22050);
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
      EXPECT_NE(std::string(error.what()).find(OutputExtensions()), std::string::npos);
    }
  }
  try {
    AudioWriter::Open(Path("missing/a.mp3"), 22050);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

TEST_F(MediaTest, ThingsThatAreNoSoundAreTypedErrors) {
  WriteBytes("empty.mp3", "");
  WriteBytes("text.mp3", std::string(5000, 'x'));
  WriteBytes("short.wav", "RIFF");
  std::filesystem::create_directory(Path("folder.wav"));
  EXPECT_EQ(ReadFailure("none.wav"), ErrorCode::kNotFound);
  EXPECT_EQ(ReadFailure("empty.mp3"), ErrorCode::kInvalidFile);
  EXPECT_EQ(ReadFailure("text.mp3"), ErrorCode::kInvalidFile);
  EXPECT_EQ(ReadFailure("short.wav"), ErrorCode::kInvalidFile);
  EXPECT_EQ(ReadFailure("folder.wav"), ErrorCode::kIo);
}

TEST_F(MediaTest, PlaylistsOpenNothing) {
  WriteInPieces(Path("real.flac"), Sweep(22050, 1.0), 22050);
  const std::string path = Path("real.flac").string();
  WriteBytes("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://" + path + "\n");
  WriteBytes("list.ffconcat", "ffconcat version 1.0\nfile '" + path + "'\n");
  WriteBytes("list.mpd",
             "<?xml version=\"1.0\"?><MPD><BaseURL>file://" + path + "</BaseURL></MPD>");
  WriteBytes("list.sdp", "v=0\nm=audio 5004 RTP/AVP 0\nc=IN IP4 127.0.0.1\n");
  for (const std::string name : {"list.m3u8", "list.ffconcat", "list.mpd", "list.sdp"}) {
    EXPECT_EQ(ReadFailure(name), ErrorCode::kInvalidFile) << name;
  }
}

TEST_F(MediaTest, TooLongRecordingsAreRefused) {
  for (const std::string name : {"long.wav", "long.flac", "long.opus"}) {
    WriteInPieces(Path(name), Sweep(22050, 3.0), 22050);
    EXPECT_EQ(ReadFailure(name, 2.0), ErrorCode::kResourceExhausted) << name;
  }
}

TEST_F(MediaTest, DamagedFilesGiveASoundOrATypedError) {
  for (const std::string extension : {".flac", ".mp3", ".opus", ".m4a"}) {
    WriteInPieces(Path("good" + extension), Sweep(22050, 0.4), 22050);
    const std::string good = ReadBytes("good" + extension);
    for (size_t i = 0; i < 120; ++i) {
      std::string damaged = good;
      if (i % 2 == 0) {
        damaged.resize(good.size() * i / 120);
      } else {
        for (size_t j = 0; j < 8; ++j) damaged[(i * 7919 + j * j * 104729) % good.size()] ^= 0x55;
      }
      WriteBytes("damaged" + extension, damaged);
      try {
        EXPECT_FALSE(ReadAudio(Path("damaged" + extension), 60).samples.empty());
      } catch (const Error& error) {
        EXPECT_NE(error.code(), ErrorCode::kInternal) << error.what();
      }
    }
  }
}

}  // namespace
}  // namespace kani::media
