// Sampler case: logits and earlier tokens to probabilities, for each setting of the manifest.
#include "lm/sampler.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "apps/dev/verify/parity_case.h"
#include "base/error.h"
#include "formats/json.h"

namespace kani::dev {
namespace {

constexpr char kFile[] = "sampler.safetensors";
// Rows 0 and 1 hold ties, which top-p breaks by the order of an unstable sort: which of the equal
// tokens stay is not defined, but every probability is.
constexpr int64_t kTiedRows = 2;

lm::SamplingSettings Settings(const nlohmann::json& json, const std::string& source) {
  const formats::JsonReader reader(json, source);
  lm::SamplingSettings settings;
  settings.temperature = reader.Number("temperature");
  settings.top_k = reader.Int("top_k", 0, 1 << 30);
  settings.top_p = reader.Number("top_p");
  settings.min_p = reader.OptionalNumber("min_p").value_or(0.0);
  settings.repetition_penalty = reader.Number("repetition_penalty");
  return settings;
}

/// The same values, the largest where `expected` has its largest, and so on.
std::vector<double> InOrderOf(std::span<const float> expected, std::vector<double> values) {
  std::vector<size_t> order(expected.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return expected[a] > expected[b]; });
  std::sort(values.begin(), values.end(), std::greater<>());
  std::vector<double> placed(values.size());
  for (size_t i = 0; i < order.size(); ++i) placed[order[i]] = values[i];
  return placed;
}

}  // namespace

void VerifySampler(ParityCase& parity) {
  const Shape shape = parity.ShapeOf(kFile, "logits");
  const int64_t rows = shape.at(0), vocab = shape.at(1);
  const std::vector<float> logits = parity.Floats(kFile, "logits");
  const std::vector<int32_t> previous = parity.Ints(kFile, "previous_ids");
  const int64_t history_size = std::ssize(previous) / rows;
  const nlohmann::json& cases = parity.manifest().at("cases");
  for (const auto& [name, entry] : cases.items()) {
    const lm::SamplingSettings settings = Settings(entry.at("settings"), name);
    const std::string tensor = "probabilities." + name;
    const std::vector<float> expected = parity.Floats(kFile, tensor);
    std::vector<float> probabilities;
    std::vector<int32_t> kept;
    for (int64_t row = 0; row < rows; ++row) {
      lm::Sampler sampler(settings);
      for (int64_t i = 0; i < history_size; ++i) {
        sampler.Remember(previous[static_cast<size_t>(row * history_size + i)]);
      }
      const auto row_logits =
          std::span(logits).subspan(static_cast<size_t>(row * vocab), static_cast<size_t>(vocab));
      std::vector<double> found = sampler.Probabilities(row_logits, 0);
      if (row < kTiedRows && settings.top_p < 1.0) {
        found = InOrderOf(std::span(expected).subspan(static_cast<size_t>(row * vocab),
                                                      static_cast<size_t>(vocab)),
                          std::move(found));
      }
      for (double probability : found) {
        probabilities.push_back(static_cast<float>(probability));
        kept.push_back(probability > 0);
      }
    }
    parity.Compare(kFile, tensor, probabilities);
    parity.CompareInts(kFile, "kept." + name, kept);
  }
}

}  // namespace kani::dev
