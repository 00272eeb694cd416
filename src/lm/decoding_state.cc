#include "lm/decoding_state.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "formats/safetensors.h"

namespace kani::lm {
namespace {

constexpr int64_t kKeyBlock = 16;  // rows per block of the key layout in ops.h

}  // namespace

DecodingState::DecodingState(kernels::Ops& ops, const model::LmConfig& config, int64_t capacity)
    : ops_(&ops),
      config_(&config),
      capacity_((std::max<int64_t>(capacity, 1) + kKeyBlock - 1) / kKeyBlock * kKeyBlock) {
  const size_t kv_count =
      static_cast<size_t>(capacity_ * config.num_key_value_heads * config.head_dim);
  for (model::LayerType type : config.layer_types) {
    Layer layer;
    if (type == model::LayerType::kAttention) {
      layer.keys = kernels::Buffer(ops, kv_count);
      layer.values = kernels::Buffer(ops, kv_count);
    } else {
      layer.convolution =
          kernels::Buffer(ops, static_cast<size_t>((config.conv_L_cache - 1) * config.hidden_size));
    }
    layers_.push_back(std::move(layer));
  }
}

float DecodingState::NextPosition() const {
  const int64_t frames = audio_rows_ / config_->tokens.codebooks;
  // In float like upstream, whose positions are one float32 product and sum.
  return static_cast<float>(text_rows_) +
         static_cast<float>(frames) * static_cast<float>(config_->audio_step);
}

void DecodingState::Advance(bool audio) { ++(audio ? audio_rows_ : text_rows_); }

kernels::KvCache DecodingState::kv(int64_t layer) const {
  Layer& at = layers_[static_cast<size_t>(layer)];
  return {at.keys.data(), at.values.data(), capacity_};
}

float* DecodingState::convolution(int64_t layer) const {
  return layers_[static_cast<size_t>(layer)].convolution.data();
}

DecodingState DecodingState::Clone() const {
  DecodingState copy(*ops_, *config_, capacity_);
  copy.text_rows_ = text_rows_;
  copy.audio_rows_ = audio_rows_;
  const int64_t head_size = config_->head_dim;
  for (size_t i = 0; i < layers_.size(); ++i) {
    ops_->Copy(layers_[i].convolution.data(), copy.layers_[i].convolution.data(),
               layers_[i].convolution.count());
    if (layers_[i].keys.empty()) continue;
    // Only the rows in use, head by head: copying the rest would commit its memory.
    const int64_t used = (rows() + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
    for (int64_t g = 0; g < config_->num_key_value_heads; ++g) {
      const int64_t begin = g * capacity_ * head_size;
      const auto count = static_cast<size_t>(used * head_size);
      ops_->Copy(layers_[i].keys.data() + begin, copy.layers_[i].keys.data() + begin, count);
      ops_->Copy(layers_[i].values.data() + begin, copy.layers_[i].values.data() + begin, count);
    }
  }
  return copy;
}

std::vector<float> DecodingState::Keys(int64_t layer) const {
  const int64_t head_size = config_->head_dim;
  const int64_t used = (rows() + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
  std::vector<float> blocks(static_cast<size_t>(used * head_size));
  std::vector<float> out;
  out.reserve(static_cast<size_t>(config_->num_key_value_heads * rows() * head_size));
  for (int64_t g = 0; g < config_->num_key_value_heads; ++g) {
    ops_->Download(kv(layer).keys + g * capacity_ * head_size, blocks);
    for (int64_t row = 0; row < rows(); ++row) {
      for (int64_t e = 0; e < head_size; ++e) {
        out.push_back(blocks[static_cast<size_t>((row / kKeyBlock * head_size + e) * kKeyBlock +
                                                 row % kKeyBlock)]);
      }
    }
  }
  return out;
}

std::vector<float> DecodingState::Values(int64_t layer) const {
  const int64_t head_size = config_->head_dim;
  const auto per_head = static_cast<size_t>(rows() * head_size);
  std::vector<float> out(per_head * static_cast<size_t>(config_->num_key_value_heads));
  for (int64_t g = 0; g < config_->num_key_value_heads; ++g) {
    ops_->Download(kv(layer).values + g * capacity_ * head_size,
                   std::span(out).subspan(static_cast<size_t>(g) * per_head, per_head));
  }
  return out;
}

std::vector<float> DecodingState::Convolution(int64_t layer) const {
  std::vector<float> out(layers_[static_cast<size_t>(layer)].convolution.count());
  ops_->Download(convolution(layer), out);
  return out;
}

void DecodingState::Save(const std::filesystem::path& path) const {
  const int64_t heads = config_->num_key_value_heads, head_size = config_->head_dim;
  std::vector<formats::NamedTensor> tensors{
      formats::IntTensor("rows", {2}, std::vector<int64_t>{text_rows_, audio_rows_})};
  for (int64_t i = 0; i < config_->num_hidden_layers(); ++i) {
    const std::string prefix = StrCat("layer_", i, ".");
    if (layers_[static_cast<size_t>(i)].keys.empty()) {
      tensors.push_back(formats::FloatTensor(prefix + "convolution",
                                             {config_->conv_L_cache - 1, config_->hidden_size},
                                             Convolution(i)));
    } else {
      const Shape shape{heads, rows(), head_size};
      tensors.push_back(formats::FloatTensor(prefix + "keys", shape, Keys(i)));
      tensors.push_back(formats::FloatTensor(prefix + "values", shape, Values(i)));
    }
  }
  formats::WriteSafetensors(path, tensors);
}

DecodingState DecodingState::Load(kernels::Ops& ops, const model::LmConfig& config,
                                  int64_t capacity, const std::filesystem::path& path) {
  const auto store = formats::OpenSafetensors(path);
  const std::vector<int64_t> counts = store->Get("rows", Shape{2}).Ints();
  constexpr int64_t kMaxRows = 1 << 24;
  if (counts[0] < 0 || counts[1] < 0 || counts[0] > kMaxRows || counts[1] > kMaxRows) {
    Fail(ErrorCode::kInvalidFile, store->source(), ": ", counts[0], " and ", counts[1],
         " rows, expected 0 to ", kMaxRows);
  }
  const int64_t rows = counts[0] + counts[1];
  const int64_t heads = config.num_key_value_heads, head_size = config.head_dim;
  DecodingState state(ops, config, std::max(capacity, rows));
  state.text_rows_ = counts[0];
  state.audio_rows_ = counts[1];
  for (int64_t i = 0; i < config.num_hidden_layers(); ++i) {
    const std::string prefix = StrCat("layer_", i, ".");
    if (config.layer_types[static_cast<size_t>(i)] == model::LayerType::kConvolution) {
      const Shape shape{config.conv_L_cache - 1, config.hidden_size};
      ops.Upload(store->Get(prefix + "convolution", shape).Floats(), state.convolution(i));
      continue;
    }
    const Shape shape{heads, rows, head_size};
    const std::vector<float> keys = store->Get(prefix + "keys", shape).Floats();
    const std::vector<float> values = store->Get(prefix + "values", shape).Floats();
    // Stored head by head, the cache takes row by row: one row of all heads at a time.
    std::vector<float> key_row(static_cast<size_t>(heads * head_size)), value_row(key_row.size());
    kernels::Buffer device(ops, 2 * key_row.size());
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t g = 0; g < heads; ++g) {
        const auto from = (g * rows + row) * head_size;
        std::copy_n(keys.begin() + from, head_size, key_row.begin() + g * head_size);
        std::copy_n(values.begin() + from, head_size, value_row.begin() + g * head_size);
      }
      float* values_at = device.data() + key_row.size();
      ops.Upload(key_row, device.data());
      ops.Upload(value_row, values_at);
      ops.StoreKv(state.kv(i), row, device.data(), heads * head_size, values_at, heads * head_size,
                  1, heads, head_size);
    }
  }
  return state;
}

}  // namespace kani::lm
