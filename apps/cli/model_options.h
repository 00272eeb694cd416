// Options that most subcommands share: which model, on what device; and where the user's voices
// lie.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kernels/ops.h"
#include "model/model_folder.h"

namespace kani::cli {

struct ModelOptions {
  std::string model;  ///< empty = the default one
  std::string codec;
  std::string speaker_encoder;
  std::string device = "auto";
  int threads = 0;
};

void AddModelOption(CLI::App& app, ModelOptions& options);
void AddCodecOption(CLI::App& app, ModelOptions& options);
void AddSpeakerEncoderOption(CLI::App& app, ModelOptions& options);
void AddDeviceOptions(CLI::App& app, ModelOptions& options);

/// The name or path that was given, else the user's default, else that of the model that ships.
std::string ModelName(const ModelOptions& options);
/// The parts of the model, wherever they are: in a folder, among those that ship, in the cache of
/// the hub. A known model that is not here is offered on a terminal; elsewhere the error says what
/// to run.
model::ModelPaths FindModel(const ModelOptions& options);
/// The codec alone: --codec, else the model's.
std::filesystem::path FindCodec(const ModelOptions& options);
/// The speaker encoder alone: --speaker-encoder, else the model's. Throws kNotFound.
std::filesystem::path FindSpeakerEncoder(const ModelOptions& options);
std::unique_ptr<kernels::Ops> MakeOps(const ModelOptions& options);

/// $XDG_DATA_HOME/kani/voices, else ~/.local/share/kani/voices. It need not exist. Throws kNotFound
/// where neither variable is set.
std::filesystem::path UserVoiceFolder();

}  // namespace kani::cli
