#include "train/tasks/codec_run_options.h"

#include "base/error.h"

namespace kani::train {

CodecRunOptions::CodecRunOptions() {
  trainer.adamw.beta1 = 0.8;
  trainer.adamw.beta2 = 0.99;
  trainer.max_gradient_norm = 20;
  trainer.schedule = {.peak = 8e-4, .warmup_steps = 50, .total_steps = 0};
  // NeMo's guard of 1 leaves formants out, which are 20 dB softer.
  trainer.spectral.mel_guard = trainer.spectral.stft_guard = 0.05;
  trainer.spectral.mel_weight = trainer.spectral.stft_weight = 10;
}

void Check(const CodecRunOptions& options) {
  Check(static_cast<const RunOptions&>(options));
  Check(options.trainer);
  Check(options.crops);
  Check(options.distortion);
  CheckAtLeast("steps", static_cast<double>(options.steps), 1);
  CheckAtLeast("learning rate", options.trainer.schedule.peak, 0);
  CheckAtLeast("warm-up", static_cast<double>(options.trainer.schedule.warmup_steps), 0);
  CheckAtLeast("largest gradient norm", options.trainer.max_gradient_norm, 0);
  CheckAtLeast("spike ratio", options.trainer.spike_ratio, 0);
  CheckAtLeast("weight of the mel distance", options.trainer.spectral.mel_weight, 0);
  CheckAtLeast("weight of the STFT distance", options.trainer.spectral.stft_weight, 0);
  CheckAtLeast("weight of the adversarial loss", options.trainer.adversarial_weight, 0);
  CheckAtLeast("weight of the feature loss", options.trainer.feature_weight, 0);
  CheckAtLeast("held-out frames", static_cast<double>(options.held_out_frames), 1);
  if (!(options.trainer.average_decay >= 0 && options.trainer.average_decay < 1)) {
    Fail(ErrorCode::kInvalidArgument, "decay of the average ", options.trainer.average_decay,
         ", expected [0, 1)");
  }
  if (!(options.codebook_dropout >= 0 && options.codebook_dropout <= 1)) {
    Fail(ErrorCode::kInvalidArgument, "share of crops without all codebooks ",
         options.codebook_dropout, ", expected [0, 1]");
  }
}

}  // namespace kani::train
