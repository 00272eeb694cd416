#include "train/lm/base_model.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "train/lm/initialise.h"

namespace kani::train {

namespace {

constexpr double kCovarianceShare = 1e-9;
constexpr uint64_t kRowStream = 1;  // Initialise draws from stream 0

/// The weights that only a model that speaks has.
bool IsOfSpeech(std::string_view name) {
  return name == "model.speaker_emb_projection.weight" || name.ends_with(".alpha_weight");
}

bool IsVocabulary(std::string_view name) {
  return name == "model.embed_tokens.weight" || name == "lm_head.weight";
}

/// [rows, D] drawn around the rows of `old`.
at::Tensor RowsLike(const at::Tensor& old, int64_t rows, const CounterRandom& random) {
  const at::Tensor wide = old.to(at::kDouble);
  const at::Tensor mean = wide.mean(0), centred = wide - mean;
  const at::Tensor covariance = centred.t().mm(centred) / static_cast<double>(old.size(0));
  const auto [values, vectors] = at::linalg_eigh(covariance);
  const at::Tensor root = vectors * (values.clamp_min(0) * kCovarianceShare).sqrt();  // [D, D]
  at::Tensor draws = at::empty({rows, old.size(1)}, at::kDouble);
  for (int64_t i = 0; i < draws.numel(); ++i) {
    draws.data_ptr<double>()[i] = random.Normal(static_cast<uint64_t>(i));
  }
  return (mean + draws.mm(root.t())).to(at::kFloat);
}

}  // namespace

void LoadBase(LanguageModel& model, const formats::TensorStore& base, uint64_t seed) {
  Parameters& parameters = model.parameters();
  base.RejectUnknown([&](std::string_view name) { return parameters.Has(name); });
  Initialise(model, seed);
  const at::NoGradGuard no_gradient;
  for (const TensorSpec& spec : parameters.specs()) {
    if (IsOfSpeech(spec.name)) continue;
    std::vector<int64_t> expected(spec.shape.begin(), spec.shape.end());
    if (IsVocabulary(spec.name)) expected[0] = -1;
    const TensorView& stored = base.Get(spec.name, expected);
    at::Tensor loaded = at::empty(stored.shape, at::kFloat);
    stored.ReadFloats(0, {loaded.data_ptr<float>(), static_cast<size_t>(stored.size())});
    if (IsVocabulary(spec.name) && stored.shape[0] < spec.shape[0]) {
      const int64_t rows = spec.shape[0] - stored.shape[0];
      loaded = at::cat({loaded, RowsLike(loaded, rows, CounterRandom(seed, kRowStream))});
    }
    if (loaded.size(0) != parameters.Get(spec.name).size(0)) {
      Fail(ErrorCode::kInvalidFile, Quoted(base.source()), ": tensor ", Quoted(spec.name), " has ",
           loaded.size(0), " rows, expected at most ", spec.shape[0]);
    }
    parameters.Get(spec.name).detach().copy_(loaded);
  }
}

}  // namespace kani::train
