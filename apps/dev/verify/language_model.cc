// Language-model cases: hidden states, logits, positions and caches of one checkpoint.
#include "lm/language_model.h"

#include <algorithm>
#include <regex>

#include "apps/dev/verify/models.h"
#include "apps/dev/verify/parity_case.h"

namespace kani::dev {
namespace {

/// Whole sequence in one pass, every traced tensor and the logits of every row.
void VerifyVariant(ParityCase& parity, kernels::Ops& ops, const lm::LanguageModel& model,
                   const std::string& file) {
  std::vector<int32_t> rows = parity.Ints(file, "prompt_ids");
  const std::vector<int32_t> generated = parity.Ints(file, "new_ids");
  rows.insert(rows.end(), generated.begin(), generated.end());
  std::vector<float> voice;
  if (parity.Has(file, "speaker_embedding")) {
    voice = parity.Floats(file, "speaker_embedding");
    rows.insert(rows.begin() + 1, model::kSpeakerRow);
  }
  kernels::KvPool pool(model.device(), lm::KvShapeOf(model.config()));
  lm::DecodingState state(pool, model.config(), std::ssize(rows));
  lm::Workspace workspace;
  const lm::RowSegment segment{&state, rows, voice};
  model.Forward(ops, std::span(&segment, 1), workspace, /*all_rows=*/true,
                parity.Tracer(file, [](std::string_view) { return false; }));
  parity.Compare(file, "logits", model.FullLogits(ops, std::ssize(rows), workspace));
  parity.NotReproduced(file, "upstream_decode_logits",
                       "upstream's decode mask hides the newest row when a voice is given");
}

/// "rows_<count>.layer_<i>.<keys|values|conv>": what the cache holds after a prefix of the prompt.
void VerifyCache(ParityCase& parity, kernels::Ops& ops, const lm::LanguageModel& model,
                 const std::string& file) {
  const std::vector<int32_t> prompt = parity.Ints("no_speaker.safetensors", "prompt_ids");
  const std::regex pattern(R"(rows_(\d+)\.layer_(\d+)\.(keys|values|conv))");
  lm::Workspace workspace;
  kernels::KvPool pool(model.device(), lm::KvShapeOf(model.config()));
  const auto state_after = [&](int64_t count) {
    lm::DecodingState state(pool, model.config(), count);
    const lm::RowSegment segment{&state, std::span(prompt).first(static_cast<size_t>(count)), {}};
    if (count > 0) model.Forward(ops, std::span(&segment, 1), workspace);
    return state;
  };
  for (const std::string& tensor : parity.Tensors(file)) {
    std::smatch match;
    if (!std::regex_match(tensor, match, pattern)) continue;
    const int64_t count = std::stoll(match[1]), layer = std::stoll(match[2]);
    if (count < 1 || count > std::ssize(prompt) || layer >= model.config().num_hidden_layers()) {
      parity.Fail(tensor, "outside the prompt or the model");
      continue;
    }
    const lm::DecodingState state = state_after(count);
    if (match[3] == "keys") {
      parity.Compare(file, tensor, state.Keys(layer));
    } else if (match[3] == "values") {
      parity.Compare(file, tensor, state.Values(layer));
    } else {
      // Upstream keeps one more input than a step reads; it is the oldest one of the step before.
      std::vector<float> columns = state_after(count - 1).Convolution(layer);
      const std::vector<float> newest = state.Convolution(layer);
      const int64_t hidden = model.config().hidden_size;
      columns.resize(static_cast<size_t>(hidden));
      columns.insert(columns.end(), newest.begin(), newest.end());
      parity.CompareTransposed(file, tensor, columns.data(), model.config().conv_L_cache, hidden);
    }
  }
}

/// "<sequence>.ids" and "<sequence>.step_<audio_step>".
void VerifyPositions(ParityCase& parity, const lm::LanguageModel& model, const std::string& file) {
  kernels::KvPool pool(model.device(), lm::KvShapeOf(model.config()));
  for (const std::string& tensor : parity.Tensors(file)) {
    const size_t at = tensor.find(".step_");
    if (at == std::string::npos) continue;
    model::LmConfig config = model.config();
    config.audio_step = std::stod(tensor.substr(at + 6));
    lm::DecodingState state(pool, config, 1);
    std::vector<float> positions;
    for (int32_t id : parity.Ints(file, tensor.substr(0, at) + ".ids")) {
      positions.push_back(state.NextPosition());
      state.Advance(config.tokens.IsAudio(id));
    }
    parity.Compare(file, tensor, positions);
  }
}

}  // namespace

void VerifyLanguageModel(ParityCase& parity, const VerifySettings& settings) {
  const auto ops = kernels::MakeOps(settings.device, settings.threads);
  const auto model = lm::LanguageModel::Load(ops->device(), parity.folder(), settings.weights);
  for (const std::string& file : parity.Files()) {
    if (file == "cache.safetensors") {
      VerifyCache(parity, *ops, *model, file);
    } else if (file == "positions.safetensors") {
      VerifyPositions(parity, *model, file);
    } else {
      VerifyVariant(parity, *ops, *model, file);
    }
  }
}

}  // namespace kani::dev
