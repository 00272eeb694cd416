#include "train/codec/layers.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "train/codec/elementwise.h"

namespace kani::train {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr int64_t kElementsAtOnce = int64_t{1} << 15;  // of one task: a feature map's few rows

/// Pieces of [B, L] rows, the same for any number of threads, so that sums are.
struct Pieces {
  Pieces(int64_t batch, int64_t length, int64_t channels)
      : length(length),
        rows(std::max<int64_t>(1, kElementsAtOnce / channels)),
        per_item((length + rows - 1) / rows),
        count(batch * per_item) {}

  /// work(piece, item, first row, rows)
  template <typename Work>
  void ForEach(const Work& work) const {
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t first = i % per_item * rows;
        work(i, i / per_item, first, std::min(rows, length - first));
      }
    });
  }

  int64_t length, rows, per_item, count;
};

template <typename T>
struct Map {
  explicit Map(const at::Tensor& t)
      : data(static_cast<T*>(t.data_ptr())), length(t.size(1)), channels(t.size(2)) {}
  T* Row(int64_t item, int64_t row) const { return data + (item * length + row) * channels; }

  T* data;
  int64_t length, channels;
};

/// work(T()) with the type of the tensor's elements.
template <typename Work>
void WithType(const at::Tensor& tensor, const Work& work) {
  if (tensor.scalar_type() == at::kBFloat16) {
    work(Bf16());
  } else {
    TORCH_CHECK(tensor.scalar_type() == at::kFloat, "feature maps are fp32 or bf16");
    work(0.0f);
  }
}

at::Tensor EmptyMap(const at::Tensor& like, int64_t length, int64_t channels) {
  return at::empty({like.size(0), length, channels}, like.options());
}

HalfSnakeTables Tables(const at::Tensor& alpha, int64_t channels) {
  const at::Tensor values = alpha.detach().contiguous();
  return {values.data_ptr<float>(), channels};
}

struct HalfSnakeFunction : torch::autograd::Function<HalfSnakeFunction> {
  static Variable forward(AutogradContext* context, const Variable& input, const Variable& alpha,
                          int64_t left) {
    const at::Tensor x = input.contiguous();
    const HalfSnakeTables tables = Tables(alpha, x.size(2));
    const at::Tensor y = EmptyMap(x, left + x.size(1), x.size(2));
    y.narrow(1, 0, left).zero_();
    WithType(x, [&]<typename T>(T) {
      const Map<T> from(x), to(y);
      Pieces(x.size(0), x.size(1), x.size(2))
          .ForEach([&](int64_t, int64_t item, int64_t row, int64_t rows) {
            HalfSnakeForward<T>(tables, from.Row(item, row), to.Row(item, left + row),
                                rows * from.channels);
          });
    });
    context->save_for_backward({x, alpha});
    context->saved_data["left"] = left;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list outer) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &alpha = saved[1];
    const at::Tensor dy = outer[0].contiguous();
    const int64_t left = context->saved_data["left"].toInt();
    const HalfSnakeTables tables = Tables(alpha, x.size(2));
    const Pieces pieces(x.size(0), x.size(1), x.size(2));
    const at::Tensor dx = at::empty_like(x);
    const at::Tensor sums = at::zeros({pieces.count, tables.tile}, alpha.options());
    WithType(x, [&]<typename T>(T) {
      const Map<T> from(x), in(dy), out(dx);
      pieces.ForEach([&](int64_t piece, int64_t item, int64_t row, int64_t rows) {
        HalfSnakeBackward<T>(tables, from.Row(item, row), in.Row(item, left + row),
                             out.Row(item, row), sums.data_ptr<float>() + piece * tables.tile,
                             rows * from.channels);
      });
    });
    const at::Tensor dalpha =
        sums.view({-1, x.size(2)}).sum(0).narrow(0, 0, alpha.numel()).view(alpha.sizes());
    return {dx, dalpha, Variable()};
  }
};

struct LeakyReluFunction : torch::autograd::Function<LeakyReluFunction> {
  static Variable forward(AutogradContext* context, const Variable& input, int64_t left,
                          int64_t right) {
    const at::Tensor x = input.contiguous();
    const int64_t length = x.size(1);
    const at::Tensor y = EmptyMap(x, left + length + right, x.size(2));
    WithType(x, [&]<typename T>(T) {
      const Map<T> from(x), to(y);
      Pieces(x.size(0), length, x.size(2))
          .ForEach([&](int64_t, int64_t item, int64_t row, int64_t rows) {
            LeakyReluForward<T>(from.Row(item, row), to.Row(item, left + row),
                                rows * from.channels);
          });
      for (int64_t item = 0; item < x.size(0); ++item) {
        const auto repeat = [&](int64_t from_row, int64_t first, int64_t count) {
          for (int64_t row = first; row < first + count; ++row) {
            std::copy_n(to.Row(item, from_row), to.channels, to.Row(item, row));
          }
        };
        repeat(left, 0, left);
        repeat(left + length - 1, left + length, right);
      }
    });
    context->save_for_backward({x});
    context->saved_data["left"] = left;
    context->saved_data["right"] = right;
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list outer) {
    const at::Tensor x = context->get_saved_variables()[0];
    const at::Tensor dy = outer[0].contiguous();
    const int64_t left = context->saved_data["left"].toInt();
    const int64_t right = context->saved_data["right"].toInt();
    const int64_t length = x.size(1);
    at::Tensor dx = at::empty_like(x);
    WithType(x, [&]<typename T>(T) {
      const Map<T> from(x), in(dy), out(dx);
      Pieces(x.size(0), length, x.size(2))
          .ForEach([&](int64_t, int64_t item, int64_t row, int64_t rows) {
            LeakyReluBackward<T>(from.Row(item, row), in.Row(item, left + row), out.Row(item, row),
                                 rows * from.channels);
          });
      std::vector<T> repeated(static_cast<size_t>(x.size(2)));
      for (int64_t item = 0; item < x.size(0); ++item) {
        const auto add = [&](int64_t to_row, int64_t first, int64_t count) {
          for (int64_t row = first; row < first + count; ++row) {
            LeakyReluBackward<T>(from.Row(item, to_row), in.Row(item, row), repeated.data(),
                                 from.channels);
            AddTo<T>(repeated.data(), out.Row(item, to_row), from.channels);
          }
        };
        add(0, 0, left);
        add(length - 1, left + length, right);
      }
    });
    return {dx, Variable(), Variable()};
  }
};

struct UpsampleFunction : torch::autograd::Function<UpsampleFunction> {
  static UpsampleTables MakeTables(const at::Tensor& weight, const at::Tensor& bias) {
    const at::Tensor w = weight.detach().contiguous(), b = bias.detach().contiguous();
    return {w.data_ptr<float>(), b.data_ptr<float>(), w.size(0), w.size(2) / 2};
  }

  static Variable forward(AutogradContext* context, const Variable& input, const Variable& weight,
                          const Variable& bias) {
    const at::Tensor x = input.contiguous();
    const UpsampleTables tables = MakeTables(weight, bias);
    const at::Tensor y = EmptyMap(x, x.size(1) * tables.rate, tables.half);
    WithType(x, [&]<typename T>(T) {
      const Map<T> from(x), to(y);
      Pieces(x.size(0), x.size(1), x.size(2) * tables.rate)
          .ForEach([&](int64_t, int64_t item, int64_t row, int64_t rows) {
            UpsampleForward<T>(tables, from.Row(item, row),
                               row > 0 ? from.Row(item, row - 1) : nullptr,
                               to.Row(item, row * tables.rate), rows);
          });
    });
    context->save_for_backward({x, weight, bias});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list outer) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &bias = saved[2];
    const at::Tensor dy = outer[0].contiguous();
    const UpsampleTables tables = MakeTables(weight, bias);
    const Pieces pieces(x.size(0), x.size(1), x.size(2) * tables.rate);
    const at::Tensor dx = at::empty_like(x);
    const at::Tensor sums = at::zeros({pieces.count, tables.size()}, weight.options());
    WithType(x, [&]<typename T>(T) {
      const Map<T> from(x), in(dy), out(dx);
      pieces.ForEach([&](int64_t piece, int64_t item, int64_t row, int64_t rows) {
        UpsampleBackward<T>(
            tables, from.Row(item, row), row > 0 ? from.Row(item, row - 1) : nullptr,
            in.Row(item, row * tables.rate), row + rows == from.length, out.Row(item, row),
            sums.data_ptr<float>() + piece * tables.size(), rows);
      });
    });
    const at::Tensor total = sums.sum(0);
    at::Tensor dweight = at::empty(weight.sizes(), weight.options());
    tables.Gradient(total.data_ptr<float>(), dweight.data_ptr<float>());
    return {dx, dweight, total.narrow(0, tables.size() - tables.half, tables.half).clone()};
  }
};

}  // namespace

at::Tensor PaddedHalfSnake(const at::Tensor& x, const at::Tensor& alpha, int64_t left) {
  return x.is_cpu() ? HalfSnakeFunction::apply(x, alpha, left)
                    : plain::PaddedHalfSnake(x, alpha, left);
}

at::Tensor PaddedLeakyRelu(const at::Tensor& x, int64_t left, int64_t right) {
  return x.is_cpu() ? LeakyReluFunction::apply(x, left, right)
                    : plain::PaddedLeakyRelu(x, left, right);
}

at::Tensor GroupedUpsample(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  return x.is_cpu() ? UpsampleFunction::apply(x, weight, bias)
                    : plain::GroupedUpsample(x, weight, bias);
}

at::Tensor Convolve(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                    int64_t stride, int64_t dilation) {
  // A map of one row and the channels last, as it lies in memory.
  const at::Tensor y =
      at::conv2d(x.transpose(1, 2).unsqueeze(2), weight.to(x.scalar_type()).unsqueeze(2),
                 bias.to(x.scalar_type()), {1, stride}, at::IntArrayRef({0, 0}), {1, dilation});
  return y.squeeze(2).transpose(1, 2);
}

namespace plain {

at::Tensor PaddedHalfSnake(const at::Tensor& x, const at::Tensor& alpha, int64_t left) {
  const int64_t half = x.size(2) / 2;
  const at::Tensor a = alpha.view({half}).to(x.scalar_type());
  const at::Tensor snake = x.narrow(2, 0, half);
  const at::Tensor leaky = x.narrow(2, half, x.size(2) - half);
  const at::Tensor y =
      at::cat({snake + (snake * a).sin().square() / (a + 1e-9), at::leaky_relu(leaky)}, 2);
  return at::constant_pad_nd(y, {0, 0, left, 0});
}

at::Tensor PaddedLeakyRelu(const at::Tensor& x, int64_t left, int64_t right) {
  const at::Tensor y = at::leaky_relu(x);
  const int64_t last = y.size(1) - 1;
  return at::cat(
      {y.narrow(1, 0, 1).expand({-1, left, -1}), y, y.narrow(1, last, 1).expand({-1, right, -1})},
      1);
}

at::Tensor GroupedUpsample(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const int64_t rate = weight.size(2) / 2;
  const at::Tensor y = at::conv_transpose1d(
      x.transpose(1, 2), weight.to(x.scalar_type()), bias.to(x.scalar_type()),
      /*stride=*/{rate}, /*padding=*/{0}, /*output_padding=*/{0}, /*groups=*/x.size(2) / 2);
  return y.narrow(2, 0, x.size(1) * rate).transpose(1, 2);
}

}  // namespace plain

}  // namespace kani::train
