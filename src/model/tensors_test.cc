// The three tables against files: the shipped model, whose layout is the official one.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "formats/safetensors.h"
#include "model/codec_tensors.h"
#include "model/lm_tensors.h"
#include "model/nemo.h"
#include "model/speaker_tensors.h"

namespace kani::model {
namespace {

using Shapes = std::map<std::string, Shape, std::less<>>;

const std::filesystem::path kMini = std::filesystem::path(KANI_MODELS) / "mini";

Shapes ShapesOf(const std::vector<TensorSpec>& specs) {
  Shapes shapes;
  for (const TensorSpec& spec : specs) {
    EXPECT_TRUE(shapes.emplace(spec.name, spec.shape).second) << spec.name << " twice";
  }
  return shapes;
}

Shapes ShapesOf(const formats::TensorStore& store) {
  Shapes shapes;
  for (const auto& [name, view] : store.tensors()) shapes.emplace(name, view.shape);
  return shapes;
}

TEST(LmTensorsTest, AreThoseOfTheShippedModel) {
  const LmConfig config = LoadLmConfig(kMini / "lm" / "config.json");
  EXPECT_EQ(ShapesOf(LmTensors(config).All(config.tie_word_embeddings)),
            ShapesOf(*formats::OpenSafetensors(kMini / "lm")));
}

TEST(LmTensorsTest, FollowTheConfiguration) {
  LmConfig config = LoadLmConfig(kMini / "lm" / "config.json");
  config.conv_bias = true;
  config.use_learnable_rope = false;
  const Shapes shapes = ShapesOf(LmTensors(config).All(/*tied=*/false));
  const int64_t hidden = config.hidden_size;
  EXPECT_EQ(shapes.at("lm_head.weight"), (Shape{config.vocab_size, hidden}));
  size_t biases = 0;
  for (const auto& [name, shape] : shapes) {
    EXPECT_EQ(name.find("learnable_rope"), std::string::npos);
    const int64_t rows = name.ends_with("conv.in_proj.bias") ? 3 * hidden : hidden;
    if (name.ends_with(".bias")) {
      EXPECT_EQ(shape, Shape{rows}) << name;
    }
    biases += name.ends_with(".bias");
  }
  const auto convolutions =
      std::count(config.layer_types.begin(), config.layer_types.end(), LayerType::kConvolution);
  EXPECT_EQ(biases, static_cast<size_t>(3 * convolutions));
}

TEST(CodecTensorsTest, AreThoseOfTheShippedCodec) {
  const NemoArchive archive = OpenNemo(kMini / "codec.nemo");
  const CodecTensors tensors(archive.config);
  Shapes expected = ShapesOf(tensors.All());
  const Shapes found = ShapesOf(*archive.weights);
  for (const FsqTensors& buffers : tensors.quantizers) {
    for (const TensorSpec* spec : {&buffers.num_levels, &buffers.dim_base_index}) {
      if (found.contains(spec->name)) expected.emplace(spec->name, spec->shape);
    }
  }
  EXPECT_EQ(expected, found);
}

TEST(SpeakerTensorsTest, AreThoseOfTheShippedEncoder) {
  const SpeakerConfig config = LoadSpeakerConfig(kMini / "speaker" / "config.json");
  Shapes found;
  for (const auto& [name, shape] :
       ShapesOf(*formats::OpenSafetensors(kMini / "speaker" / "model.safetensors"))) {
    if (!IsSpeakerTrainingTensor(name)) found.emplace(name, shape);
  }
  EXPECT_EQ(ShapesOf(SpeakerTensors(config).All()), found);
}

}  // namespace
}  // namespace kani::model
