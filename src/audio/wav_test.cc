#include "audio/wav.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::audio {
namespace {

/// A file built field by field, so that each field can be wrong on its own.
class WavBuilder {
 public:
  explicit WavBuilder(bool is_rifx = false) : is_rifx_(is_rifx) {
    Text(is_rifx ? "RIFX" : "RIFF").U32(0).Text("WAVE");
  }
  WavBuilder& Text(const std::string& text) {
    bytes_ += text;
    return *this;
  }
  WavBuilder& U16(uint32_t value) { return Little(value, 2); }
  WavBuilder& U32(uint32_t value) { return Little(value, 4); }
  WavBuilder& Format(uint32_t codec, uint32_t channels, uint32_t rate_hz, uint32_t bits) {
    const uint32_t block = channels * ((bits + 7) / 8);
    Text("fmt ").U32(16).U16(codec).U16(channels).U32(rate_hz).U32(rate_hz * block);
    return U16(block).U16(bits);
  }
  WavBuilder& Extensible(uint32_t codec, uint32_t channels, uint32_t rate_hz, uint32_t bits,
                         const std::string& guid_tail) {
    const uint32_t block = channels * (bits / 8);
    Text("fmt ").U32(40).U16(0xFFFE).U16(channels).U32(rate_hz).U32(rate_hz * block);
    return U16(block).U16(bits).U16(22).U16(bits).U32(0).U16(codec).Text(guid_tail);
  }
  WavBuilder& Chunk(const std::string& id, const std::string& body) {
    Text(id).U32(static_cast<uint32_t>(body.size())).Text(body);
    return body.size() % 2 ? Text(std::string(1, '\0')) : *this;
  }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_)); }

 private:
  WavBuilder& Little(uint32_t value, int count) {
    for (int i = 0; i < count; ++i) {
      bytes_ += static_cast<char>(value >> (8 * (is_rifx_ ? count - 1 - i : i)));
    }
    return *this;
  }
  const bool is_rifx_;
  std::string bytes_;
};

template <typename T>
std::string Raw(std::initializer_list<T> values) {
  std::string out;
  for (const T value : values) out.append(reinterpret_cast<const char*>(&value), sizeof(T));
  return out;
}

using namespace std::string_literals;
const std::string kGuidTail = "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71"s;

std::vector<float> Samples(const WavBuilder& file) { return ParseWav(file.bytes(), "x").samples; }

std::string Failure(std::span<const std::byte> bytes, ErrorCode code) {
  try {
    ParseWav(bytes, "x.wav");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(WavTest, ReadsEveryWidth) {
  EXPECT_EQ(Samples(WavBuilder().Format(1, 1, 8000, 8).Chunk("data", "\x00\x80\xC0\xFF"s)),
            (std::vector<float>{-1, 0, 0.5f, 127 / 128.0f}));
  EXPECT_EQ(Samples(WavBuilder()
                        .Format(1, 1, 8000, 16)
                        .Chunk("data", Raw<int16_t>({-32768, 0, 16384, 32767}))),
            (std::vector<float>{-1, 0, 0.5f, 32767 / 32768.0f}));
  EXPECT_EQ(Samples(WavBuilder()
                        .Format(1, 1, 8000, 24)
                        .Chunk("data", "\x00\x00\x80\x00\x00\x40\xFF\xFF\xFF"s)),
            (std::vector<float>{-1, 0.5f, -1 / 8388608.0f}));
  EXPECT_EQ(
      Samples(WavBuilder()
                  .Format(1, 1, 8000, 32)
                  .Chunk("data", Raw<int32_t>({std::numeric_limits<int32_t>::min(), 1 << 30, 0}))),
      (std::vector<float>{-1, 0.5f, 0}));
  EXPECT_EQ(Samples(WavBuilder().Format(3, 1, 8000, 32).Chunk("data", Raw({-1.5f, 0.25f}))),
            (std::vector<float>{-1.5f, 0.25f}));
  EXPECT_EQ(Samples(WavBuilder().Format(3, 1, 8000, 64).Chunk("data", Raw({-0.125, 1.0}))),
            (std::vector<float>{-0.125f, 1.0f}));
}

TEST(WavTest, ReadsExtensibleFormats) {
  EXPECT_EQ(
      Samples(
          WavBuilder().Extensible(1, 1, 48000, 16, kGuidTail).Chunk("data", Raw<int16_t>({16384}))),
      std::vector<float>{0.5f});
  EXPECT_EQ(
      Samples(WavBuilder().Extensible(3, 1, 48000, 32, kGuidTail).Chunk("data", Raw({0.75f}))),
      std::vector<float>{0.75f});
  EXPECT_NE(
      Failure(
          WavBuilder().Extensible(1, 1, 48000, 16, std::string(14, 'x')).Chunk("data", "").bytes(),
          ErrorCode::kUnsupported)
          .find("sub-format"),
      std::string::npos);
}

// SoX 14.4.2 writes these with -B. FFmpeg 5.1 plays 16 bits as noise and refuses the others.
TEST(WavTest, RifxHasTheGreatestByteFirst) {
  const auto rifx = [](uint32_t codec, uint32_t bits) {
    return WavBuilder(true).Format(codec, 1, 8000, bits);
  };
  EXPECT_EQ(Samples(rifx(1, 16).Chunk("data", "\x40\x00\x80\x00"s)),
            (std::vector<float>{0.5f, -1}));
  EXPECT_EQ(Samples(rifx(1, 24).Chunk("data", "\x40\x00\x00"s)), std::vector<float>{0.5f});
  EXPECT_EQ(Samples(rifx(1, 32).Chunk("data", "\xC0\x00\x00\x00"s)), std::vector<float>{-0.5f});
  EXPECT_EQ(Samples(rifx(1, 8).Chunk("data", "\xC0"s)), std::vector<float>{0.5f});
  EXPECT_EQ(Samples(rifx(3, 32).Chunk("data", "\x3F\x00\x00\x00"s)), std::vector<float>{0.5f});
  EXPECT_EQ(Samples(rifx(3, 64).Chunk("data", "\xBF\xE0\x00\x00\x00\x00\x00\x00"s)),
            std::vector<float>{-0.5f});
  const auto extensible = [](const std::string& guid) {
    WavBuilder file(true);
    file.Text("fmt ").U32(40).U16(0xFFFE).U16(1).U32(8000).U32(24000).U16(3).U16(24);
    return file.U16(22).U16(24).U32(4).Text(guid).Chunk("data", "\x40\x00\x00"s);
  };
  const std::vector<float> half{0.5f};
  EXPECT_EQ(Samples(extensible("\x00\x01"s + kGuidTail)), half);  // as SoX has it
  const std::string tail = "\x00\x00\x00\x10\x80\x00\x00\xAA\x00\x38\x9B\x71"s;
  EXPECT_EQ(Samples(extensible("\x00\x00\x00\x01"s + tail)), half);
}

TEST(WavTest, SamplesMayLieInMoreBytesThanTheyNeed) {
  const auto blocks = [](uint32_t channels, uint32_t block, uint32_t bits,
                         const std::string& data) {
    WavBuilder file;
    file.Text("fmt ").U32(16).U16(1).U16(channels).U32(8000).U32(0).U16(block).U16(bits);
    return Samples(file.Chunk("data", data));
  };
  EXPECT_EQ(blocks(1, 4, 24, "\x00\x00\x00\x40"s), std::vector<float>{0.5f});
  EXPECT_EQ(blocks(1, 2, 12, "\x00\x40"s), std::vector<float>{0.5f});
  // A size that fits no sample: what the bits say.
  EXPECT_EQ(blocks(2, 3, 16, "\x00\x40\x00\x40"s), std::vector<float>{0.5f});
  EXPECT_EQ(blocks(1, 0, 16, "\x00\x40"s), std::vector<float>{0.5f});
  EXPECT_EQ(blocks(1, 400, 16, "\x00\x40"s), std::vector<float>{0.5f});
}

TEST(WavTest, ChannelsThatCancelEachOtherOutAreNotAveraged) {
  const auto read = [](const std::string& data, uint32_t channels) {
    return Samples(WavBuilder().Format(1, channels, 8000, 16).Chunk("data", data));
  };
  EXPECT_EQ(read(Raw<int16_t>({16384, -16384, -8192, 8192}), 2),
            (std::vector<float>{0.5f, -0.25f}));
  // The second is a little louder.
  EXPECT_EQ(read(Raw<int16_t>({16384, -16386}), 2), std::vector<float>{-16386 / 32768.0f});
  // One channel of six: quiet, not lost.
  EXPECT_EQ(read(Raw<int16_t>({0, 0, 24576, 0, 0, 0}), 6), std::vector<float>{0.125f});
}

// As recorders write that are killed between two updates of the header.
TEST(WavTest, ASizeThatSoundHasOutgrownIsTheRestOfTheFile) {
  const std::string sound = Raw<int16_t>({1, 2, 3, 4});
  const std::string more(200, '\x90');
  const auto count = [&](const std::string& behind) {
    return Samples(WavBuilder().Format(1, 1, 8000, 16).Chunk("data", sound).Text(behind)).size();
  };
  EXPECT_EQ(count(""), 4u);
  EXPECT_EQ(count(more), 4u + 100);
  EXPECT_EQ(count("LIST\x60\x00\x00\x00"s + std::string(96, 'x')), 4u);
  EXPECT_EQ(count("LIST\x00\x00\x00\x7F"s + std::string(96, 'x')), 4u + 52);
  EXPECT_EQ(count(std::string(200, '\0')), 4u);
  EXPECT_EQ(count("TAG" + std::string(30, 'x')), 4u);
}

TEST(WavTest, AveragesChannels) {
  const Sound sound = ParseWav(WavBuilder()
                                   .Format(1, 3, 44100, 16)
                                   .Chunk("data", Raw<int16_t>({3000, 0, 6000, -300, 0, 0}))
                                   .bytes(),
                               "x");
  EXPECT_EQ(sound.sample_rate_hz, 44100);
  EXPECT_EQ(sound.samples, (std::vector<float>{3000 / 32768.0f, -100 / 32768.0f}));
}

TEST(WavTest, SkipsOtherChunksWithTheirPadding) {
  EXPECT_EQ(Samples(WavBuilder()
                        .Chunk("LIST", "odd")
                        .Format(1, 1, 8000, 16)
                        .Chunk("fact", "four")
                        .Chunk("data", Raw<int16_t>({16384, -16384}))
                        .Chunk("LIST", "after")),
            (std::vector<float>{0.5f, -0.5f}));
}

TEST(WavTest, StreamsOfUnknownLengthEndWithTheBytes) {
  for (const uint32_t size : {0xFFFFFFFFu, 0x7FFFFFFFu, 5u}) {
    const WavBuilder file = WavBuilder()
                                .Format(1, 1, 8000, 16)
                                .Text("data")
                                .U32(size)
                                .Text(Raw<int16_t>({16384, -16384}));
    EXPECT_EQ(Samples(file), (std::vector<float>{0.5f, -0.5f})) << size;
  }
}

TEST(WavTest, DropsHalfASample) {
  EXPECT_EQ(Samples(WavBuilder().Format(1, 2, 8000, 16).Chunk("data", "\x00\x40\x00\x40\x00"s)),
            std::vector<float>{0.5f});
  EXPECT_TRUE(Samples(WavBuilder().Format(1, 2, 8000, 16).Chunk("data", "")).empty());
}

TEST(WavTest, NamesWhatIsWrong) {
  const auto invalid = [](const WavBuilder& file) {
    return Failure(file.bytes(), ErrorCode::kInvalidFile);
  };
  const auto unsupported = [](const WavBuilder& file) {
    return Failure(file.bytes(), ErrorCode::kUnsupported);
  };
  EXPECT_EQ(Failure({}, ErrorCode::kInvalidFile), "x.wav: 0 bytes, not a WAVE file");
  EXPECT_EQ(invalid(WavBuilder().Format(1, 0, 8000, 16)), "x.wav: no channels");
  EXPECT_EQ(invalid(WavBuilder().Format(1, 1, 0, 16)),
            "x.wav: sample rate 0 Hz, expected 1 to 768000");
  EXPECT_EQ(invalid(WavBuilder().Format(1, 1, 0xFFFFFFFF, 16)),
            "x.wav: sample rate 4294967295 Hz, expected 1 to 768000");
  EXPECT_EQ(invalid(WavBuilder().Format(1, 1, 8000, 16)), "x.wav: no data chunk");
  EXPECT_EQ(invalid(WavBuilder().Chunk("data", "abcd")),
            "x.wav: the data comes before its format chunk");
  EXPECT_EQ(invalid(WavBuilder().Chunk("fmt ", "short")),
            "x.wav: format chunk of 5 bytes, expected at least 16");
  EXPECT_EQ(unsupported(WavBuilder().Format(7, 1, 8000, 8)),
            "x.wav: WAVE codec 7 with 8 bits, expected PCM of at most 32 bits or float of 32 or "
            "64");
  EXPECT_NE(unsupported(WavBuilder().Format(1, 1, 8000, 64)), "accepted");
  EXPECT_NE(unsupported(WavBuilder().Format(3, 1, 8000, 16)), "accepted");
  EXPECT_NE(unsupported(WavBuilder().Format(1, 1, 8000, 0)), "accepted");
  const std::string rf64 = "RF64\xFF\xFF\xFF\xFFWAVE";
  EXPECT_NE(Failure(std::as_bytes(std::span(rf64)), ErrorCode::kUnsupported).find("RF64"),
            std::string::npos);
}

TEST(WavTest, EveryTruncationIsAnErrorOrShorter) {
  const WavBuilder file = WavBuilder()
                              .Chunk("LIST", "odd")
                              .Extensible(1, 2, 48000, 16, kGuidTail)
                              .Chunk("data", Raw<int16_t>({1, 2, 3, 4, 5, 6, 7, 8}));
  for (size_t size = 0; size < file.bytes().size(); ++size) {
    try {
      EXPECT_LT(ParseWav(file.bytes().first(size), "x").samples.size(), 4u);
    } catch (const Error&) {
    }
  }
}

/// A header that says `said_bytes` of data, and 4,000 samples.
Sound WithSizes(uint32_t riff_size, uint32_t said_bytes) {
  std::vector<std::byte> bytes = WavHeader(8000, 4000, false);
  bytes.resize(bytes.size() + 8000);
  for (size_t i = 0; i < 4; ++i) {
    bytes[4 + i] = static_cast<std::byte>(riff_size >> (8 * i));
    bytes[40 + i] = static_cast<std::byte>(said_bytes >> (8 * i));
  }
  return ParseWav(bytes, "x");
}

TEST(WavTest, SaysWhatIsMissingOfAFileThatWasCut) {
  EXPECT_EQ(WithSizes(8036, 8000).cut_short, "");
  EXPECT_EQ(WithSizes(8080, 8044).cut_short, "");  // counts its header too
  const Sound cut = WithSizes(20036, 20000);
  EXPECT_EQ(cut.samples.size(), 4000u);
  EXPECT_EQ(cut.cut_short, "the file says 10000 samples, 4000 are there");
}

TEST(WavTest, ASizeThatWasNeverFilledInIsTheRestOfTheFile) {
  constexpr uint32_t kNone = 0xFFFFFFFF, kLargest = 0x7FFFFFFF;
  for (const auto& [riff_size, size] : {std::pair{0u, 0u},
                                        {36u, 0u},
                                        {kNone, kNone},
                                        {kNone, 0u},
                                        {0u, kNone},
                                        {kNone, kLargest}}) {
    const Sound sound = WithSizes(riff_size, size);
    EXPECT_EQ(sound.samples.size(), 4000u) << riff_size << " " << size;
    EXPECT_EQ(sound.cut_short, "") << riff_size << " " << size;
  }
  // A whole file with something behind a chunk that is really empty.
  EXPECT_TRUE(WithSizes(8036, 0).samples.empty());
}

TEST(WavTest, EveryPcm16ValueSurvivesTheRoundTrip) {
  std::vector<float> values;
  for (int value = -32768; value < 32768; ++value) {
    values.push_back(static_cast<float>(value) / 32768.0f);
  }
  const std::vector<int16_t> pcm = ToPcm16(values);
  for (int value = -32768; value < 32768; ++value) {
    ASSERT_EQ(pcm[static_cast<size_t>(value + 32768)], value);
  }
}

TEST(WavTest, Pcm16ClipsAndRounds) {
  const float inf = std::numeric_limits<float>::infinity();
  EXPECT_EQ(ToPcm16(std::vector<float>{1, -1, 2, -2, inf, -inf, NAN, 0.6f / 32768, 0.4f / 32768}),
            (std::vector<int16_t>{32767, -32768, 32767, -32768, 32767, -32768, 0, 1, 0}));
}

TEST(WavTest, ReadsBackWhatItWrote) {
  const auto path = std::filesystem::path(testing::TempDir()) / "wav_round_trip.wav";
  std::vector<float> samples(70001);  // more than one piece of the writer
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<float>(static_cast<int>(i % 2001) - 1000) / 32768.0f;
  }
  WriteWav(path, samples, 22050);
  const std::string bytes = ReadTextFile(path, 1 << 20);
  EXPECT_EQ(bytes.size(), 44 + 2 * samples.size());
  const Sound sound = ParseWav(std::as_bytes(std::span(bytes)), "x");
  EXPECT_EQ(sound.samples, samples);
  EXPECT_EQ(sound.sample_rate_hz, 22050);
  std::filesystem::remove(path);
}

TEST(WavTest, HeaderOfAStreamParses) {
  std::vector<std::byte> bytes = WavHeader(22050, 0, /*unknown_length=*/true);
  bytes.resize(bytes.size() + 20);
  const Sound sound = ParseWav(bytes, "x");
  EXPECT_EQ(sound.samples.size(), 10u);
  EXPECT_EQ(sound.sample_rate_hz, 22050);
}

TEST(WavTest, RefusesMoreThanTheFormatHolds) {
  EXPECT_NO_THROW(WavHeader(22050, (0xFFFFFFFFull - 36) / 2, false));
  EXPECT_THROW(WavHeader(22050, (0xFFFFFFFFull - 36) / 2 + 1, false), Error);
}

}  // namespace
}  // namespace kani::audio
