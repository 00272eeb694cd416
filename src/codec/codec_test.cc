// What the codec accepts as a checkpoint.
#include "codec/codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/error.h"
#include "codec/random_codec.h"

namespace kani::codec {
namespace {

class CodecTest : public testing::Test {
 protected:
  /// What loading says: "" when it works.
  std::string Load(bool with_encoder = true) {
    try {
      Codec(ops_->device(), archive_, with_encoder);
      return "";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
      return error.what();
    }
  }
  void Add(const std::string& name, const Shape& shape) {
    const std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
    store_.Add(formats::FloatTensor(name, shape, values));
  }
  static bool Contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps("reference", 1);
  model::NemoArchive archive_ = RandomArchive(ProfileConfig(Profile::k0_6kbps_12_5fps, 1, 64), 1);
  MemoryStore& store_ = static_cast<MemoryStore&>(*archive_.weights);
};

TEST_F(CodecTest, CountsItsWeights) {
  const Codec decoder_only(ops_->device(), archive_, /*with_encoder=*/false);
  const Codec both(ops_->device(), archive_, /*with_encoder=*/true);
  size_t decoder_bytes = 0, encoder_bytes = 0;
  for (const auto& [name, view] : store_.tensors()) {
    if (name.ends_with("weight_g") || name.starts_with("vector_quantizer.")) continue;
    (name.starts_with("audio_decoder.") ? decoder_bytes : encoder_bytes) += view.bytes.size();
  }
  EXPECT_EQ(decoder_only.weight_bytes(), decoder_bytes);
  EXPECT_EQ(both.weight_bytes(), decoder_bytes + encoder_bytes);
}

TEST_F(CodecTest, NamesEachMissingTensor) {
  for (const char* name :
       {"audio_decoder.pre_conv.conv.bias", "audio_decoder.post_conv.conv.weight_v",
        "audio_decoder.activations.4.activation.snake_act.alpha",
        "audio_decoder.res_layers.2.res_blocks.1.res_blocks.0.skip_conv.conv.weight_g",
        "audio_encoder.down_sample_conv_layers.3.conv.bias"}) {
    archive_ = RandomArchive(archive_.config, 1);
    static_cast<MemoryStore&>(*archive_.weights).Remove(name);
    EXPECT_TRUE(Contains(Load(), std::string(name).substr(0, std::string(name).rfind('.'))))
        << Load();
  }
}

TEST_F(CodecTest, NamesAMisshapenTensorWithBothShapes) {
  Add("audio_decoder.res_layers.0.res_blocks.0.res_blocks.0.input_conv.conv.bias", {33});
  const std::string message = Load();
  EXPECT_TRUE(Contains(message, "res_layers.0.res_blocks.0.res_blocks.0.input_conv.conv.bias"))
      << message;
  EXPECT_TRUE(Contains(message, "[33]") && Contains(message, "[32]")) << message;
}

TEST_F(CodecTest, NamesATensorThatIsNotFinite) {
  for (const char* name :
       {"audio_decoder.pre_conv.conv.bias", "audio_decoder.post_conv.conv.weight_v",
        "audio_decoder.up_sample_conv_layers.1.conv.weight_g",
        "audio_decoder.activations.4.activation.snake_act.alpha",
        "audio_encoder.down_sample_conv_layers.3.conv.bias"}) {
    archive_ = RandomArchive(archive_.config, 1);
    auto& store = static_cast<MemoryStore&>(*archive_.weights);
    std::vector<float> values = store.Find(name)->Floats();
    values.back() = std::numeric_limits<float>::quiet_NaN();
    store.Add(formats::FloatTensor(name, Shape(store.Find(name)->shape), values));
    const std::string message = Load();
    EXPECT_TRUE(Contains(message, std::string(name).substr(0, std::string(name).rfind('.'))) &&
                Contains(message, "not finite"))
        << message;
  }
}

TEST_F(CodecTest, SamplesThatAreNotFiniteAreNoSound) {
  // Finite numbers whose product is not.
  store_.Add(formats::FloatTensor("audio_decoder.post_conv.conv.weight_g", {1, 1, 1}, {{3e38f}}));
  store_.Add(formats::FloatTensor(
      "audio_decoder.res_layers.4.res_blocks.0.res_blocks.2.skip_conv.conv.bias", {2},
      {{3e38f, 3e38f}}));
  const Codec codec(ops_->device(), archive_, /*with_encoder=*/false);
  try {
    codec.Decode(*ops_, RandomCodes(archive_.config, 3, 1));
    FAIL() << "decoded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
  }
  Codec::Workspace workspace;
  const Codes codes = RandomCodes(archive_.config, 3, 1);
  Codec::DecoderStream streams[] = {Codec::DecoderStream(codec), Codec::DecoderStream(codec)};
  std::vector<float> out[2] = {{1}, {}};
  Codec::StreamFrames frames[] = {{.stream = &streams[0], .codes = codes.values, .out = &out[0]},
                                  {.stream = &streams[1], .codes = {}, .out = &out[1]}};
  codec.DecodeStreams(*ops_, workspace, frames);
  EXPECT_TRUE(frames[0].failure);
  EXPECT_EQ(out[0], std::vector<float>{1});
  EXPECT_FALSE(frames[1].failure) << "it has no samples";
}

TEST_F(CodecTest, RefusesUnknownTensors) {
  for (const char* name : {"audio_decoder.res_layers.5.bias", "audio_encoder.extra",
                           "vector_quantizer.fsqs.4.num_levels", "post_filter.weight"}) {
    archive_ = RandomArchive(archive_.config, 1);
    static_cast<MemoryStore&>(*archive_.weights).Add(formats::FloatTensor(name, {1}, {{1.0f}}));
    EXPECT_TRUE(Contains(Load(), name)) << Load();
  }
}

TEST_F(CodecTest, SkipsWhatOnlyTrainingUses) {
  Add("discriminator.discriminators.0.conv.weight_v", {3});
  Add("mel_loss_fn.mel_features.0.window", {3});
  Add("stft_loss_fn.loss_fns.1.window", {3});
  EXPECT_EQ(Load(), "");
}

TEST_F(CodecTest, SkipsTheEncoderWhenItIsNotWanted) {
  store_.Remove("audio_encoder.pre_conv.conv.bias");
  EXPECT_EQ(Load(/*with_encoder=*/false), "");
  EXPECT_NE(Load(/*with_encoder=*/true), "");
}

TEST_F(CodecTest, ChecksTheQuantizersBuffers) {
  const std::string levels = "vector_quantizer.fsqs.2.num_levels";
  store_.Add(formats::IntTensor(levels, {1, 4, 1}, std::vector<int64_t>{8, 8, 8, 7}));
  EXPECT_TRUE(Contains(Load(), "fsqs.2.num_levels: values [8, 8, 8, 7]")) << Load();
  store_.Add(formats::IntTensor(levels, {4}, std::vector<int64_t>{9, 8, 8, 7}));
  EXPECT_TRUE(Contains(Load(), "[4]")) << Load();
  store_.Remove(levels);  // the configuration says the same
  EXPECT_EQ(Load(), "");
  store_.Add(formats::IntTensor("vector_quantizer.fsqs.0.dim_base_index", {1, 4, 1},
                                std::vector<int64_t>{1, 9, 72, 577}));
  EXPECT_TRUE(Contains(Load(), "577")) << Load();
}

TEST_F(CodecTest, RefusesAConfigurationThatDoesNotAddUp) {
  archive_.config.samples_per_frame = 1763;
  EXPECT_TRUE(Contains(Load(), "1763")) << Load();
  archive_.config.samples_per_frame = 1764;
  archive_.config.num_groups = 5;
  EXPECT_TRUE(Contains(Load(), "20")) << Load();
}

}  // namespace
}  // namespace kani::codec
