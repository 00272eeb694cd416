#include "train/codec/elementwise.h"

#include <algorithm>
#include <type_traits>

#include "train/codec/vector_clones.h"

namespace kani::train {

namespace {

constexpr float kSlope = 0.01f;
constexpr int64_t kShortestTile = 256;  // enough for a few vectors

KANI_INLINE float Load(float value) { return value; }
KANI_INLINE float Load(Bf16 value) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(value.bits) << 16);
}
KANI_INLINE void Store(float value, float& to) { to = value; }
KANI_INLINE void Store(float value, Bf16& to) {
  const auto bits = __builtin_bit_cast(uint32_t, value);
  to.bits = static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

/// Into [-pi / 2, pi / 2]: sin^2(t) and sin(2 t) have period pi. For |t| up to 1e5.
KANI_INLINE float Reduce(float t) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23
  const float turns = (t * 0.318309886f + kRound) - kRound;
  return (t - turns * 3.140625f) - turns * 9.67653589793e-4f;
}
// Minimax polynomials on that interval.
KANI_INLINE float Sine(float r) {
  const float q = r * r;
  return r +
         r * q *
             (-0.16666667f +
              q * (8.3333310e-3f + q * (-1.9840874e-4f + q * (2.7525562e-6f - q * 2.3889859e-8f))));
}
KANI_INLINE float Cosine(float r) {
  const float q = r * r;
  return 1.0f + q * (-0.5f + q * (4.1666642e-2f +
                                  q * (-1.3888397e-3f + q * (2.4760495e-5f - q * 2.6051615e-7f))));
}

template <typename T>
KANI_INLINE void Snake(const float* alpha, const float* inverse, const float* slope, const T* x,
                       T* y, int64_t count) {
  KANI_INDEPENDENT
  for (int64_t j = 0; j < count; ++j) {
    const float value = Load(x[j]), s = Sine(Reduce(value * alpha[j]));
    Store((value > 0 ? value : value * slope[j]) + s * s * inverse[j], y[j]);
  }
}

template <typename T>
KANI_INLINE void SnakeGradient(const float* alpha, const float* inverse, const float* slope,
                               const T* x, const T* dy, T* dx, float* dalpha, int64_t count) {
  KANI_INDEPENDENT
  for (int64_t j = 0; j < count; ++j) {
    const float value = Load(x[j]), d = Load(dy[j]), r = Reduce(value * alpha[j]);
    const float s = Sine(r), both = 2.0f * s * Cosine(r);
    const float straight = value > 0 ? 1.0f : slope[j];
    Store(d * (straight + both * alpha[j] * inverse[j]), dx[j]);
    dalpha[j] += d * (value * both - s * s * inverse[j]) * inverse[j];
  }
}

template <typename T>
KANI_INLINE void Relu(const T* x, T* y, int64_t count) {
  KANI_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) {
    const float value = Load(x[i]);
    Store(value > 0 ? value : value * kSlope, y[i]);
  }
}

template <typename T>
KANI_INLINE void ReluGradient(const T* x, const T* dy, T* dx, int64_t count) {
  KANI_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) {
    const float d = Load(dy[i]);
    Store(Load(x[i]) > 0 ? d : d * kSlope, dx[i]);
  }
}

template <typename T>
KANI_INLINE void Sum(const T* x, T* y, int64_t count) {
  KANI_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) Store(Load(x[i]) + Load(y[i]), y[i]);
}

/// Even and odd channels of a row.
template <typename T>
KANI_INLINE void Split(const T* row, float* even, float* odd, int64_t half) {
  KANI_INDEPENDENT
  for (int64_t j = 0; j < half; ++j) {
    even[j] = Load(row[2 * j]);
    odd[j] = Load(row[2 * j + 1]);
  }
}

template <typename T>
KANI_INLINE void Phase(const float* weights, const float* bias, int64_t table, const float* rows,
                       T* y, int64_t half) {
  const float *e = rows, *o = rows + half, *pe = rows + 2 * half, *po = rows + 3 * half;
  KANI_INDEPENDENT
  for (int64_t j = 0; j < half; ++j) {
    Store(bias[j] + e[j] * weights[j] + o[j] * weights[table + j] + pe[j] * weights[2 * table + j] +
              po[j] * weights[3 * table + j],
          y[j]);
  }
}

/// Of one row of dy: gradients of the weights of its phase, of the bias, and of the four rows.
template <typename T>
KANI_INLINE void PhaseGradient(const float* weights, int64_t table, const float* rows, const T* dy,
                               float* drows, float* dweights, float* dbias, int64_t half) {
  KANI_INDEPENDENT
  for (int64_t j = 0; j < half; ++j) {
    const float d = Load(dy[j]);
    dbias[j] += d;
    for (int64_t k = 0; k < 4; ++k) {
      dweights[k * table + j] += d * rows[k * half + j];
      drows[k * half + j] += d * weights[k * table + j];
    }
  }
}

// One clone of each loop for each type.
KANI_CLONES void SnakeF(const float* a, const float* i, const float* s, const float* x, float* y,
                        int64_t n) {
  Snake(a, i, s, x, y, n);
}
KANI_CLONES void SnakeB(const float* a, const float* i, const float* s, const Bf16* x, Bf16* y,
                        int64_t n) {
  Snake(a, i, s, x, y, n);
}
KANI_CLONES void SnakeGradientF(const float* a, const float* i, const float* s, const float* x,
                                const float* dy, float* dx, float* da, int64_t n) {
  SnakeGradient(a, i, s, x, dy, dx, da, n);
}
KANI_CLONES void SnakeGradientB(const float* a, const float* i, const float* s, const Bf16* x,
                                const Bf16* dy, Bf16* dx, float* da, int64_t n) {
  SnakeGradient(a, i, s, x, dy, dx, da, n);
}
KANI_CLONES void ReluF(const float* x, float* y, int64_t n) { Relu(x, y, n); }
KANI_CLONES void ReluB(const Bf16* x, Bf16* y, int64_t n) { Relu(x, y, n); }
KANI_CLONES void ReluGradientF(const float* x, const float* dy, float* dx, int64_t n) {
  ReluGradient(x, dy, dx, n);
}
KANI_CLONES void ReluGradientB(const Bf16* x, const Bf16* dy, Bf16* dx, int64_t n) {
  ReluGradient(x, dy, dx, n);
}
KANI_CLONES void SumF(const float* x, float* y, int64_t n) { Sum(x, y, n); }
KANI_CLONES void SumB(const Bf16* x, Bf16* y, int64_t n) { Sum(x, y, n); }

template <typename T>
KANI_INLINE void Up(const UpsampleTables& tables, const T* x, const T* before, T* y, int64_t rows) {
  const int64_t half = tables.half, rate = tables.rate, table = rate * half;
  const float* weights = tables.values.data();
  const float* bias = weights + 4 * table;
  std::vector<float> split(static_cast<size_t>(4 * half));
  float* now = split.data();
  float* past = now + 2 * half;
  if (before != nullptr) Split(before, past, past + half, half);
  for (int64_t t = 0; t < rows; ++t) {
    Split(x + 2 * t * half, now, now + half, half);
    for (int64_t q = 0; q < rate; ++q) {
      Phase(weights + q * half, bias, table, now, y + (t * rate + q) * half, half);
    }
    std::copy(now, past, past);
  }
}

template <typename T>
KANI_INLINE void UpGradient(const UpsampleTables& tables, const T* x, const T* before, const T* dy,
                            bool is_last, T* dx, float* dtables, int64_t rows) {
  const int64_t half = tables.half, rate = tables.rate, table = rate * half;
  const float* weights = tables.values.data();
  float* dbias = dtables + 4 * table;
  // Rows of x: newest, the one before; then the same of dx.
  std::vector<float> memory(static_cast<size_t>(8 * half) + static_cast<size_t>(5 * table + half));
  float *now = memory.data(), *past = now + 2 * half;
  float *dnow = memory.data() + 4 * half, *dpast = dnow + 2 * half;
  float* unused = memory.data() + 8 * half;  // gradients of weights that another call adds
  if (before != nullptr) Split(before, past, past + half, half);
  for (int64_t t = 0; t <= rows; ++t) {
    const bool is_behind = t == rows;
    if (is_behind) {
      std::fill(now, past, 0.0f);
    } else {
      Split(x + 2 * t * half, now, now + half, half);
    }
    if (!is_behind || !is_last) {
      for (int64_t q = 0; q < rate; ++q) {
        PhaseGradient(weights + q * half, table, now, dy + (t * rate + q) * half, dnow,
                      (is_behind ? unused : dtables) + q * half,
                      is_behind ? unused + 4 * table : dbias, half);
      }
    }
    if (t > 0) {  // the row before has all of its gradient now
      T* row = dx + 2 * (t - 1) * half;
      for (int64_t j = 0; j < half; ++j) {
        Store(dpast[j], row[2 * j]);
        Store(dpast[half + j], row[2 * j + 1]);
      }
    }
    std::copy(now, past, past);
    std::copy(dnow, dpast, dpast);
    std::fill(dnow, dpast, 0.0f);
  }
}

KANI_CLONES void UpF(const UpsampleTables& t, const float* x, const float* b, float* y, int64_t n) {
  Up(t, x, b, y, n);
}
KANI_CLONES void UpB(const UpsampleTables& t, const Bf16* x, const Bf16* b, Bf16* y, int64_t n) {
  Up(t, x, b, y, n);
}
KANI_CLONES void UpGradientF(const UpsampleTables& t, const float* x, const float* b,
                             const float* dy, bool last, float* dx, float* dt, int64_t n) {
  UpGradient(t, x, b, dy, last, dx, dt, n);
}
KANI_CLONES void UpGradientB(const UpsampleTables& t, const Bf16* x, const Bf16* b, const Bf16* dy,
                             bool last, Bf16* dx, float* dt, int64_t n) {
  UpGradient(t, x, b, dy, last, dx, dt, n);
}

}  // namespace

HalfSnakeTables::HalfSnakeTables(const float* alphas, int64_t channels)
    : tile(channels * ((kShortestTile + channels - 1) / channels)) {
  for (int64_t i = 0; i < tile; ++i) {
    const int64_t channel = i % channels;
    const bool is_snake = channel < channels / 2;
    alpha.push_back(is_snake ? alphas[channel] : 0.0f);
    inverse.push_back(is_snake ? 1.0f / (alphas[channel] + 1e-9f) : 0.0f);
    slope.push_back(is_snake ? 1.0f : kSlope);
  }
}

template <typename T>
void HalfSnakeForward(const HalfSnakeTables& tables, const T* x, T* y, int64_t count) {
  for (int64_t i = 0; i < count; i += tables.tile) {
    const int64_t size = std::min(tables.tile, count - i);
    const float *alpha = tables.alpha.data(), *inverse = tables.inverse.data();
    if constexpr (std::is_same_v<T, float>) {
      SnakeF(alpha, inverse, tables.slope.data(), x + i, y + i, size);
    } else {
      SnakeB(alpha, inverse, tables.slope.data(), x + i, y + i, size);
    }
  }
}

template <typename T>
void HalfSnakeBackward(const HalfSnakeTables& tables, const T* x, const T* dy, T* dx, float* dalpha,
                       int64_t count) {
  for (int64_t i = 0; i < count; i += tables.tile) {
    const int64_t size = std::min(tables.tile, count - i);
    const float *alpha = tables.alpha.data(), *inverse = tables.inverse.data();
    if constexpr (std::is_same_v<T, float>) {
      SnakeGradientF(alpha, inverse, tables.slope.data(), x + i, dy + i, dx + i, dalpha, size);
    } else {
      SnakeGradientB(alpha, inverse, tables.slope.data(), x + i, dy + i, dx + i, dalpha, size);
    }
  }
}

template <typename T>
void LeakyReluForward(const T* x, T* y, int64_t count) {
  if constexpr (std::is_same_v<T, float>) {
    ReluF(x, y, count);
  } else {
    ReluB(x, y, count);
  }
}

template <typename T>
void LeakyReluBackward(const T* x, const T* dy, T* dx, int64_t count) {
  if constexpr (std::is_same_v<T, float>) {
    ReluGradientF(x, dy, dx, count);
  } else {
    ReluGradientB(x, dy, dx, count);
  }
}

template <typename T>
void AddTo(const T* x, T* y, int64_t count) {
  if constexpr (std::is_same_v<T, float>) {
    SumF(x, y, count);
  } else {
    SumB(x, y, count);
  }
}

UpsampleTables::UpsampleTables(const float* weight, const float* bias, int64_t channels,
                               int64_t rate)
    : half(channels / 2), rate(rate), values(static_cast<size_t>(size())) {
  for (int64_t q = 0; q < rate; ++q) {
    for (int64_t j = 0; j < half; ++j) {
      for (int64_t k = 0; k < 4; ++k) {  // newest even, newest odd, past even, past odd
        values[static_cast<size_t>((k * rate + q) * half + j)] =
            weight[(2 * j + k % 2) * 2 * rate + k / 2 * rate + q];
      }
    }
  }
  std::copy(bias, bias + half, values.end() - half);
}

void UpsampleTables::Gradient(const float* tables, float* dweight) const {
  for (int64_t q = 0; q < rate; ++q) {
    for (int64_t j = 0; j < half; ++j) {
      for (int64_t k = 0; k < 4; ++k) {
        dweight[(2 * j + k % 2) * 2 * rate + k / 2 * rate + q] = tables[(k * rate + q) * half + j];
      }
    }
  }
}

template <typename T>
void UpsampleForward(const UpsampleTables& tables, const T* x, const T* before, T* y,
                     int64_t rows) {
  if constexpr (std::is_same_v<T, float>) {
    UpF(tables, x, before, y, rows);
  } else {
    UpB(tables, x, before, y, rows);
  }
}

template <typename T>
void UpsampleBackward(const UpsampleTables& tables, const T* x, const T* before, const T* dy,
                      bool is_last, T* dx, float* dtables, int64_t rows) {
  if constexpr (std::is_same_v<T, float>) {
    UpGradientF(tables, x, before, dy, is_last, dx, dtables, rows);
  } else {
    UpGradientB(tables, x, before, dy, is_last, dx, dtables, rows);
  }
}

#define KANI_INSTANTIATE(T)                                                                     \
  template void HalfSnakeForward(const HalfSnakeTables&, const T*, T*, int64_t);                \
  template void HalfSnakeBackward(const HalfSnakeTables&, const T*, const T*, T*, float*,       \
                                  int64_t);                                                     \
  template void LeakyReluForward(const T*, T*, int64_t);                                        \
  template void LeakyReluBackward(const T*, const T*, T*, int64_t);                             \
  template void AddTo(const T*, T*, int64_t);                                                   \
  template void UpsampleForward(const UpsampleTables&, const T*, const T*, T*, int64_t);        \
  template void UpsampleBackward(const UpsampleTables&, const T*, const T*, const T*, bool, T*, \
                                 float*, int64_t);
KANI_INSTANTIATE(float)
KANI_INSTANTIATE(Bf16)
#undef KANI_INSTANTIATE

}  // namespace kani::train
