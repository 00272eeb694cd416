// Full-size run: random models of the real sizes beside what the official code computed on them.
// The folder holds lm/, codec.nemo, speaker/ and expected/ with report.json and its tensors.
#include <algorithm>
#include <limits>

#include "apps/dev/verify/models.h"
#include "apps/dev/verify/parity_case.h"
#include "base/error.h"
#include "codec/codec.h"
#include "speaker/encoder.h"

namespace kani::dev {
namespace {

constexpr double kAudioSnrDb = 100, kLogitSnrDb = 80, kLeastCosine = 0.9999;

/// Greedy inside the codebook whose turn it is, after SOAI and SOS; logits of every step.
void VerifyTokens(ParityCase& parity, kernels::Ops& ops, const lm::LanguageModel& model,
                  const std::string& file) {
  const std::vector<int32_t> prompt = parity.Ints(file, "prompt_ids");
  const std::vector<int32_t> expected = parity.Ints(file, "new_ids");
  std::vector<float> voice;
  if (parity.Has(file, "embedding")) voice = parity.Floats(file, "embedding");
  const model::TokenLayout& layout = model.config().tokens;
  GreedyDecoder decoder(ops, model, prompt, voice, std::ssize(prompt) + std::ssize(expected) + 1);
  std::vector<int32_t> tokens;
  std::vector<float> logits, margins;
  for (size_t k = 0; k <= expected.size(); ++k) {
    logits.insert(logits.end(), decoder.logits().begin(), decoder.logits().end());
    if (k == expected.size()) break;
    if (k < 2) {
      tokens.push_back(k == 0 ? layout.start_of_ai() : layout.start_of_speech());
    } else {
      const int32_t begin = layout.CodebookStart(static_cast<int32_t>(k - 2) % layout.codebooks);
      const int32_t best = decoder.Best(begin, begin + layout.codebook_size);
      tokens.push_back(best);
      const float value = decoder.logits()[static_cast<size_t>(best)];
      float second = -std::numeric_limits<float>::infinity();
      for (int32_t id = begin; id < begin + layout.codebook_size; ++id) {
        if (id != best) second = std::max(second, decoder.logits()[static_cast<size_t>(id)]);
      }
      margins.push_back(value - second);
    }
    decoder.Feed(tokens.back());
  }
  parity.CompareInts(file, "new_ids", tokens);
  parity.CompareSnr(file, "logits", logits, kLogitSnrDb);
  // A margin is a small difference of large logits: only its size matters, which the tokens prove.
  parity.CompareSnr(file, "margins", margins, kLogitSnrDb / 2);
}

void VerifyVoice(ParityCase& parity, const VerifySettings& settings, const std::string& file) {
  const auto ops = kernels::MakeOps(settings.device, settings.threads);
  const auto encoder =
      speaker::Encoder::Load(ops->device(), parity.folder().parent_path() / "speaker");
  parity.CompareCosine(file, "embedding", encoder->Embed(*ops, parity.Floats(file, "recording")),
                       kLeastCosine);
}

void VerifyAudio(ParityCase& parity, const VerifySettings& settings, const std::string& file) {
  const auto ops = kernels::MakeOps(settings.device, settings.threads);
  const codec::Codec codec(ops->device(),
                           model::OpenNemo(parity.folder().parent_path() / "codec.nemo"),
                           /*with_encoder=*/true);
  const Shape shape = parity.ShapeOf(file, "codes");  // [Q, F]
  const codec::Codes codes{shape.at(0),
                           Transposed(parity.Ints(file, "codes"), shape.at(0), shape.at(1))};
  parity.CompareSnr(file, "audio", codec.Decode(*ops, codes), kAudioSnrDb);
  std::vector<float> encoded;  // [latent, F]
  const codec::Codes again =
      codec.Encode(*ops, parity.Floats(file, "audio_to_encode"),
                   [&](std::string_view name, const float* values, int64_t rows, int64_t columns) {
                     if (name != "encoded") return;
                     for (int64_t c = 0; c < columns; ++c) {
                       for (int64_t r = 0; r < rows; ++r)
                         encoded.push_back(values[r * columns + c]);
                     }
                   });
  parity.CompareSnr(file, "encoded", encoded, kAudioSnrDb);
  parity.CompareInts(file, "encoded_codes",
                     Transposed(again.values, again.frames(), again.codebooks));
}

}  // namespace

void VerifyFullSize(ParityCase& parity, const VerifySettings& settings) {
  for (const std::string& file : parity.Files()) {
    if (file == "speaker.safetensors") VerifyVoice(parity, settings, file);
    if (file == "codec.safetensors") VerifyAudio(parity, settings, file);
  }
  const auto ops = kernels::MakeOps(settings.device, settings.threads);
  const auto model = lm::LanguageModel::Load(ops->device(), parity.folder().parent_path() / "lm",
                                             settings.weights);
  for (const std::string& file : parity.Files()) {
    if (file.starts_with("lm_")) VerifyTokens(parity, *ops, *model, file);
  }
}

}  // namespace kani::dev
