#include "train/observe/throughput.h"

#include <cmath>

#include "base/error.h"
#include "train/observe/number_text.h"

namespace kani::train {

using model::LayerType;

double ModelFlops(const model::LmConfig& config, std::span<const int64_t> clip_tokens) {
  const auto D = static_cast<double>(config.hidden_size);
  const auto V = static_cast<double>(config.vocab_size);
  const auto F = static_cast<double>(config.feed_forward_size);
  const auto query = static_cast<double>(config.num_attention_heads * config.head_dim);
  const auto key = static_cast<double>(config.num_key_value_heads * config.head_dim);
  double weights = V * D, attention_layers = 0;
  for (const LayerType type : config.layer_types) {
    const bool attends = type == LayerType::kAttention;
    weights += attends ? D * (2 * query + 2 * key) : 4 * D * D;
    weights += 3 * D * F;
    attention_layers += attends;
  }
  double tokens = 0, rows = 0;
  for (const int64_t count : clip_tokens) {
    const auto T = static_cast<double>(count);
    tokens += T;
    rows += T * (T + 1) / 2;
  }
  return 6 * tokens * weights + 12 * attention_layers * query * rows;
}

void Throughput::Add(const UpdateWork& work, double begin_s, double end_s) {
  constexpr double kKept = 1 - 1.0 / 50;
  const auto add = [](double& sum, double amount) { sum = sum * kKept + amount; };
  add(average_.updates, 1);
  add(average_.seconds, end_s - begin_s);
  add(average_.tokens, static_cast<double>(work.tokens));
  add(average_.speech_s, work.speech_s);
  add(average_.flops, work.flops);
  ++updates_;
  if (last_end_s_) pauses_s_ += begin_s - *last_end_s_;
  last_end_s_ = end_s;
}

std::optional<double> Throughput::mfu() const {
  if (peak_flops_per_s_ <= 0) return std::nullopt;
  return PerSecond(average_.flops) / peak_flops_per_s_;
}

double Throughput::SecondsLeft(int64_t updates) const {
  if (updates_ == 0) return 0;
  const double each =
      average_.seconds / average_.updates + pauses_s_ / static_cast<double>(updates_);
  return static_cast<double>(updates) * each;
}

std::string Throughput::Text(int64_t updates_left) const {
  const std::optional<double> share = mfu();
  const auto number = [](double value) { return NumberText(value, value, /*digits=*/4); };
  return StrCat(number(tokens_per_s()), " tokens/s  ", number(speech_per_s()), " x real time",
                share ? StrCat("  ", std::lround(100 * *share), " % MFU") : "", "  ",
                DurationText(SecondsLeft(updates_left)), " left");
}

}  // namespace kani::train
