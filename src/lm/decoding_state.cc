#include "lm/decoding_state.h"

#include <algorithm>

#include "base/error.h"
#include "formats/safetensors.h"
#include "kernels/ops.h"

namespace kani::lm {

kernels::KvShape KvShapeOf(const model::LmConfig& config) {
  const auto attention = std::count(config.layer_types.begin(), config.layer_types.end(),
                                    model::LayerType::kAttention);
  return {attention, config.num_key_value_heads, config.head_dim};
}

DecodingState::DecodingState(kernels::KvPool& pool, const model::LmConfig& config, int64_t capacity)
    : config_(&config), capacity_(std::max<int64_t>(capacity, 1)), cache_(pool) {
  const int64_t floats = (config.conv_L_cache - 1) * config.hidden_size;
  for (int64_t i = 0; i < config.num_hidden_layers(); ++i) {
    kernels::Buffer& convolution = convolutions_.emplace_back();
    if (!IsAttention(i)) convolution = kernels::Buffer(pool.device(), static_cast<size_t>(floats));
  }
}

bool DecodingState::IsAttention(int64_t layer) const {
  return config_->layer_types[static_cast<size_t>(layer)] == model::LayerType::kAttention;
}

int64_t DecodingState::CacheLayer(int64_t layer) const {
  const auto begin = config_->layer_types.begin();
  return std::count(begin, begin + layer, model::LayerType::kAttention);
}

float DecodingState::NextPosition() const {
  const int64_t frames = audio_rows_ / config_->tokens.codebooks;
  // In float like upstream, whose positions are one float32 product and sum.
  return static_cast<float>(text_rows_) +
         static_cast<float>(frames) * static_cast<float>(config_->audio_step);
}

void DecodingState::Reserve(int64_t count) {
  if (rows() + count > capacity_) {
    Fail(ErrorCode::kResourceExhausted, "sequence of ", rows() + count, " rows, room for ",
         capacity_);
  }
  cache_.Reserve(rows() + count);
}

void DecodingState::Advance(bool audio) { ++(audio ? audio_rows_ : text_rows_); }

void DecodingState::ReadCache(int64_t layer, std::vector<float>& keys,
                              std::vector<float>& values) const {
  const auto count = static_cast<size_t>(config_->num_key_value_heads * rows() * config_->head_dim);
  keys.resize(count);
  values.resize(count);
  cache_.pool().device().ReadKv(cache_, CacheLayer(layer), rows(), keys, values);
}

std::vector<float> DecodingState::Keys(int64_t layer) const {
  std::vector<float> keys, values;
  ReadCache(layer, keys, values);
  return keys;
}

std::vector<float> DecodingState::Values(int64_t layer) const {
  std::vector<float> keys, values;
  ReadCache(layer, keys, values);
  return values;
}

std::vector<float> DecodingState::Convolution(int64_t layer) const {
  const kernels::Buffer& convolution = convolutions_[static_cast<size_t>(layer)];
  std::vector<float> out(convolution.count());
  cache_.pool().device().Download(convolution.data(), out);
  return out;
}

void DecodingState::CopyFrom(const DecodingState& other) {
  if (other.rows() > capacity_) {
    Fail(ErrorCode::kResourceExhausted, "a copy of ", other.rows(), " rows, room for ", capacity_);
  }
  cache_.CopyFrom(other.cache_);
  for (int64_t i = 0; i < config_->num_hidden_layers(); ++i) {
    if (!IsAttention(i)) cache_.pool().device().Upload(other.Convolution(i), convolution(i));
  }
  text_rows_ = other.text_rows_;
  audio_rows_ = other.audio_rows_;
}

DecodingState DecodingState::Clone() const {
  DecodingState copy(cache_.pool(), *config_, capacity_);
  copy.CopyFrom(*this);
  return copy;
}

size_t DecodingState::bytes() const {
  size_t bytes = cache_.blocks().size() * cache_.pool().block_bytes();
  for (const kernels::Buffer& convolution : convolutions_) {
    bytes += convolution.count() * sizeof(float);
  }
  return bytes;
}

void DecodingState::Save(const std::filesystem::path& path) const {
  const int64_t heads = config_->num_key_value_heads, head_size = config_->head_dim;
  std::vector<formats::NamedTensor> tensors{
      formats::IntTensor("rows", {2}, std::vector<int64_t>{text_rows_, audio_rows_})};
  for (int64_t i = 0; i < config_->num_hidden_layers(); ++i) {
    const std::string prefix = StrCat("layer_", i, ".");
    if (!IsAttention(i)) {
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

namespace {

/// [G, rows, E] to [rows, G, E].
std::vector<float> RowByRow(std::span<const float> values, int64_t heads, int64_t rows,
                            int64_t head_size) {
  std::vector<float> out(values.size());
  for (int64_t g = 0; g < heads; ++g) {
    for (int64_t row = 0; row < rows; ++row) {
      std::copy_n(values.begin() + (g * rows + row) * head_size, head_size,
                  out.begin() + (row * heads + g) * head_size);
    }
  }
  return out;
}

}  // namespace

DecodingState DecodingState::Load(kernels::Ops& ops, kernels::KvPool& pool,
                                  const model::LmConfig& config, int64_t capacity,
                                  const std::filesystem::path& path) {
  const auto store = formats::OpenSafetensors(path);
  const std::vector<int64_t> counts = store->Get("rows", Shape{2}).Ints();
  constexpr int64_t kMaxRows = 1 << 24;
  if (counts[0] < 0 || counts[1] < 0 || counts[0] > kMaxRows || counts[1] > kMaxRows) {
    Fail(ErrorCode::kInvalidFile, store->source(), ": ", counts[0], " and ", counts[1],
         " rows, expected 0 to ", kMaxRows);
  }
  const auto floats = [&](const std::string& name, const Shape& shape) {
    std::vector<float> values = store->Get(name, shape).Floats();
    store->RequireFinite(name, values);
    return values;
  };
  const int64_t rows = counts[0] + counts[1];
  const int64_t heads = config.num_key_value_heads, head_size = config.head_dim;
  const Shape shape{heads, rows, head_size};
  DecodingState state(pool, config, std::max(capacity, rows));
  for (int64_t i = 0; i < config.num_hidden_layers(); ++i) {
    const std::string prefix = StrCat("layer_", i, ".");
    if (!state.IsAttention(i)) {
      const Shape inputs{config.conv_L_cache - 1, config.hidden_size};
      pool.device().Upload(floats(prefix + "convolution", inputs), state.convolution(i));
      continue;
    }
    const auto keys = RowByRow(floats(prefix + "keys", shape), heads, rows, head_size);
    const auto values = RowByRow(floats(prefix + "values", shape), heads, rows, head_size);
    state.Reserve(rows);
    const kernels::Buffer k(pool.device(), keys), v(pool.device(), values);
    const kernels::KvSegment segment{&state.cache_, 0, rows};
    ops.StoreKv({.segments = std::span(&segment, 1),
                 .layer = state.CacheLayer(i),
                 .k = k.data(),
                 .k_stride = heads * head_size,
                 .v = v.data(),
                 .v_stride = heads * head_size});
  }
  state.text_rows_ = counts[0];
  state.audio_rows_ = counts[1];
  return state;
}

}  // namespace kani::lm
