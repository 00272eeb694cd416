#include "model/weight_norm.h"

#include <gtest/gtest.h>

#include <cstring>
#include <list>

#include "formats/testing.h"
#include "formats/torch_checkpoint.h"
#include "model/nemo.h"

namespace kani::model {
namespace {

/// A store of fp32 tensors in memory.
class FakeStore : public formats::TensorStore {
 public:
  FakeStore() { source_ = "fake"; }
  void Add(const std::string& name, Shape shape, std::vector<float> values) {
    values_.push_back(std::move(values));
    tensors_[name] = {DType::kF32, std::move(shape), std::as_bytes(std::span(values_.back()))};
  }

 private:
  std::list<std::vector<float>> values_;
};

TEST(WeightNormTest, ScalesEachRowOfTheKeptAxis) {
  FakeStore store;
  store.Add("c.weight_g", {2, 1, 1}, {10, 2});
  store.Add("c.weight_v", {2, 1, 2}, {3, 4, 0, -8});
  EXPECT_EQ(ReadNormalisedWeight(store, "c", Shape{2, 1, 2}, 0), (std::vector<float>{6, 8, 0, -2}));
}

TEST(WeightNormTest, KeepsTheLastAxisToo) {
  FakeStore store;
  store.Add("c.parametrizations.weight.original0", {1, 1, 2}, {5, 1});
  store.Add("c.parametrizations.weight.original1", {2, 1, 2}, {3, 1, 4, 0});
  EXPECT_EQ(ReadNormalisedWeight(store, "c", Shape{2, 1, 2}, 2), (std::vector<float>{3, 1, 4, 0}));
}

TEST(WeightNormTest, PlainWeightIsAlreadyFolded) {
  FakeStore store;
  store.Add("c.weight", {1, 2}, {7, 9});
  EXPECT_EQ(ReadNormalisedWeight(store, "c", Shape{1, 2}, 0), (std::vector<float>{7, 9}));
}

TEST(WeightNormTest, NamesWhatIsMissingOrMisshapen) {
  FakeStore store;
  const auto read = [&] { ReadNormalisedWeight(store, "c", Shape{2, 1, 2}, 0); };
  EXPECT_NE(Failure(read).find("'c.weight_g' is missing"), std::string::npos);
  store.Add("c.weight_g", {2, 1, 1}, {10, 2});
  EXPECT_NE(Failure(read).find("'c.weight_v' is missing"), std::string::npos);
  store.Add("c.weight_v", {2, 2, 1}, {3, 4, 0, -8});
  EXPECT_NE(Failure(read).find("shape [2, 2, 1], expected [2, 1, 2]"), std::string::npos);
  store.Add("c.weight_v", {2, 1, 2}, {3, 4, 0, 0});
  EXPECT_NE(Failure(read).find("zero in channel 1"), std::string::npos);
}

/// Prefixes of the weight-normalised modules of a store, in either key style.
std::vector<std::pair<std::string, Shape>> NormalisedModules(const formats::TensorStore& store) {
  std::vector<std::pair<std::string, Shape>> modules;
  for (const auto& [name, view] : store.tensors()) {
    for (std::string_view suffix : {".weight_v", ".parametrizations.weight.original1"}) {
      if (name.ends_with(suffix)) {
        modules.emplace_back(name.substr(0, name.size() - suffix.size()), view.shape);
      }
    }
  }
  return modules;
}

TEST(WeightNormTest, BothKeyStylesOfACodecFoldToTheSameWeights) {
  const NemoArchive old_names = OpenNemo(Golden("codec/four_codebooks_12fps/old_names.nemo"));
  const NemoArchive new_names = OpenNemo(Golden("codec/four_codebooks_12fps/new_names.nemo"));
  const auto modules = NormalisedModules(*old_names.weights);
  EXPECT_GT(modules.size(), 190u);  // 97 of the encoder, 97 of the decoder
  int compared = 0;
  for (const auto& [prefix, shape] : modules) {
    if (!prefix.starts_with("audio_")) continue;
    EXPECT_EQ(ReadNormalisedWeight(*old_names.weights, prefix, shape, 0),
              ReadNormalisedWeight(*new_names.weights, prefix, shape, 0))
        << prefix;
    ++compared;
  }
  EXPECT_EQ(compared, 194);
}

TEST(WeightNormTest, PickledSpeakerEncoderEqualsItsSafetensors) {
  const auto safetensors = formats::OpenSafetensors(Golden("speaker/three_layers/model"));
  const auto pickled =
      formats::OpenTorchCheckpoint(Golden("speaker/three_layers/model_bin/pytorch_model.bin"));
  const std::string positional = "wavlm.encoder.pos_conv_embed.conv";
  const auto modules = NormalisedModules(*pickled);
  ASSERT_EQ(modules.size(), 1u);
  EXPECT_EQ(modules[0].first, positional);
  EXPECT_EQ(ReadNormalisedWeight(*safetensors, positional, modules[0].second, 2),
            ReadNormalisedWeight(*pickled, positional, modules[0].second, 2));
  int compared = 0;
  for (const auto& [name, view] : safetensors->tensors()) {
    if (name.starts_with(positional + ".")) continue;
    const TensorView& other = pickled->Get(name, view.shape);
    EXPECT_EQ(other.dtype, view.dtype) << name;
    EXPECT_EQ(std::memcmp(other.bytes.data(), view.bytes.data(), view.bytes.size()), 0) << name;
    ++compared;
  }
  EXPECT_GT(compared, 70);
}

}  // namespace
}  // namespace kani::model
