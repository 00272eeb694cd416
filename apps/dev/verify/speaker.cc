// Speaker cases: every stage of the encoder on each recording, from safetensors and pickled
// weights.
#include "apps/dev/verify/parity_case.h"
#include "base/error.h"
#include "speaker/encoder.h"

namespace kani::dev {
namespace {

// The manifest's `truncated` case: this recording ten times over, cut to 30 s.
constexpr char kRepeated[] = "audio_3.3s.safetensors";
constexpr int kRepeats = 10;

}  // namespace

void VerifySpeaker(ParityCase& parity, const VerifySettings& settings) {
  const auto ops = kernels::MakeOps(settings.device, settings.threads);
  int models = 0;
  for (const auto& entry : std::filesystem::directory_iterator(parity.folder())) {
    if (!entry.is_directory()) continue;
    ++models;
    const auto encoder = speaker::Encoder::Load(ops->device(), entry.path());
    for (const std::string& file : parity.Files()) {
      std::vector<float> audio;
      if (file == "truncated.safetensors") {
        const std::vector<float> once = parity.Floats(kRepeated, "audio");
        for (int i = 0; i < kRepeats; ++i) audio.insert(audio.end(), once.begin(), once.end());
        audio.resize(static_cast<size_t>(speaker::kMaxSeconds * speaker::kSampleRateHz));
      } else {
        audio = parity.Floats(file, "audio");
      }
      const Trace trace =
          parity.Tracer(file, [](std::string_view name) { return name.starts_with("conv_"); });
      parity.Compare(file, "embedding", encoder->Embed(*ops, audio, trace));
    }
  }
  if (models == 0) parity.Fail("model", "no speaker encoder in the folder");
}

}  // namespace kani::dev
