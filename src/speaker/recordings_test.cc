#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "audio/resampler.h"
#include "base/error.h"
#include "speaker/encoder.h"
#include "speaker/testing.h"

namespace kani::speaker {
namespace {

class RecordingsTest : public testing::Test {
 protected:
  /// A chord that lasts `seconds`.
  static Recording Chord(double seconds, int sample_rate_hz = kSampleRateHz, double peak = 0.5) {
    Recording recording{.sample_rate_hz = sample_rate_hz, .name = "me.wav"};
    recording.samples.resize(static_cast<size_t>(seconds * sample_rate_hz));
    for (size_t i = 0; i < recording.samples.size(); ++i) {
      const double t = static_cast<double>(i) / sample_rate_hz;
      recording.samples[i] = static_cast<float>(
          peak * 0.5 * (std::sin(2 * M_PI * 220 * t) + std::sin(2 * M_PI * 550 * t)));
    }
    return recording;
  }
  /// The error that refuses `recording`, or all warnings.
  std::string Say(const Recording& recording, Silence silence = Silence::kKeep) const {
    std::string said;
    try {
      EmbedRecording(*ops_, *encoder_, recording, silence,
                     [&](std::string_view line) { said += std::string(line) + "\n"; });
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.what();
    }
    return said;
  }

  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps("auto", 2);
  std::unique_ptr<Encoder> encoder_ = Encoder::Load(ops_->device(), SmallModel());
};

TEST_F(RecordingsTest, GiveTheVoicesOfTheOfficialCode) {
  const std::string file = "end_to_end/recordings.safetensors";
  for (const std::string index : {"0", "1"}) {
    const std::vector<float> expected = ReadTensor(file, "voice_" + index);
    for (const auto& ops : AllOps()) {
      const auto encoder = Encoder::Load(ops->device(), SmallModel());
      const Recording recording{ReadTensor(file, "recording_" + index), kSampleRateHz, "golden"};
      const std::vector<float> found = EmbedRecording(*ops, *encoder, recording);
      ASSERT_EQ(found.size(), expected.size());
      for (size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i], expected[i], 3e-6) << ops->name();
      }
    }
  }
}

TEST_F(RecordingsTest, ShortOnesAreRefusedOrWarnedAbout) {
  EXPECT_EQ(Say(Chord(0)), "recording 'me.wav': 0 s of sound, expected at least 1");
  EXPECT_EQ(Say(Chord(0.999)), "recording 'me.wav': 0.99 s of sound, expected at least 1");
  EXPECT_EQ(Say(Chord(2.5)),
            "recording 'me.wav': only 2.5 s of sound, 3 s or more give a better voice\n");
  EXPECT_EQ(Say(Chord(3)), "");
}

TEST_F(RecordingsTest, LongOnesAreCutLikeTheResampledWhole) {
  const Recording recording = Chord(33, 44100);
  std::vector<float> whole = audio::Resample(recording.samples, 44100, kSampleRateHz);
  whole.resize(30 * kSampleRateHz);
  std::string warning;
  const std::vector<float> embedding = EmbedRecording(
      *ops_, *encoder_, recording, Silence::kKeep, [&](std::string_view line) { warning = line; });
  EXPECT_EQ(embedding, encoder_->Embed(*ops_, whole));
  EXPECT_EQ(warning, "recording 'me.wav': 33 s long, only the first 30 s are used");
}

TEST_F(RecordingsTest, ClippedOnesAreWarnedAbout) {
  Recording recording = Chord(4, kSampleRateHz, 2.0);
  for (float& sample : recording.samples) sample = std::clamp(sample, -1.0f, 1.0f);
  const std::string said = Say(recording);
  EXPECT_NE(said.find("% of the samples are clipped"), std::string::npos) << said;
}

TEST_F(RecordingsTest, SilentOnesAreRefused) {
  EXPECT_EQ(Say(Chord(4, kSampleRateHz, 0)),
            "recording 'me.wav': is silent (RMS 0, expected at least 0.001)");
  EXPECT_NE(Say(Chord(4, kSampleRateHz, 1e-3)).find("is silent"), std::string::npos);
  EXPECT_EQ(Say(Chord(4, kSampleRateHz, 1e-2)), "");
}

TEST_F(RecordingsTest, LongSilenceIsLeftOutWhereItIsAskedFor) {
  Recording late = Chord(5);
  late.samples.insert(late.samples.begin(), 31 * kSampleRateHz, 0.0f);
  EXPECT_NE(Say(late).find("is silent"), std::string::npos);
  EXPECT_EQ(Say(late, Silence::kCut), "recording 'me.wav': 30.75 s of silence are left out\n");
  Recording padded = Chord(5);
  padded.samples.insert(padded.samples.begin(), kSampleRateHz / 4, 0.0f);
  EXPECT_EQ(EmbedRecording(*ops_, *encoder_, late, Silence::kCut),
            EmbedRecording(*ops_, *encoder_, padded));
  // Nothing to cut, nothing changed.
  EXPECT_EQ(Say(Chord(5), Silence::kCut), "");
  EXPECT_EQ(EmbedRecording(*ops_, *encoder_, Chord(5), Silence::kCut),
            EmbedRecording(*ops_, *encoder_, Chord(5)));
  Recording broken = Chord(4);
  broken.samples[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(Say(broken, Silence::kCut).find("not finite"), std::string::npos);
}

TEST_F(RecordingsTest, NonFiniteOnesAreRefused) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    Recording recording = Chord(4);
    recording.samples[123] = bad;
    EXPECT_EQ(Say(recording), "recording 'me.wav': has samples that are not finite");
  }
}

TEST_F(RecordingsTest, ImpossibleRatesAreRefused) {
  Recording recording = Chord(4);
  for (const int rate_hz : {-1, 0, 999, 800000}) {
    recording.sample_rate_hz = rate_hz;
    EXPECT_NE(Say(recording).find("expected 1000 to 768000"), std::string::npos);
  }
}

}  // namespace
}  // namespace kani::speaker
