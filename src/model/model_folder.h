// Finds the parts of a model on disk: language model, tokenizer, codec, speaker encoder, voices.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace kani::model {

struct ModelPaths {
  std::filesystem::path lm_folder;                       ///< has config.json and weights
  std::filesystem::path tokenizer;                       ///< tokenizer.json
  std::filesystem::path codec;                           ///< .nemo
  std::optional<std::filesystem::path> speaker_encoder;  ///< folder with config.json and weights
  std::optional<std::filesystem::path> voices;           ///< folder of voices
};

struct ModelLookup {
  std::string model = "mini";  ///< a name, a folder, or a file inside one (config.json, weights)
  std::string codec;           ///< given by the user; empty = look beside the model
  std::string speaker_encoder;
  /// Folders that hold models by name, searched in order.
  std::vector<std::filesystem::path> search_path;
  /// Asked for what is neither given nor beside the model in this folder; may be empty.
  std::function<std::optional<std::filesystem::path>(const std::filesystem::path&lm_folder)>
      codec_elsewhere, speaker_encoder_elsewhere;
};

enum class ModelPart { kLanguageModel, kCodec, kSpeakerEncoder };

/// A part that is not where it was looked for, or of which there are several. Says which, so that a
/// front end can add how its user names that part.
class ModelPartError : public Error {
 public:
  ModelPartError(ModelPart part, ErrorCode code, std::string message)
      : Error(code, std::move(message)), part_(part) {}
  ModelPart part() const { return part_; }

 private:
  ModelPart part_;
};

/// Looks in the folder itself, in `lm/` below it, and beside it: `codec.nemo` or the only *.nemo;
/// `speaker/` or any folder whose config.json says model_type wavlm; `voices/`. Throws
/// ModelPartError: kNotFound with where it looked, kInvalidArgument for several to choose from.
ModelPaths FindModel(const ModelLookup& lookup);
/// The folder of the language model alone; nothing if there is none.
std::optional<std::filesystem::path> FindLanguageModel(const ModelLookup& lookup);
/// A codec in `folder`: `codec.nemo` or the only *.nemo. Throws ModelPartError for several.
std::optional<std::filesystem::path> CodecIn(const std::filesystem::path& folder);
/// Whether `folder` has weights of a language model or a speaker encoder that can be read whole:
/// one file, or an index and every file that it names.
bool HasWeights(const std::filesystem::path& folder);
/// Names of the models on the search path.
std::vector<std::string> ListModels(const std::vector<std::filesystem::path>& search_path);

}  // namespace kani::model
