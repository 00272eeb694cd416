#include "apps/cli/model_options.h"

#include <string_view>
#include <utility>

#include "apps/cli/pull.h"
#include "apps/models/model_names.h"
#include "apps/models/places.h"
#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "base/error.h"

namespace kani::cli {
namespace {

constexpr int kMaxThreads = 1024;

/// How the user says which one is meant.
std::string_view Advice(model::ModelPart part) {
  switch (part) {
    case model::ModelPart::kLanguageModel:
      return "; --model takes a name (see 'kani models'), a folder or a file inside one";
    case model::ModelPart::kCodec:
      return "; name one with --codec";
    case model::ModelPart::kSpeakerEncoder:
      return "; name one with --speaker-encoder";
  }
  return "";
}

namespace fs = std::filesystem;
using model::ModelPart;
using models::Catalogue;
using models::LocatedPart;
using models::NamedModel;

/// What `named` lacks to speak; empty if it has everything.
std::string Missing(const Catalogue& catalogue, const NamedModel& named, bool with_codec) {
  const LocatedPart lm =
      models::Locate(catalogue.cache, named.model.language_model, ModelPart::kLanguageModel);
  if (!lm.whole()) return lm.snapshot ? StrCat("lacks ", lm.missing) : "is not here";
  if (!with_codec || !named.model.codec || model::CodecIn(lm.path)) return "";
  const LocatedPart codec = models::Locate(catalogue.cache, *named.model.codec, ModelPart::kCodec);
  return codec.whole() ? "" : "lacks its codec";
}

/// Offers to pull what is missing where somebody can be asked. Throws kNotFound with what to run.
void RequireWhole(const Catalogue& catalogue, const NamedModel& named,
                  const ModelOptions& options) {
  const bool with_codec = options.codec.empty();
  const std::string missing = Missing(catalogue, named, with_codec);
  if (missing.empty()) return;
  const std::string line = PullLine(catalogue.known, named);
  if (named.in_table && terminal::CanAsk() && !models::HubSettings().offline &&
      terminal::Ask(
          StrCat("model ", named.name, " ", missing, "; ", line, " brings it: do that now?"))) {
    const int code = Pull({.name = named.name, .yes = true});
    if (code == terminal::kExitOk && Missing(catalogue, named, with_codec).empty()) return;
  }
  const std::string other = options.model.empty()
                                ? StrCat("; 'kani models default ", models::kShippedModel,
                                         "' goes back to the one that ships")
                                : "";
  Fail(ErrorCode::kNotFound, "model ", Quoted(named.name), " ", missing,
       named.in_table ? "" : ", neither as a folder nor pulled", ": run ", line, other);
}

/// The folder of the language model, and how its other parts are found. `catalogue` must outlive
/// the result.
model::ModelLookup Lookup(const Catalogue& catalogue, const ModelOptions& options) {
  const std::string name = ModelName(options);
  const model::ModelLookup local{.model = name, .search_path = models::ModelSearchPath()};
  if (const auto folder = model::FindLanguageModel(local)) {
    return models::LookupOf(catalogue, {.name = name}, *folder);
  }
  const auto named = models::FindName(catalogue, name);
  if (!named) return local;  // whose error says where it looked
  const auto locate = [&] {
    return models::Locate(catalogue.cache, named->model.language_model, ModelPart::kLanguageModel);
  };
  std::error_code error;
  if (!locate().whole() && fs::exists(name, error)) return local;
  RequireWhole(catalogue, *named, options);
  return models::LookupOf(catalogue, *named, locate().path);
}

/// The line that brings the codec of a checkpoint that is here without one.
std::string CodecAdvice(const Catalogue& catalogue, const std::string& lm_folder) {
  const auto codec = models::CodecFor(catalogue.known, lm_folder);
  return codec ? StrCat(", or run 'kani pull ", codec->id.text(), "'") : "";
}

}  // namespace

void AddModelOption(CLI::App& app, ModelOptions& options) {
  app.add_option("--model", options.model,
                 "A name (see kani models), a folder, or a file inside one [the default model]")
      ->type_name("MODEL");
}

void AddCodecOption(CLI::App& app, ModelOptions& options) {
  app.add_option("--codec", options.codec, "NanoCodec .nemo file [the one beside the model]")
      ->type_name("FILE");
}

void AddSpeakerEncoderOption(CLI::App& app, ModelOptions& options) {
  app.add_option("--speaker-encoder", options.speaker_encoder,
                 "Folder of the speaker encoder [the one beside the model]")
      ->type_name("DIR");
}

void AddDeviceOptions(CLI::App& app, ModelOptions& options) {
  app.add_option("--device", options.device,
                 "auto, cpu, reference, or an instruction set such as avx2")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Threads, 0 = one per core that is free to use")
      ->check(CLI::Range(0, kMaxThreads))
      ->type_name("N")
      ->capture_default_str();
}

std::string ModelName(const ModelOptions& options) {
  if (!options.model.empty()) return options.model;
  return models::DefaultModel().value_or(models::kShippedModel);
}

model::ModelPaths FindModel(const ModelOptions& options) {
  const Catalogue catalogue{.known = models::LoadKnownModels(), .cache = models::CacheFolder()};
  model::ModelLookup lookup = Lookup(catalogue, options);
  lookup.codec = options.codec;
  lookup.speaker_encoder = options.speaker_encoder;
  try {
    return model::FindModel(lookup);
  } catch (const model::ModelPartError& error) {
    Fail(error.code(), error.what(), Advice(error.part()),
         error.part() == ModelPart::kCodec && options.codec.empty()
             ? CodecAdvice(catalogue, lookup.model)
             : "");
  }
}

std::filesystem::path FindCodec(const ModelOptions& options) {
  return options.codec.empty() ? FindModel(options).codec : std::filesystem::path(options.codec);
}

std::filesystem::path FindSpeakerEncoder(const ModelOptions& options) {
  if (!options.speaker_encoder.empty()) return options.speaker_encoder;
  const model::ModelPaths paths = FindModel(options);
  if (!paths.speaker_encoder) {
    const auto repository = models::SpeakerEncoderFor(models::LoadKnownModels(), paths.lm_folder);
    Fail(ErrorCode::kNotFound, "model ", Quoted(ModelName(options)),
         " has no speaker encoder, which a recording needs: give one by --speaker-encoder DIR",
         repository ? StrCat(", or run 'kani pull ", repository->id.text(), "'") : "");
  }
  return *paths.speaker_encoder;
}

std::unique_ptr<kernels::Ops> MakeOps(const ModelOptions& options) {
  return kernels::MakeOps(options.device, options.threads);
}

std::filesystem::path UserVoiceFolder() {
  const std::string data = models::Environment("XDG_DATA_HOME").value_or("");
  if (data.starts_with('/')) return std::filesystem::path(data) / "kani" / "voices";
  const std::string home = models::Environment("HOME").value_or("");
  if (!home.empty()) {
    return std::filesystem::path(home) / ".local" / "share" / "kani" / "voices";
  }
  Fail(ErrorCode::kNotFound, "no folder for your voices: neither HOME nor XDG_DATA_HOME is set");
}

}  // namespace kani::cli
