#include "codec/decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "codec/codec.h"
#include "codec/random_codec.h"
#include "codec/test_devices.h"

namespace kani::codec {
namespace {

/// More frames than one pass takes, so that long calls are cut inside.
constexpr int64_t kFrames = 36;

class DecoderTest : public testing::TestWithParam<std::tuple<Profile, std::string>> {
 protected:
  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps(std::get<1>(GetParam()), 2);
  model::CodecConfig config_ = ProfileConfig(std::get<0>(GetParam()), 2, 64);
  Codec codec_{ops_->device(), RandomArchive(config_, 1), /*with_encoder=*/false};
  Codes codes_ = RandomCodes(config_, kFrames, 2);
  Codec::Workspace workspace_;

  std::span<const int32_t> Frames(int64_t begin, int64_t count) const {
    return std::span(codes_.values)
        .subspan(static_cast<size_t>(begin * codes_.codebooks),
                 static_cast<size_t>(count * codes_.codebooks));
  }
  std::vector<float> DecodeInChunks(Codec::DecoderStream& stream,
                                    const std::vector<int64_t>& chunks) {
    std::vector<float> samples;
    for (int64_t begin = 0, i = 0; begin < kFrames; ++i) {
      const int64_t count =
          std::min(chunks[static_cast<size_t>(i) % chunks.size()], kFrames - begin);
      stream.Decode(*ops_, workspace_, Frames(begin, count), samples);
      begin += count;
    }
    return samples;
  }
};

TEST_P(DecoderTest, GivesTheSameSamplesForAnyChunking) {
  const std::vector<float> whole = codec_.Decode(*ops_, codes_);
  ASSERT_EQ(std::ssize(whole), kFrames * config_.samples_per_frame);
  const auto [low, high] = std::minmax_element(whole.begin(), whole.end());
  ASSERT_LT(*low, -0.01f);
  ASSERT_GT(*high, 0.01f);
  for (const std::vector<int64_t>& chunks :
       {std::vector<int64_t>{1}, {1, 2, 5, 0, 1, 1, 10, 20}, {33, 3}}) {
    Codec::DecoderStream stream(codec_);
    EXPECT_EQ(DecodeInChunks(stream, chunks), whole) << testing::PrintToString(chunks);
  }
}

TEST_P(DecoderTest, GivesTheSameSamplesWhenTraced) {
  int64_t calls = 0;
  const auto count = [&](std::string_view, const float*, int64_t, int64_t) { ++calls; };
  EXPECT_EQ(codec_.Decode(*ops_, codes_, count), codec_.Decode(*ops_, codes_));
  EXPECT_EQ(calls, 4 + 3 * std::ssize(config_.decoder.up_sample_rates));
}

TEST_P(DecoderTest, StartsAgainAfterReset) {
  Codec::DecoderStream stream(codec_);
  std::vector<float> first, second;
  stream.Decode(*ops_, workspace_, Frames(0, 9), first);
  stream.Reset();
  stream.Decode(*ops_, workspace_, Frames(0, 9), second);
  EXPECT_EQ(first, second);
}

TEST_P(DecoderTest, KeepsStreamsApart) {
  Codec::DecoderStream first(codec_), second(codec_);
  std::vector<float> from_first, from_second;
  for (int64_t frame = 0; frame < 12; ++frame) {
    first.Decode(*ops_, workspace_, Frames(frame, 1), from_first);
    second.Decode(*ops_, workspace_, Frames(frame + 12, 1), from_second);
  }
  const auto hop = static_cast<size_t>(config_.samples_per_frame);
  std::vector<float> alone;
  Codec::DecoderStream(codec_).Decode(*ops_, workspace_, Frames(0, 12), alone);
  EXPECT_EQ(from_first, alone);
  alone.clear();
  Codec::DecoderStream(codec_).Decode(*ops_, workspace_, Frames(12, 12), alone);
  EXPECT_EQ(from_second, alone);
  EXPECT_EQ(alone.size(), 12 * hop);
}

TEST_P(DecoderTest, GivesEachOfSeveralStreamsWhatItGetsAlone) {
  // Frames of each stream in each call; more together than one pass takes, and calls with nothing.
  const std::vector<std::vector<int64_t>> calls = {
      {1, 0, 20, 3}, {1, 16, 0, 1}, {0, 0, 0, 0}, {30, 1, 1, 2}, {2, 0, 0, 0}};
  std::vector<Codec::DecoderStream> streams;
  std::vector<std::vector<float>> together(4);
  std::vector<int64_t> begins = {0, 1, 2, 3};  // each stream another part of the codes
  for (int i = 0; i < 4; ++i) streams.emplace_back(codec_);
  for (const std::vector<int64_t>& call : calls) {
    std::vector<Codec::StreamFrames> frames;
    for (size_t i = 0; i < streams.size(); ++i) {
      frames.push_back(
          {.stream = &streams[i], .codes = Frames(begins[i], call[i]), .out = &together[i]});
      begins[i] += call[i];
    }
    codec_.DecodeStreams(*ops_, workspace_, frames);
    for (const Codec::StreamFrames& one : frames) EXPECT_FALSE(one.failure);
  }
  for (size_t i = 0; i < streams.size(); ++i) {
    std::vector<float> alone;
    const auto first = static_cast<int64_t>(i);
    Codec::DecoderStream(codec_).Decode(*ops_, workspace_, Frames(first, begins[i] - first), alone);
    EXPECT_EQ(together[i], alone) << i;
  }
}

TEST_P(DecoderTest, IsCausalToTheFrame) {
  constexpr int64_t kChanged = 5;
  Codes changed = RandomCodes(config_, kChanged + 2, 2);
  const std::vector<float> before = codec_.Decode(*ops_, changed);
  int32_t& code = changed.values[static_cast<size_t>(kChanged * codes_.codebooks)];
  code = code == 0 ? 1 : 0;
  const std::vector<float> after = codec_.Decode(*ops_, changed);
  const auto [first, unused] = std::mismatch(before.begin(), before.end(), after.begin());
  EXPECT_GE(first - before.begin(), kChanged * config_.samples_per_frame);
  EXPECT_LT(first - before.begin(), (kChanged + 1) * config_.samples_per_frame);
}

TEST_P(DecoderTest, GivesTheSameSamplesForAnyNumberOfThreads) {
  const auto ops = kernels::MakeOps(std::get<1>(GetParam()), 1);
  const Codec codec(ops->device(), RandomArchive(config_, 1), /*with_encoder=*/false);
  const Codes codes = RandomCodes(config_, 4, 2);
  EXPECT_EQ(codec.Decode(*ops, codes), codec_.Decode(*ops_, codes));
}

INSTANTIATE_TEST_SUITE_P(Profiles, DecoderTest,
                         testing::Combine(testing::Values(Profile::k0_6kbps_12_5fps,
                                                          Profile::k1_78kbps_12_5fps,
                                                          Profile::k1_89kbps_21_5fps),
                                          testing::ValuesIn(TestDevices())),
                         [](const auto& info) {
                           return "profile_" +
                                  std::to_string(static_cast<int>(std::get<0>(info.param))) + "_" +
                                  std::get<1>(info.param);
                         });

class DecoderErrorTest : public testing::Test {
 protected:
  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps("reference", 1);
  model::CodecConfig config_ = ProfileConfig(Profile::k0_6kbps_12_5fps, 2, 64);
  Codec codec_{ops_->device(), RandomArchive(config_, 1), /*with_encoder=*/false};
  Codes codes_ = RandomCodes(config_, 4, 2);
  Codec::Workspace workspace_;
};

TEST_F(DecoderErrorTest, RefusesBadCodesAndLeavesTheStreamUnchanged) {
  Codec::DecoderStream stream(codec_), clean(codec_);
  std::vector<float> samples, expected;
  stream.Decode(*ops_, workspace_, std::span(codes_.values).first(8), samples);
  clean.Decode(*ops_, workspace_, std::span(codes_.values).first(8), expected);
  for (int32_t code : {-1, 4032, INT32_MAX, INT32_MIN}) {
    std::vector<int32_t> bad = codes_.values;
    bad.back() = code;
    try {
      stream.Decode(*ops_, workspace_, bad, samples);
      FAIL() << code;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_STREQ(
          error.what(),
          StrCat("frame 3, codebook 3: code ", code, ", expected one in [0, 4032)").c_str());
    }
  }
  EXPECT_THROW(stream.Decode(*ops_, workspace_, std::span(codes_.values).first(7), samples), Error);
  EXPECT_EQ(samples, expected);
  stream.Decode(*ops_, workspace_, std::span(codes_.values).last(8), samples);
  clean.Decode(*ops_, workspace_, std::span(codes_.values).last(8), expected);
  EXPECT_EQ(samples, expected);
}

TEST_F(DecoderErrorTest, AStreamThatFailsLeavesTheOthersUntouched) {
  Codec::DecoderStream good(codec_), bad(codec_);
  std::vector<float> from_good, from_bad = {7}, expected;
  std::vector<int32_t> codes = codes_.values;
  codes.back() = -1;
  Codec::StreamFrames frames[] = {{.stream = &bad, .codes = codes, .out = &from_bad},
                                  {.stream = &good, .codes = codes_.values, .out = &from_good}};
  codec_.DecodeStreams(*ops_, workspace_, frames);
  EXPECT_THROW(std::rethrow_exception(frames[0].failure), Error);
  EXPECT_EQ(from_bad, std::vector<float>{7});
  EXPECT_FALSE(frames[1].failure);
  EXPECT_EQ(from_good, codec_.Decode(*ops_, codes_));
  bad.Decode(*ops_, workspace_, codes_.values, expected);
  EXPECT_EQ(from_good, expected) << "the stream that failed is unchanged";
}

TEST_F(DecoderErrorTest, RefusesCodesOfAnotherCodec) {
  codes_.codebooks = 2;
  EXPECT_THROW(codec_.Decode(*ops_, codes_), Error);
}

TEST_F(DecoderErrorTest, DecodesNothingToNothing) {
  EXPECT_TRUE(codec_.Decode(*ops_, {.codebooks = 4}).empty());
}

TEST_F(DecoderErrorTest, MovedStreamsGoOn) {
  Codec::DecoderStream stream(codec_);
  std::vector<float> samples;
  stream.Decode(*ops_, workspace_, std::span(codes_.values).first(4), samples);
  Codec::DecoderStream moved(std::move(stream));
  moved.Decode(*ops_, workspace_, std::span(codes_.values).subspan(4), samples);
  EXPECT_EQ(samples, codec_.Decode(*ops_, codes_));
}

TEST(DecoderDeterminismTest, GivesTheSameSamplesOnEveryInstructionSet) {
  const model::CodecConfig config = ProfileConfig(Profile::k0_6kbps_12_5fps, 2, 96);
  const Codes codes = RandomCodes(config, 3, 4);
  std::vector<float> expected;
  for (std::string_view isa : kernels::AvailableIsas()) {
    const auto ops = kernels::MakeOps(isa, 1);
    const std::vector<float> samples =
        Codec(ops->device(), RandomArchive(config, 3), /*with_encoder=*/false).Decode(*ops, codes);
    if (expected.empty()) expected = samples;
    EXPECT_EQ(samples, expected) << isa;
  }
  if (kernels::AvailableIsas().size() < 2) {
    GTEST_SKIP() << "this machine has one instruction set only; nothing to compare with";
  }
}

}  // namespace
}  // namespace kani::codec
