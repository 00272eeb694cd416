// One copy of the weights, several callers at once: each with its own operations, workspaces and
// states gets what it would get alone. Run under a thread sanitizer too.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

#include "codec/codec.h"
#include "kernels/ops.h"
#include "lm/generation.h"
#include "lm/language_model.h"
#include "model/nemo.h"
#include "speaker/encoder.h"

namespace kani::engine {
namespace {

const std::filesystem::path kMini = std::filesystem::path(KANI_MODELS) / "mini";

/// Everything that callers share.
struct Shared {
  std::shared_ptr<kernels::Device> device = kernels::MakeDevice("auto");
  std::unique_ptr<lm::LanguageModel> model = lm::LanguageModel::Load(*device, kMini / "lm");
  codec::Codec codec{*device, model::OpenNemo(kMini / "codec.nemo"), /*with_encoder=*/true};
  std::unique_ptr<speaker::Encoder> encoder = speaker::Encoder::Load(*device, kMini / "speaker");
  kernels::KvPool pool{*device, lm::KvShapeOf(model->config())};
};

std::vector<float> Tone(size_t samples, double step) {
  std::vector<float> tone(samples);
  for (size_t i = 0; i < samples; ++i) {
    tone[i] = static_cast<float>(0.3 * std::sin(step * static_cast<double>(i)));
  }
  return tone;
}

struct Results {
  std::vector<float> speech;
  std::vector<int32_t> codes;
  std::vector<float> voice;
  bool operator==(const Results&) const = default;
};

/// Clones, speaks with the voice and encodes what was said.
Results Work(Shared& shared, uint64_t caller, int threads) {
  const auto ops = shared.device->NewOps(threads);
  Results results;
  results.voice =
      shared.encoder->Embed(*ops, Tone(8000, 0.05 + 0.01 * static_cast<double>(caller)));
  lm::GenerationRequest request;
  request.prompt = {2, model::kSpeakerRow, 30, 40, 50, static_cast<int32_t>(60 + caller)};
  request.speaker_embedding = results.voice;
  request.seed = caller;
  request.max_frames = 3;
  lm::Generation generation(*shared.model, shared.pool, request);
  lm::Generation* const generations[] = {&generation};
  lm::Workspace workspace;
  while (!generation.finished()) lm::StepGenerations(*ops, *shared.model, generations, workspace);
  codec::Codec::Workspace codec_workspace;
  codec::Codec::DecoderStream(shared.codec)
      .Decode(*ops, codec_workspace, generation.codes(), results.speech);
  results.codes = shared.codec.Encode(*ops, results.speech).values;
  return results;
}

TEST(SharedWeightsTest, CallersAtOnceGetWhatEachGetsAlone) {
  Shared shared;
  std::vector<Results> alone, together(3);
  for (uint64_t caller = 0; caller < together.size(); ++caller) {
    alone.push_back(Work(shared, caller, 1));
    EXPECT_FALSE(alone.back().speech.empty());
  }
  EXPECT_NE(alone[0], alone[1]);
  std::vector<std::thread> callers;
  for (uint64_t caller = 0; caller < together.size(); ++caller) {
    callers.emplace_back(
        [&, caller] { together[caller] = Work(shared, caller, caller == 0 ? 2 : 1); });
  }
  for (std::thread& caller : callers) caller.join();
  for (size_t i = 0; i < together.size(); ++i) EXPECT_EQ(together[i], alone[i]) << i;
  EXPECT_EQ(shared.pool.blocks_in_use(), 0);
}

}  // namespace
}  // namespace kani::engine
