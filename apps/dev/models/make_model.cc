#include "apps/dev/models/make_model.h"

#include "apps/dev/models/random_parts.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"

namespace kani::dev {

void MakeModel(const std::string& name, const std::filesystem::path& folder) {
  if (name != kMakeableModels) {
    Fail(ErrorCode::kInvalidArgument, "model ", Quoted(name), ": expected ", kMakeableModels);
  }
  std::filesystem::create_directories(folder);
  if (!std::filesystem::is_empty(folder)) {
    Fail(ErrorCode::kInvalidArgument, Quoted(folder.string()), ": expected an empty folder");
  }
  const terminal::OutputInProgress writing;
  WriteRandomLanguageModel(folder);
  terminal::ThrowIfInterrupted();
  WriteRandomTokenizer(folder);
  terminal::ThrowIfInterrupted();
  WriteRandomCodec(folder / "codec.nemo");
  terminal::ThrowIfInterrupted();
  WriteRandomSpeakerEncoder(folder / "speaker");
}

}  // namespace kani::dev
