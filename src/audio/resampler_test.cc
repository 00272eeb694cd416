#include "audio/resampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/random.h"
#include "formats/safetensors.h"

namespace kani::audio {
namespace {

const std::string kGolden = std::string(KANI_TEST_DATA) + "/golden/resample/";

std::vector<float> Noise(size_t count) {
  const CounterRandom random(11);
  std::vector<float> noise(count);
  for (size_t i = 0; i < count; ++i) noise[i] = static_cast<float>(random.Normal(i));
  return noise;
}

void ExpectClose(const std::vector<float>& found, const std::vector<float>& expected,
                 double tolerance, const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::fabs(static_cast<double>(found[i]) - expected[i]));
  }
  EXPECT_LE(largest, tolerance) << what;
}

class ResamplerGoldenTest : public testing::Test {
 protected:
  double Tolerance(const std::string& file, const std::string& tensor) const {
    return manifest_.at("tensors").at(file).at(tensor).at("tolerance_abs").get<double>();
  }
  nlohmann::json manifest_ =
      nlohmann::json::parse(ReadTextFile(kGolden + "manifest.json", 1 << 20));
};

TEST_F(ResamplerGoldenTest, EqualsTorchaudio) {
  for (const int rate_hz : {44100, 48000, 22050, 24000, 8000}) {
    const std::string file = "mono_" + std::to_string(rate_hz) + ".safetensors";
    const auto golden = formats::OpenSafetensors(kGolden + file);
    ExpectClose(Resample(golden->Find("audio")->Floats(), rate_hz, 16000),
                golden->Find("resampled_16k")->Floats(), Tolerance(file, "resampled_16k"), file);
  }
}

TEST_F(ResamplerGoldenTest, EqualsTorchaudioOnTinySignals) {
  for (const int samples : {1, 2, 5, 400, 441, 442}) {
    const std::string file = "tiny_" + std::to_string(samples) + ".safetensors";
    const auto golden = formats::OpenSafetensors(kGolden + file);
    ExpectClose(Resample(golden->Find("audio")->Floats(), 44100, 16000),
                golden->Find("resampled_16k")->Floats(), Tolerance(file, "resampled_16k"), file);
  }
}

TEST_F(ResamplerGoldenTest, EqualsTorchaudioOnTheMeanOfTwoChannels) {
  const std::string file = "two_dimensional.safetensors";
  const auto golden = formats::OpenSafetensors(kGolden + file);
  const std::vector<float> stereo = golden->Find("channels_first")->Floats();
  std::vector<float> mono(stereo.size() / 2);
  for (size_t i = 0; i < mono.size(); ++i) mono[i] = (stereo[i] + stereo[mono.size() + i]) / 2;
  ExpectClose(Resample(mono, 44100, 16000), golden->Find("channels_first_16k")->Floats(),
              Tolerance(file, "channels_first_16k"), file);
}

TEST(ResamplerTest, AnyChunkingGivesTheSameBits) {
  const std::vector<float> noise = Noise(3001);
  for (const auto& [from_hz, to_hz] :
       {std::pair{44100, 16000}, {16000, 44100}, {48000, 16000}, {22050, 48000}, {192000, 8000}}) {
    const std::vector<float> whole = Resample(noise, from_hz, to_hz);
    Resampler resampler(from_hz, to_hz);  // reused: Finish leaves it ready for a new signal
    for (const size_t chunk : {1u, 7u, 160u, 1024u, 3000u}) {
      std::vector<float> pieces;
      for (size_t at = 0; at < noise.size(); at += chunk) {
        resampler.Process(std::span(noise).subspan(at, std::min(chunk, noise.size() - at)), pieces);
      }
      resampler.Finish(pieces);
      EXPECT_EQ(pieces, whole) << from_hz << " to " << to_hz << " in chunks of " << chunk;
    }
  }
}

TEST(ResamplerTest, KeepsTheLengthInSeconds) {
  for (const auto& [from_hz, to_hz] : {std::pair{44100, 16000}, {8000, 22050}, {96000, 1000}}) {
    for (const int64_t samples : {0, 1, 2, 440, 441, 442, 1000}) {
      const std::vector<float> out =
          Resample(std::vector<float>(static_cast<size_t>(samples)), from_hz, to_hz);
      EXPECT_EQ(static_cast<int64_t>(out.size()), (samples * to_hz + from_hz - 1) / from_hz);
    }
  }
}

TEST(ResamplerTest, SameRateCopies) {
  const std::vector<float> noise = Noise(100);
  EXPECT_EQ(Resample(noise, 22050, 22050), noise);
}

TEST(ResamplerTest, KeepsTonesBelowAndRemovesTonesAboveTheLowerNyquistFrequency) {
  const auto tone = [](double hz) {
    std::vector<float> out(48000);
    for (size_t i = 0; i < out.size(); ++i) {
      out[i] = static_cast<float>(std::sin(2 * M_PI * hz * static_cast<double>(i) / 48000));
    }
    return out;
  };
  const auto middle_rms = [](const std::vector<float>& x) {
    double squares = 0;
    for (size_t i = x.size() / 4; i < x.size() * 3 / 4; ++i) squares += x[i] * x[i];
    return std::sqrt(squares / (static_cast<double>(x.size()) / 2));
  };
  EXPECT_NEAR(middle_rms(Resample(tone(1000), 48000, 16000)), std::sqrt(0.5), 1e-3);
  EXPECT_LT(middle_rms(Resample(tone(11000), 48000, 16000)), 1e-2);
}

TEST(ResamplerTest, CoprimeRatesAtTheLimitsWork) {
  // The largest kernel there is: 768,000 phases.
  EXPECT_EQ(Resample(std::vector<float>(5, 1.0f), 767999, 768000).size(), 6u);
  EXPECT_EQ(Resample(std::vector<float>(767999, 1.0f), 767999, 1001).size(), 1001u);
}

TEST(ResamplerTest, RefusesRatesOutOfRange) {
  for (const int rate_hz : {-1, 0, 999, 768001}) {
    EXPECT_THROW(Resampler(rate_hz, 16000), Error);
    EXPECT_THROW(Resampler(16000, rate_hz), Error);
  }
  try {
    Resampler(16000, 0);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_STREQ(error.what(), "sample rate 0 Hz, expected 1000 to 768000");
  }
}

}  // namespace
}  // namespace kani::audio
