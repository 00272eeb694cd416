#include "media/media.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <string>

#include "audio/resampler.h"
#include "base/error.h"
#include "base/testing.h"
#include "media/containers.h"
#include "media/lengths.h"

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
  /// What is said of a file that is refused, behind its name.
  std::string Message(const std::string& name) const {
    try {
      ReadAudio(Path(name), 60);
    } catch (const Error& error) {
      const std::string text = error.what();
      return text.substr(text.find("': ") + 3);
    }
    return "was read";
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
      // MP3 and Opus have rates of their own; all others keep every sample.
      const double unsure = sound.sample_rate_hz == rate_hz && extension != ".mp3" ? 0.5 : 2.5;
      EXPECT_NEAR(seconds, static_cast<double>(sweep.size()) / rate_hz,
                  unsure / sound.sample_rate_hz);
      const std::vector<float> back = audio::Resample(sound.samples, sound.sample_rate_hz, rate_hz);
      EXPECT_GE(SnrDb(sweep, back), 20);
    }
  }
}

TEST_F(MediaTest, BytesInMemoryAreReadLikeTheirFile) {
  for (const std::string extension : {".wav", ".flac", ".mp3", ".opus", ".m4a"}) {
    WriteInPieces(Path("a" + extension), Sweep(22050, 1), 22050);
    std::string bytes = ReadBytes("a" + extension);
    const audio::Sound file = ReadAudio(Path("a" + extension));
    const audio::Sound sound = ReadAudio(std::as_bytes(std::span(bytes)), "an upload");
    EXPECT_EQ(sound.samples, file.samples) << extension;
    EXPECT_EQ(sound.sample_rate_hz, file.sample_rate_hz) << extension;
    EXPECT_THROW(ReadAudio(std::as_bytes(std::span(bytes)), "an upload", 0.5), Error);
  }
  const auto message = [](std::string_view bytes) -> std::string {
    try {
      ReadAudio(std::as_bytes(std::span(bytes)), "an upload");
      return "was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
      return error.what();
    }
  };
  EXPECT_EQ(message(""), "an upload: is empty");
  EXPECT_EQ(message(std::string(5000, 'x')), "an upload: not an audio file of a known format");
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
  for (const std::string name : {"list.m3u8", "list.ffconcat", "list.sdp"}) {
    EXPECT_EQ(ReadFailure(name), ErrorCode::kUnsupported) << name;
  }
  EXPECT_EQ(ReadFailure("list.mpd"), ErrorCode::kInvalidFile);
}

/// A number of four bytes, the greatest first.
std::string U32(uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

TEST_F(MediaTest, FormatsThatAreNotOpenedAreNamed) {
  WriteBytes("a.srt",
             "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nB\n");
  WriteBytes("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\na.ts\n");
  EXPECT_EQ(Message("a.srt"), "looks like 'SubRip subtitle', a format this program does not open");
  EXPECT_EQ(Message("a.m3u8"),
            "looks like 'Apple HTTP Live Streaming', a format this program does not open");
  WriteBytes("text.mp3", std::string(5000, 'x'));
  EXPECT_EQ(Message("text.mp3"), "not an audio file of a known format");
}

TEST_F(MediaTest, TheDocumentListsEveryContainer) {
  std::ifstream file(std::filesystem::path(KANI_TEST_DATA).parent_path() / "docs/formats.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const Container& one : Containers()) {
    EXPECT_NE(text.find(StrCat("| `", one.demuxer, "` | ", one.what, " |\n")), std::string::npos)
        << "docs/formats.md lacks: | `" << one.demuxer << "` | " << one.what << " |";
  }
}

/// NIST SPHERE as TIMIT has it.
std::string Sphere(const std::string& fields, const std::string& data) {
  std::string head = "NIST_1A\n   1024\n" + fields + "end_head\n";
  head.resize(1024, ' ');
  return head + data;
}

TEST_F(MediaTest, ReadsSphereFilesButThosePackedWithShorten) {
  const std::string fields =
      "channel_count -i 1\nsample_count -i 3\nsample_rate -i 16000\nsample_n_bytes -i 2\n"
      "sample_sig_bits -i 16\n";
  const std::vector<float> expected{0.5f, -0.5f, 0};
  WriteBytes("little.WAV", Sphere(fields + "sample_byte_format -s2 01\n",
                                  std::string("\x00\x40\x00\xC0\x00\x00", 6)));
  WriteBytes("big.WAV", Sphere(fields + "sample_byte_format -s2 10\n",
                               std::string("\x40\x00\xC0\x00\x00\x00", 6)));
  EXPECT_EQ(ReadAudio(Path("little.WAV")).samples, expected);
  EXPECT_EQ(ReadAudio(Path("big.WAV")).samples, expected);
  WriteBytes("packed.sph",
             Sphere(fields + "sample_coding -s26 pcm,embedded-shorten-v2.00\n", "ajkg\x02"));
  EXPECT_EQ(ReadFailure("packed.sph"), ErrorCode::kUnsupported);
  EXPECT_NE(Message("packed.sph").find("packed with shorten"), std::string::npos);
}

// Telephones write no sound while nobody speaks; FFmpeg 5.1 leaves those 20 ms out, each time.
TEST_F(MediaTest, PausesOfAmrKeepTheirLength) {
  const std::string speech = "\x3C" + std::string(31, '\x5A');
  const std::string no_data = "\x7C", noise = "\x44" + std::string(5, '\x21');
  WriteBytes("a.amr", "#!AMR\n" + speech + speech + no_data + noise + no_data + speech);
  const audio::Sound sound = ReadAudio(Path("a.amr"));
  EXPECT_EQ(sound.samples.size(), 6u * 160);
  EXPECT_EQ(sound.cut_short, "");
}

/// Sun AU of 16 bits.
std::string Au(uint32_t channels, const std::string& data) {
  return ".snd" + U32(24) + U32(static_cast<uint32_t>(data.size())) + U32(3) + U32(8000) +
         U32(channels) + data;
}

TEST_F(MediaTest, ChannelsThatCancelEachOtherOutAreNotAveraged) {
  std::string opposite, alike;
  for (int i = 0; i < 100; ++i) {
    opposite += std::string("\x40\x00\xC0\x00", 4);
    alike += std::string("\x40\x00\x20\x00", 4);
  }
  WriteBytes("opposite.au", Au(2, opposite));
  WriteBytes("alike.au", Au(2, alike));
  EXPECT_EQ(ReadAudio(Path("opposite.au")).samples, std::vector<float>(100, 0.5f));
  EXPECT_EQ(ReadAudio(Path("alike.au")).samples, std::vector<float>(100, 0.375f));
}

TEST_F(MediaTest, DamagedPacketsAreCounted) {
  WriteInPieces(Path("good.flac"), Sweep(22050, 5), 22050);
  const std::string good = ReadBytes("good.flac");
  EXPECT_EQ(ReadAudio(Path("good.flac")).cut_short, "");
  std::string damaged = good;
  for (size_t i = 0; i < 20; ++i) damaged[good.size() / 2 + i] ^= 0x55;
  WriteBytes("one.flac", damaged);
  EXPECT_NE(ReadAudio(Path("one.flac")).cut_short.find(" packets are damaged"), std::string::npos);
  for (size_t at = 1000; at < good.size(); at += 200) damaged[at] ^= 0x55;
  WriteBytes("most.flac", damaged);
  EXPECT_EQ(ReadFailure("most.flac"), ErrorCode::kInvalidFile);
  EXPECT_NE(Message("most.flac").find(" packets are damaged"), std::string::npos);
}

// The format chunk of old encoders, without its bits: ours refuses it, FFmpeg knows 8.
TEST_F(MediaTest, OddWaveHeadersAreLeftToFfmpeg) {
  const std::string fmt("fmt \x0E\0\0\0\x01\0\x01\0\x40\x1F\0\0\x40\x1F\0\0\x01\0", 22);
  WriteBytes("odd.wav", std::string("RIFF\x30\0\0\0WAVE", 12) + fmt +
                            std::string("data\x04\0\0\0\x80\xC0\x40\x80", 12));
  EXPECT_EQ(ReadAudio(Path("odd.wav")).samples, (std::vector<float>{0, 0.5f, -0.5f, 0}));
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

/// A page of Ogg with one segment of `payload` bytes. @param flags 2: the first, 4: the last
std::string OggPage(int flags, int64_t position, int payload) {
  std::string page = "OggS";
  page += '\0';
  page += static_cast<char>(flags);
  for (int i = 0; i < 8; ++i) page += static_cast<char>(position >> (8 * i));
  page += std::string(12, '\0');
  page += '\1';
  page += static_cast<char>(payload);
  return page + std::string(static_cast<size_t>(payload), 'x');
}

TEST(LengthsTest, AnOggFileWhoseSoundIsInOnePageSaysItsLength) {
  const auto samples = [](const std::string& pages) {
    return OnePageSamples(std::as_bytes(std::span(pages)));
  };
  const std::string head = OggPage(2, 0, 30) + OggPage(0, 0, 200);
  EXPECT_EQ(samples(head + OggPage(4, 44402, 200)), 44402);
  EXPECT_EQ(samples(head), std::nullopt);
  EXPECT_EQ(samples(head + OggPage(0, 20000, 200) + OggPage(4, 44402, 200)), std::nullopt);
  EXPECT_EQ(samples(head + OggPage(0, 44402, 200)), std::nullopt);  // cut behind it
  EXPECT_EQ(samples(head + OggPage(4, -1, 200)), std::nullopt);
  const std::string whole = head + OggPage(4, 44402, 200);
  EXPECT_EQ(samples(whole.substr(0, whole.size() - 1)), std::nullopt);
  EXPECT_EQ(samples(""), std::nullopt);
}

// libsndfile 1.2.2: WAV, NMS_ADPCM_32.
TEST_F(MediaTest, WaveOfNmsAdpcmIsRefusedAndNotTakenForAmr) {
  const auto number = [](uint32_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
    return out;
  };
  const std::string format = number(0x38, 2) + number(1, 2) + number(8000, 4) + number(4161, 4) +
                             number(82, 2) + number(4, 2) + number(0, 2);
  std::string sound;
  for (int i = 0; i < 8200; ++i) sound += static_cast<char>(i * i);
  const std::string chunks = "WAVEfmt " + number(18, 4) + format + "data" + number(8200, 4) + sound;
  WriteBytes("nms.wav", "RIFF" + number(static_cast<uint32_t>(chunks.size()), 4) + chunks);
  EXPECT_EQ(ReadFailure("nms.wav"), ErrorCode::kUnsupported);
  EXPECT_EQ(Message("nms.wav"), "is WAVE of NMS ADPCM, which this program does not open");
}

}  // namespace
}  // namespace kani::media
