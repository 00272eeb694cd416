#include "speaker/statistics_head.h"

#include <algorithm>
#include <cmath>

namespace kani::speaker {
namespace {

constexpr double kBatchNormEps = 1e-3;  // upstream's; PyTorch's default is 1e-5

/// Batch norm of evaluation, without weights: y = x * scale + shift.
struct BatchNorm {
  std::vector<double> scale, shift;
};

BatchNorm ReadBatchNorm(weights::WeightReader& reader, const model::BatchNormTensors& tensors) {
  const std::vector<float> mean = reader.Floats(tensors.running_mean);
  const std::vector<float> variance = reader.Floats(tensors.running_var);
  BatchNorm norm;
  for (size_t i = 0; i < mean.size(); ++i) {
    norm.scale.push_back(1 / std::sqrt(static_cast<double>(variance[i]) + kBatchNormEps));
    norm.shift.push_back(-static_cast<double>(mean[i]) * norm.scale.back());
  }
  return norm;
}

}  // namespace

std::vector<float> PoolStatistics(std::span<const float> hidden, int64_t frames) {
  constexpr double kSmallestVariance = 1e-10;
  const auto count = static_cast<double>(frames);
  const size_t width = hidden.size() / static_cast<size_t>(frames);
  std::vector<double> mean(width), variance(width);
  for (size_t i = 0; i < hidden.size(); ++i) mean[i % width] += hidden[i];
  for (double& sum : mean) sum /= count;
  for (size_t i = 0; i < hidden.size(); ++i) {
    const double difference = hidden[i] - mean[i % width];
    variance[i % width] += difference * difference;
  }
  std::vector<float> pooled(2 * width);
  for (size_t c = 0; c < width; ++c) {
    pooled[c] = static_cast<float>(mean[c]);
    pooled[width + c] =
        static_cast<float>(std::sqrt(std::max(variance[c] / (count - 1), kSmallestVariance)));
  }
  return pooled;
}

StatisticsHead::StatisticsHead(weights::WeightReader& reader,
                               const model::SpeakerTensors& tensors) {
  const int64_t middle = tensors.affine1.weight.shape[0], inputs = tensors.affine1.weight.shape[1];
  const int64_t outputs = tensors.affine2.weight.shape[0];
  affine1_ = reader.Pack(reader.Floats(tensors.affine1.weight), middle, inputs);
  bias1_ = reader.Vector(tensors.affine1.bias);

  // The first batch norm follows a ReLU and goes into the matrix after it.
  const BatchNorm norm1 = ReadBatchNorm(reader, tensors.batchnorm1);
  std::vector<float> matrix = reader.Floats(tensors.affine2.weight);
  std::vector<float> bias = reader.Floats(tensors.affine2.bias);
  for (size_t n = 0; n < bias.size(); ++n) {
    double sum = bias[n];
    for (size_t k = 0; k < norm1.scale.size(); ++k) {
      float& weight = matrix[n * norm1.scale.size() + k];
      sum += weight * norm1.shift[k];
      weight = static_cast<float>(weight * norm1.scale[k]);
    }
    bias[n] = static_cast<float>(sum);
  }
  affine2_ = reader.Pack(matrix, outputs, middle);
  bias2_ = reader.Upload(bias);
  BatchNorm norm2 = ReadBatchNorm(reader, tensors.batchnorm2);
  scale2_ = std::move(norm2.scale);
  shift2_ = std::move(norm2.shift);
}

std::vector<float> StatisticsHead::Embed(kernels::Ops& ops, std::span<const float> pooled) const {
  constexpr double kSmallestNorm = 1e-12;
  kernels::Buffer x(ops.device(), pooled);
  kernels::Buffer middle(ops.device(), static_cast<size_t>(affine1_->outputs()));
  kernels::Buffer y(ops.device(), static_cast<size_t>(affine2_->outputs()));
  ops.MatMul(*affine1_, bias1_.data(), x.data(), middle.data(), 1);
  ops.LeakyRelu(middle.data(), 0.0f, middle.data(), affine1_->outputs());
  ops.MatMul(*affine2_, bias2_.data(), middle.data(), y.data(), 1);
  std::vector<float> activated(y.count());
  ops.Download(y.data(), activated);

  std::vector<double> normed(activated.size());
  double squares = 0;
  for (size_t i = 0; i < normed.size(); ++i) {
    normed[i] = std::max(activated[i], 0.0f) * scale2_[i] + shift2_[i];
    squares += normed[i] * normed[i];
  }
  const double length = std::max(std::sqrt(squares), kSmallestNorm);
  std::vector<float> embedding(normed.size());
  std::transform(normed.begin(), normed.end(), embedding.begin(),
                 [&](double value) { return static_cast<float>(value / length); });
  return embedding;
}

}  // namespace kani::speaker
