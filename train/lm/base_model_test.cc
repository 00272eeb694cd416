#include "train/lm/base_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/lm/initialise.h"

namespace kani::train {
namespace {

constexpr int64_t kBaseRows = 40;

class BaseModelTest : public testing::Test {
 protected:
  BaseModelTest() {
    Initialise(source_, 3);
    source_.parameters().Get("model.embed_tokens.weight").detach().add_(0.5);
  }
  ~BaseModelTest() override { std::filesystem::remove(path_); }

  /// Writes what a base model has: no weights of speech, fewer rows.
  void WriteBase(const std::string& left_out = "") const {
    std::vector<formats::NamedTensor> tensors;
    for (formats::NamedTensor& tensor : source_.parameters().Tensors()) {
      if (tensor.name.find("speaker") != std::string::npos || tensor.name == left_out ||
          tensor.name.find("alpha") != std::string::npos) {
        continue;
      }
      if (tensor.name == "model.embed_tokens.weight") {
        tensor.bytes.resize(tensor.bytes.size() / tensor.shape[0] * kBaseRows);
        tensor.shape[0] = kBaseRows;
      }
      tensors.push_back(std::move(tensor));
    }
    formats::WriteSafetensors(path_, tensors);
  }
  void Load(uint64_t seed) { LoadBase(model_, *formats::OpenSafetensors(path_), seed); }

  const std::filesystem::path path_ =
      std::filesystem::path(testing::TempDir()) / "kani_base_model.safetensors";
  model::LmConfig config_ = model::LoadLmConfig(KANI_TEST_DATA "/training/golden/config.json");
  LanguageModel source_{config_}, model_{config_};
};

TEST_F(BaseModelTest, KeepsWhatIsThereAndDrawsTheRestAroundTheMean) {
  WriteBase();
  Load(1);
  const at::Tensor rows = model_.parameters().Get("model.embed_tokens.weight").detach();
  const at::Tensor old = source_.parameters().Get("model.embed_tokens.weight").detach();
  EXPECT_TRUE(at::equal(rows.narrow(0, 0, kBaseRows), old.narrow(0, 0, kBaseRows)));
  const at::Tensor drawn = rows.narrow(0, kBaseRows, rows.size(0) - kBaseRows);
  const at::Tensor mean = old.narrow(0, 0, kBaseRows).mean(0);
  EXPECT_LT((drawn - mean).abs().max().item<double>(), 1e-5);
  EXPECT_GT((drawn - mean).std().item<double>(), 0.02 * 1e-5);
  const std::string weight = "model.layers.0.feed_forward.w1.weight";
  EXPECT_TRUE(at::equal(model_.parameters().Get(weight), source_.parameters().Get(weight)));
  const at::Tensor projection = model_.parameters().Get("model.speaker_emb_projection.weight");
  EXPECT_NEAR(projection.std().item<double>(), 0.02, 0.002);
}

TEST_F(BaseModelTest, DependsOnTheSeedAlone) {
  WriteBase();
  Load(1);
  const at::Tensor first = model_.parameters().values().clone();
  Load(1);
  EXPECT_TRUE(at::equal(model_.parameters().values(), first));
  Load(2);
  EXPECT_FALSE(at::equal(model_.parameters().values(), first));
}

TEST_F(BaseModelTest, RefusesABaseThatLacksALayer) {
  WriteBase("model.layers.0.feed_forward.w1.weight");
  EXPECT_THROW(Load(1), Error);
}

}  // namespace
}  // namespace kani::train
