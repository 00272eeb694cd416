#include "apps/cli/voice_destination.h"

#include "apps/cli/model_options.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "voices/store.h"

namespace kani::cli {

std::filesystem::path VoiceDestination(const std::string& name_or_file) {
  const std::filesystem::path path(name_or_file);
  if (path.has_parent_path() || path.has_extension()) {
    // .pt is read only.
    if (!voices::IsVoiceExtension(path.extension().string()) || path.extension() == ".pt") {
      Fail(ErrorCode::kUnsupported, Quoted(name_or_file),
           ": expected a file ending in .safetensors, .json or .npy");
    }
    CheckOutputPath(path);
    return path;
  }
  if (!voices::IsNewName(name_or_file)) {
    Fail(ErrorCode::kInvalidArgument, Quoted(name_or_file),
         ": expected a name of at most 64 letters, digits, '-' and '_', or a file");
  }
  return voices::NewVoiceFile(UserVoiceFolder(), name_or_file);
}

}  // namespace kani::cli
