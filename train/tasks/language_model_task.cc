#include "train/tasks/language_model_task.h"

#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/safetensors.h"
#include "model/lm_config.h"
#include "model/tokenizer_file.h"
#include "train/data/checksum.h"
#include "train/evaluate/evaluate.h"
#include "train/lm/initialise.h"
#include "train/lm/rope_scales.h"
#include "train/nn/matrix_rate.h"
#include "train/nn/trained_state.h"
#include "train/tasks/order_settings.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr const char* kClipLengthsFile = "clip_lengths.safetensors";  // in the run's folder
constexpr size_t kMaxSmallFile = size_t{64} << 20;

/// What every checkpoint takes over from the model that the run began with.
std::vector<std::pair<std::string, std::string>> ModelFiles(const fs::path& model) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const char* name : {"config.json", "generation_config.json", "tokenizer.json",
                           "tokenizer_config.json", "special_tokens_map.json"}) {
    if (fs::exists(model / name))
      files.emplace_back(name, ReadTextFile(model / name, kMaxSmallFile));
  }
  return files;
}

bool HasWeights(const fs::path& model) {
  return fs::exists(model / "model.safetensors") ||
         fs::exists(model / "model.safetensors.index.json");
}

LanguageModel MakeModel(const LanguageModelRunOptions& options) {
  LanguageModel model(model::LoadLmConfig(options.model / "config.json"), options.compute,
                      options.device);
  for (const std::string& part : FreezeParts(model.parameters(), options.frozen)) {
    Fail(ErrorCode::kInvalidArgument, "no weight belongs to ", Quoted(part),
         ", which is to be frozen");
  }
  return model;
}

std::string NoteOf(const Evaluation& evaluation) {
  std::string text = StrCat("held out ", evaluation.losses.all);
  if (evaluation.text) text += StrCat(", from the text ", evaluation.text->nats, " nats");
  if (evaluation.voice) text += StrCat(", from the voice ", evaluation.voice->nats, " nats");
  return text;
}

}  // namespace

struct LanguageModelTask::Packs : Material {
  std::vector<PackedBatch> batches;
};

LanguageModelTask::LanguageModelTask(const LanguageModelRunOptions& options, ProcessGroup& group,
                                     const WarningSink& warn)
    : options_(options),
      group_(group),
      files_(ModelFiles(options.model)),
      tokenizer_(model::LoadTokenizerFile(options.model / "tokenizer.json")),
      corpus_(
          options.corpus,
          [&](const Error& error) { Warn(warn, StrCat("a shard is left out: ", error.what())); }),
      model_(MakeModel(options)),
      set_(corpus_, tokenizer_, model_.config().tokens, options.data, MeasureTogether(warn)),
      steps_(CountSteps()),
      trainer_(model_, Settings(), group) {
  WarnOfClipsLeftOut(warn);
  held_out_ = HeldOutClips(corpus_, set_.selection().held_out, options.held_out_clips, tokenizer_,
                           model_.config().tokens, options.data.sequence);
}

/// Lengths of all clips, from the run's folder if it knows them. If not, each process measures its
/// share and rank 0 leaves them there.
ClipLengths LanguageModelTask::MeasureTogether(const WarningSink& warn) const {
  const auto tokenizer =
      std::ranges::find(files_, "tokenizer.json", &std::pair<std::string, std::string>::first);
  const std::string key =
      ClipLengthsKey(corpus_, tokenizer->second, model_.config().tokens, options_.data.sequence);
  group_.AgreeOn("the number of clips", corpus_.size());
  group_.AgreeOn("the checksum of corpus and tokenizer", Crc32(std::as_bytes(std::span(key))));
  if (corpus_.size() == 0) return {};
  std::optional<ClipLengths> known;
  if (group_.rank() == 0) known = LengthsOfEarlierStart(key);
  ClipLengths lengths = known.value_or(ClipLengths(static_cast<size_t>(corpus_.size())));
  const at::Tensor all =
      at::from_blob(lengths.data(), {corpus_.size()}, at::TensorOptions(at::kInt));
  if (group_.Any(known.has_value())) {
    group_.Broadcast(all);
    return lengths;
  }
  const auto share = [&](int64_t rank) { return corpus_.size() * rank / group_.size(); };
  MeasureClips(corpus_, tokenizer_, model_.config().tokens, options_.data.sequence,
               share(group_.rank()), share(group_.rank() + 1), lengths);
  group_.Sum(all);
  if (group_.rank() == 0) {
    try {
      fs::create_directories(options_.folder);
      WriteClipLengths(options_.folder / kClipLengthsFile, key, lengths);
    } catch (const std::exception& error) {
      Warn(warn, StrCat("the next start measures all clips again: ", error.what()));
    }
  }
  return lengths;
}

std::optional<ClipLengths> LanguageModelTask::LengthsOfEarlierStart(const std::string& key) const {
  constexpr int64_t kProbes = 64;
  try {
    const ClipLengths lengths =
        ReadClipLengths(options_.folder / kClipLengthsFile, key, corpus_.size());
    // A version of this program that makes other sequences shows in a few of them.
    ClipLengths measured = lengths;
    for (int64_t i = 0; i < kProbes; ++i) {
      const int64_t clip = i * corpus_.size() / kProbes;
      MeasureClips(corpus_, tokenizer_, model_.config().tokens, options_.data.sequence, clip,
                   clip + 1, measured);
    }
    if (measured == lengths) return lengths;
  } catch (const Error&) {  // none yet, of another corpus or tokenizer, or damaged
  }
  return std::nullopt;
}

int64_t LanguageModelTask::CountSteps() const {
  if (options_.epochs == 0) return options_.steps;
  int64_t steps = 0;
  for (int64_t epoch = 0; epoch < options_.epochs; ++epoch) {
    steps += set_.Steps(set_.MakeEpoch(epoch));
  }
  return steps;
}

LanguageModelTrainerSettings LanguageModelTask::Settings() const {
  LanguageModelTrainerSettings settings = options_.trainer;
  settings.schedule.total_steps = steps_;
  return settings;
}

void LanguageModelTask::WarnOfClipsLeftOut(const WarningSink& sink) const {
  const auto warn = [&](int64_t clips, const char* why) {
    if (clips > 0) Warn(sink, StrCat(clips, " clips are left out: ", why));
  };
  warn(set_.selection().too_long, "longer than the longest duration");
  warn(std::ssize(set_.over_budget()), "more tokens than a pack holds");
}

double LanguageModelTask::PeakFlopsPerSecond() const {
  return MatrixFlopsPerSecond(options_.compute, options_.device);
}

void LanguageModelTask::Begin() {
  if (options_.from_scratch || !HasWeights(options_.model)) {
    Initialise(model_, options_.data.seed);
  } else {
    model_.parameters().Load(*formats::OpenSafetensors(options_.model));
  }
}

int64_t LanguageModelTask::BeginEpoch(int64_t epoch) {
  epoch_.emplace(set_.MakeEpoch(epoch));
  return set_.Steps(*epoch_);
}

std::unique_ptr<Task::Material> LanguageModelTask::Gather(int64_t step_in_epoch) const {
  auto material = std::make_unique<Packs>();
  std::vector<int64_t> lengths;
  int64_t frames = 0;
  for (const std::vector<int64_t>& pack :
       set_.Packs(*epoch_, step_in_epoch, group_.rank(), group_.size())) {
    std::vector<Clip> clips;
    for (const int64_t clip : pack) {
      clips.push_back(set_.GetClip(clip, *epoch_));
      lengths.push_back(std::ssize(clips.back().rows));
      material->work.tokens += lengths.back();
      frames += corpus_.Get(clip).frames(corpus_.format());
    }
    material->batches.push_back(Pack(clips, model_.config(), options_.device));
  }
  material->work.speech_s = static_cast<double>(frames) / corpus_.format().frames_per_second;
  material->work.flops = ModelFlops(model_.config(), lengths);
  return material;
}

UpdateReport LanguageModelTask::Update(const Material& material) {
  return trainer_.Update(static_cast<const Packs&>(material).batches);
}

Task::Evaluation LanguageModelTask::Evaluate() {
  Evaluation out;
  if (!held_out_.empty()) {
    EvaluationOptions options{.budget_tokens = options_.data.budget_tokens};
    if (options_.influence_every > 0 && trainer_.step % options_.influence_every == 0) {
      options.influence_samples = kOfficialInfluenceSamples;
    }
    const AveragedWeights averaged(model_.parameters(), trainer_.average);
    const train::Evaluation found = train::Evaluate(model_, held_out_, options, group_);
    out.metrics = EvaluationMetrics(found);
    out.note = NoteOf(found);
  }
  std::ranges::copy(RopeScaleMetrics(model_), std::back_inserter(out.metrics));
  return out;
}

void LanguageModelTask::TakeSnapshot(Snapshot& snapshot) const {
  train::TakeSnapshot(trainer_, snapshot);
}

void LanguageModelTask::Restore(const fs::path& checkpoint) {
  train::Restore(checkpoint, trainer_);
}

std::string LanguageModelTask::order() const { return OrderSettings(corpus_, options_.data); }

}  // namespace kani::train
