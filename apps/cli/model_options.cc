#include "apps/cli/model_options.h"

#include <cstdlib>
#include <string_view>

#include "base/error.h"

namespace kani::cli {
namespace {

constexpr int kMaxThreads = 1024;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// How the user says which one is meant.
std::string_view Advice(model::ModelPart part) {
  switch (part) {
    case model::ModelPart::kLanguageModel:
      return "; --model takes a name, a folder or a file inside one";
    case model::ModelPart::kCodec:
      return "; name one with --codec";
    case model::ModelPart::kSpeakerEncoder:
      return "; name one with --speaker-encoder";
  }
  return "";
}

}  // namespace

void AddModelOption(CLI::App& app, ModelOptions& options) {
  app.add_option("--model", options.model, "Model: a name, a folder, or a file inside one")
      ->capture_default_str();
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

std::vector<std::filesystem::path> ModelSearchPath() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  std::vector<std::filesystem::path> folders;
  folders.push_back(program.parent_path().parent_path() / "share" / "kani" / "models");
  for (auto folder = program.parent_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    folders.push_back(folder / "models");
  }
  std::erase_if(folders, [](const auto& folder) {
    std::error_code ignored;
    return !std::filesystem::is_directory(folder, ignored);
  });
  return folders;
}

model::ModelPaths FindModel(const ModelOptions& options) {
  try {
    return model::FindModel({.model = options.model,
                             .codec = options.codec,
                             .speaker_encoder = options.speaker_encoder,
                             .search_path = ModelSearchPath()});
  } catch (const model::ModelPartError& error) {
    Fail(error.code(), error.what(), Advice(error.part()));
  }
}

std::filesystem::path FindCodec(const ModelOptions& options) {
  return options.codec.empty() ? FindModel(options).codec : std::filesystem::path(options.codec);
}

std::filesystem::path FindSpeakerEncoder(const ModelOptions& options) {
  if (!options.speaker_encoder.empty()) return options.speaker_encoder;
  const model::ModelPaths paths = FindModel(options);
  if (!paths.speaker_encoder) {
    Fail(ErrorCode::kNotFound, "model ", Quoted(options.model),
         " has no speaker encoder beside it, which a recording needs: give one by "
         "--speaker-encoder DIR");
  }
  return *paths.speaker_encoder;
}

std::unique_ptr<kernels::Ops> MakeOps(const ModelOptions& options) {
  return kernels::MakeOps(options.device, options.threads);
}

std::filesystem::path UserVoiceFolder() {
  const std::string data = Environment("XDG_DATA_HOME");
  if (data.starts_with('/')) return std::filesystem::path(data) / "kani" / "voices";
  const std::string home = Environment("HOME");
  if (!home.empty()) {
    return std::filesystem::path(home) / ".local" / "share" / "kani" / "voices";
  }
  Fail(ErrorCode::kNotFound, "no folder for your voices: neither HOME nor XDG_DATA_HOME is set");
}

}  // namespace kani::cli
