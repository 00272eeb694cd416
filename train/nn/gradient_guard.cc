#include "train/nn/gradient_guard.h"

#include <cmath>

#include "train/optim/adamw.h"

namespace kani::train {

namespace {

constexpr float kNormMemory = 0.98f;  // of usual_norm: about the last 50 updates

}  // namespace

void GradientGuard::Check(const at::Tensor& gradients, UpdateReport& report) const {
  report.gradient_norm = ClipNorm(gradients, max_norm_);
  report.outcome = Judge(report);
}

UpdateOutcome GradientGuard::Judge(const UpdateReport& report) const {
  if (!std::isfinite(report.loss) || !std::isfinite(report.gradient_norm)) {
    return UpdateOutcome::kNotFinite;
  }
  const bool is_spike =
      spike_ratio_ > 0 && usual_norm > 0 && report.gradient_norm > spike_ratio_ * usual_norm;
  return is_spike ? UpdateOutcome::kSpike : UpdateOutcome::kApplied;
}

void GradientGuard::Remember(double gradient_norm) {
  const auto norm = static_cast<float>(gradient_norm);
  usual_norm = usual_norm == 0 ? norm : kNormMemory * usual_norm + (1 - kNormMemory) * norm;
}

}  // namespace kani::train
