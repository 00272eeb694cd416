#include "speaker/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "speaker/testing.h"

namespace kani::speaker {
namespace {

using kernels::WeightFormat;

std::vector<float> Audio(const std::string& seconds) {
  return ReadTensor("speaker/three_layers/audio_" + seconds + "s.safetensors", "audio");
}

double LargestDifference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double difference = std::fabs(static_cast<double>(a[i]) - b[i]);
    if (!(difference <= largest)) largest = difference;  // NaN stays
  }
  return largest;
}

double Cosine(const std::vector<float>& a, const std::vector<float>& b) {
  double dot = 0;
  for (size_t i = 0; i < a.size(); ++i) dot += static_cast<double>(a[i]) * b[i];
  return dot;  // both have unit length
}

std::vector<float> Transposed(const std::vector<float>& x, size_t rows) {
  const size_t columns = x.size() / rows;
  std::vector<float> out(x.size());
  for (size_t i = 0; i < x.size(); ++i) out[i % columns * rows + i / columns] = x[i];
  return out;
}

class SpeakerGoldenTest : public testing::Test {
 protected:
  double Tolerance(const std::string& file, const std::string& tensor) const {
    return manifest_.at("tensors").at(file).at(tensor).at("tolerance_abs").get<double>();
  }
  nlohmann::json manifest_ =
      nlohmann::json::parse(ReadTextFile(Golden("speaker/three_layers/manifest.json"), 1 << 20));
};

TEST_F(SpeakerGoldenTest, EveryStageIsWithinItsTolerance) {
  for (const auto& ops : AllOps()) {
    const auto encoder = Encoder::Load(ops->device(), SmallModel());
    for (const std::string seconds : {"0.045", "1", "3.3"}) {
      const std::string file = "audio_" + seconds + "s.safetensors";
      std::map<std::string, std::vector<float>, std::less<>> found;
      encoder->Embed(
          *ops, Audio(seconds),
          [&](std::string_view name, const float* values, int64_t rows, int64_t columns) {
            std::vector<float> copy(values, values + rows * columns);
            // The goldens of convolutions are [channels, frames].
            if (name.starts_with("conv_")) copy = Transposed(copy, static_cast<size_t>(rows));
            found.emplace(name, std::move(copy));
          });
      const auto golden = formats::OpenSafetensors(Golden("speaker/three_layers/" + file));
      EXPECT_GE(golden->tensors().size(), 10u);
      for (const auto& [name, expected] : golden->tensors()) {
        if (name == "audio") continue;
        ASSERT_TRUE(found.contains(name)) << name;
        EXPECT_LE(LargestDifference(found[name], expected.Floats()), Tolerance(file, name))
            << ops->name() << " " << file << " " << name;
      }
    }
  }
}

TEST_F(SpeakerGoldenTest, LongRecordingsAreCutTo30Seconds) {
  std::vector<float> repeated;
  const std::vector<float> audio = Audio("3.3");
  for (int i = 0; i < 10; ++i) repeated.insert(repeated.end(), audio.begin(), audio.end());
  const std::vector<float> expected =
      ReadTensor("speaker/three_layers/truncated.safetensors", "embedding");
  for (const auto& ops : AllOps()) {
    const std::vector<float> found =
        Encoder::Load(ops->device(), SmallModel())->Embed(*ops, repeated);
    EXPECT_LE(LargestDifference(found, expected), Tolerance("truncated.safetensors", "embedding"))
        << ops->name();
  }
}

TEST(EncoderTest, PickledWeightsGiveTheSameBits) {
  const auto ops = kernels::MakeOps("reference", 1);
  const std::vector<float> audio = Audio("1");
  EXPECT_EQ(
      Encoder::Load(ops->device(), Golden("speaker/three_layers/model_bin"))->Embed(*ops, audio),
      Encoder::Load(ops->device(), SmallModel())->Embed(*ops, audio));
}

TEST(EncoderTest, ThreadsChangeNoBit) {
  if (kernels::AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  const std::vector<float> audio = Audio("1");
  for (const std::string_view isa : kernels::AvailableIsas()) {
    const auto one = kernels::MakeOps(isa, 1), three = kernels::MakeOps(isa, 3);
    EXPECT_EQ(Encoder::Load(one->device(), SmallModel())->Embed(*one, audio),
              Encoder::Load(three->device(), SmallModel())->Embed(*three, audio))
        << isa;
  }
}

TEST(EncoderTest, GainDoesNotMatter) {
  const auto ops = kernels::MakeOps("reference", 1);
  const auto encoder = Encoder::Load(ops->device(), SmallModel());
  std::vector<float> audio = Audio("1");
  const std::vector<float> loud = encoder->Embed(*ops, audio);
  for (float& sample : audio) sample *= 0.01f;
  EXPECT_LE(LargestDifference(encoder->Embed(*ops, audio), loud), 1e-6);
}

TEST(EncoderTest, SmallerFormatsStayClose) {
  const std::vector<float> audio = Audio("1");
  for (const auto& ops : AllOps()) {
    const auto full = Encoder::Load(ops->device(), SmallModel());
    const std::vector<float> expected = full->Embed(*ops, audio);
    for (const WeightFormat format : {WeightFormat::kBf16, WeightFormat::kInt8}) {
      const auto encoder = Encoder::Load(ops->device(), SmallModel(), format);
      EXPECT_LT(encoder->weight_bytes(), full->weight_bytes());
      EXPECT_GE(Cosine(encoder->Embed(*ops, audio), expected), 0.999)
          << ops->name() << " " << kernels::WeightFormatName(format);
    }
  }
}

TEST(EncoderTest, RefusesWhatHasNoStatistics) {
  const auto ops = kernels::MakeOps("reference", 1);
  const auto encoder = Encoder::Load(ops->device(), SmallModel());
  const auto failure = [&](const std::vector<float>& samples) -> std::string {
    try {
      encoder->Embed(*ops, samples);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(failure({}), "recording of 0 samples at 16 kHz, expected at least 720");
  EXPECT_EQ(failure(std::vector<float>(719, 0.1f)),
            "recording of 719 samples at 16 kHz, expected at least 720");
  EXPECT_EQ(failure(std::vector<float>(720)), "accepted");  // silence is the caller's business
  std::vector<float> audio(16000, 0.1f);
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    audio[8000] = bad;
    EXPECT_EQ(failure(audio), "recording with samples that are not finite");
  }
}

/// The message with which a checkpoint is refused.
std::string LoadFailure(const formats::TensorStore& store) {
  const auto ops = kernels::MakeOps("reference", 1);
  try {
    Encoder(ops->device(), SmallConfig(), store);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidFile) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(EncoderTest, NamesEveryMissingOrMisshapenTensor) {
  const auto store = formats::OpenSafetensors(SmallModel());
  const std::string positional = "wavlm.encoder.pos_conv_embed.conv.";
  int checked = 0;
  for (const auto& [name, view] : store->tensors()) {
    if (name == "wavlm.masked_spec_embed" || name.ends_with("num_batches_tracked")) continue;
    const std::string named = name.starts_with(positional) ? positional : name;
    EditedStore missing(*store);
    missing.tensors_.erase(name);
    EXPECT_NE(LoadFailure(missing).find(named), std::string::npos) << name;
    EditedStore misshapen(*store);
    misshapen.tensors_[name].shape.push_back(1);
    const std::string message = LoadFailure(misshapen);
    EXPECT_NE(message.find(named), std::string::npos) << message;
    EXPECT_NE(message.find("expected"), std::string::npos) << message;
    ++checked;
  }
  EXPECT_GT(checked, 80);
}

TEST(EncoderTest, NamesUnknownTensors) {
  const auto store = formats::OpenSafetensors(SmallModel());
  EditedStore extra(*store);
  extra.tensors_["wavlm.adapter.proj.weight"] = extra.tensors_["top_layers.affine1.bias"];
  EXPECT_EQ(LoadFailure(extra), "edited: 1 unknown tensor(s): 'wavlm.adapter.proj.weight' [48]");
}

TEST(EncoderTest, RefusesConvolutionsThatMakeTooManyFrames) {
  const auto store = formats::OpenSafetensors(SmallModel());
  const auto ops = kernels::MakeOps("reference", 1);
  model::SpeakerConfig config = SmallConfig();
  for (int64_t& stride : config.conv_stride) stride = 1;
  EXPECT_THROW(Encoder(ops->device(), config, *store), Error);
  for (int64_t& stride : config.conv_stride) stride = 64;
  EXPECT_THROW(Encoder(ops->device(), config, *store), Error);
}

TEST(EncoderTest, DamagedWeightsAreNotAVoice) {
  const auto store = formats::OpenSafetensors(SmallModel());
  EditedStore damaged(*store);
  const std::vector<float> bad(48, std::numeric_limits<float>::quiet_NaN());
  damaged.tensors_["top_layers.affine1.bias"].bytes = std::as_bytes(std::span(bad));
  EXPECT_EQ(LoadFailure(damaged),
            "edited: top_layers.affine1.bias: holds numbers that are not finite: the weights are "
            "damaged");
}

TEST(EncoderTest, AFolderWithoutWeightsIsNamed) {
  const auto ops = kernels::MakeOps("reference", 1);
  EXPECT_THROW(Encoder::Load(ops->device(), Golden("speaker")), Error);
  const auto folder = std::filesystem::path(testing::TempDir()) / "speaker_without_weights";
  std::filesystem::create_directory(folder);
  std::filesystem::copy_file(SmallModel() + "/config.json", folder / "config.json",
                             std::filesystem::copy_options::overwrite_existing);
  try {
    Encoder::Load(ops->device(), folder);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(std::string(error.what()).find("pytorch_model.bin"), std::string::npos);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kani::speaker
