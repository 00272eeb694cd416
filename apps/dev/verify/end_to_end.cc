// End-to-end case: recordings to voices; texts to prompts, greedy tokens, codes and PCM.
#include <algorithm>

#include "apps/dev/verify/models.h"
#include "apps/dev/verify/parity_case.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "codec/codec.h"
#include "formats/json.h"
#include "lm/generation.h"
#include "speaker/encoder.h"
#include "text/prompt.h"
#include "voices/voice.h"

namespace kani::dev {
namespace {

constexpr size_t kMaxBytes = 16 << 20;
constexpr char kRecordings[] = "recordings.safetensors";
constexpr size_t kPrefilled = 2;  // SOAI and SOS, which upstream generates and we fill in

std::filesystem::path Path(const ParityCase& parity, const char* key) {
  return parity.folder() / parity.manifest().at("uses").at(key).get<std::string>();
}

/// Voices by the speaker encoder, and the stored .pt files of the same voices.
void VerifyVoices(ParityCase& parity, const VerifySettings& settings) {
  const auto ops = kernels::MakeOps(settings.device, settings.threads);
  const auto encoder = speaker::Encoder::Load(ops->device(), Path(parity, "speaker_encoder"));
  for (int i = 0; parity.Has(kRecordings, StrCat("recording_", i)); ++i) {
    const std::string name = StrCat("voice_", i);
    parity.Compare(kRecordings, name,
                   encoder->Embed(*ops, parity.Floats(kRecordings, StrCat("recording_", i))));
    for (const char* shape : {"_1x128.pt", "_128.pt"}) {
      const std::filesystem::path path = parity.folder() / (name + shape);
      if (!std::filesystem::exists(path)) continue;
      parity.Count(path.filename().string(),
                   voices::LoadVoice(path, encoder->embedding_size()).embedding !=
                       parity.Floats(kRecordings, name),
                   1);
    }
  }
}

/// Greedy over the whole vocabulary from upstream's prompt, as the golden was made.
std::vector<int32_t> GreedyTokens(kernels::Ops& ops, const lm::LanguageModel& model,
                                  std::span<const int32_t> prompt, std::span<const float> voice,
                                  size_t max_tokens) {
  GreedyDecoder decoder(ops, model, prompt, voice,
                        std::ssize(prompt) + static_cast<int64_t>(max_tokens) + 1);
  std::vector<int32_t> tokens;
  while (tokens.size() < max_tokens) {
    tokens.push_back(decoder.Best(0, static_cast<int32_t>(decoder.logits().size())));
    if (tokens.back() == model.config().tokens.end_of_speech()) break;
    decoder.Feed(tokens.back());
  }
  return tokens;
}

/// The way the engine speaks: prefilled prompt, one codebook a slot.
lm::GenerationRequest GenerationRequestOf(std::vector<int32_t> prompt,
                                          const std::vector<float>& voice) {
  lm::GenerationRequest request;
  request.prompt = std::move(prompt);
  request.speaker_embedding = voice;
  request.sampling.temperature = 0;
  request.sampling.repetition_penalty = 1.0;
  request.max_frames = 64;
  return request;
}

int64_t Misses(std::span<const int32_t> found, std::span<const int32_t> expected) {
  int64_t misses = std::abs(std::ssize(found) - std::ssize(expected));
  for (size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
    misses += found[i] != expected[i];
  }
  return misses;
}

}  // namespace

void VerifyEndToEnd(ParityCase& parity, const VerifySettings& settings) {
  VerifyVoices(parity, settings);
  const auto ops = kernels::MakeOps(settings.device, settings.threads);
  const auto model =
      lm::LanguageModel::Load(ops->device(), Path(parity, "model"), settings.weights);
  const text::Tokenizer tokenizer(model::LoadTokenizerFile(Path(parity, "tokenizer")));
  const codec::Codec codec(ops->device(), model::OpenNemo(Path(parity, "codec")),
                           /*with_encoder=*/false);
  const model::TokenLayout& layout = model->config().tokens;

  const std::filesystem::path items_path = parity.folder() / "items.json";
  const nlohmann::json items =
      formats::ParseJson(ReadTextFile(items_path, kMaxBytes), items_path.string());
  lm::Workspace workspace;
  kernels::KvPool pool(ops->device(), lm::KvShapeOf(model->config()));
  for (size_t i = 0; i < items.size(); ++i) {
    const nlohmann::json& item = items[i];
    const std::string name = StrCat("item_", i);
    const std::string file = name + ".safetensors";
    const std::string tag =
        item.at("language_tag").is_null() ? "" : item["language_tag"].get<std::string>();
    std::vector<float> voice;
    if (!item.at("voice").is_null()) {
      voice = parity.Floats(kRecordings, StrCat("voice_", item["voice"].get<int>()));
    }
    const auto expected_prompt = item.at("prompt_ids").get<std::vector<int32_t>>();
    const auto expected_ids = item.at("new_ids").get<std::vector<int32_t>>();

    std::vector<int32_t> prompt =
        text::BuildPrompt(tokenizer, layout, item.at("text").get<std::string>(), tag,
                          /*with_speaker=*/false, text::AddedTokens::kTrusted);
    std::vector<int32_t> full_expected = expected_prompt;
    full_expected.insert(full_expected.end(), {layout.start_of_ai(), layout.start_of_speech()});
    parity.Count(name + "/prompt_ids", Misses(prompt, full_expected), std::ssize(full_expected));

    const std::vector<int32_t> tokens =
        GreedyTokens(*ops, *model, expected_prompt, voice, expected_ids.size() + 1);
    parity.Count(name + "/new_ids", Misses(tokens, expected_ids), std::ssize(expected_ids));

    if (!voice.empty()) prompt.insert(prompt.begin() + 1, model::kSpeakerRow);
    lm::Generation generation(*model, pool, GenerationRequestOf(prompt, voice));
    lm::Generation* const generations[] = {&generation};
    while (!generation.finished()) lm::StepGenerations(*ops, *model, generations, workspace);
    const auto spoken = std::span(expected_ids).subspan(std::min(kPrefilled, expected_ids.size()));
    parity.Count(name + "/tokens of the stream", Misses(generation.tokens(), spoken),
                 std::ssize(spoken));

    const codec::Codes codes{layout.codebooks,
                             {generation.codes().begin(), generation.codes().end()}};
    parity.CompareInts(file, "codes", Transposed(codes.values, codes.frames(), codes.codebooks));
    parity.Compare(file, "audio", codec.Decode(*ops, codes));
  }
}

}  // namespace kani::dev
