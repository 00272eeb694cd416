// What a codec's training begins with: drawn weights that were calibrated, or a codec that is
// there.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "formats/safetensors.h"
#include "train/codec/codec_network.h"
#include "train/codec/discriminators.h"

namespace kani::train {

/// Weights as PyTorch draws them, biases of zero, alphas of one.
void Initialise(CodecNetwork& network, uint64_t seed);

/// Scales the magnitudes of drawn weights so that a batch of speech passes through with unit
/// deviation, falls into many cells of the quantiser and comes out as loud as speech. PyTorch's own
/// start lets it fade a thousandfold on its way through the encoder: every frame falls into one
/// cell, and training never leaves it.
/// @param samples [B, S], not silent; the gradient of nothing is kept
void Calibrate(CodecNetwork& network, const at::Tensor& samples);

/// Encoder and decoder of a checkpoint, in either spelling of their normalised weights; what else
/// it holds is left. Throws kInvalidFile for a missing or misshapen tensor.
void LoadCodec(const formats::TensorStore& store, CodecNetwork& network);
/// The same of the discriminators that a checkpoint of NeMo's own training holds.
void LoadDiscriminators(const formats::TensorStore& store, Discriminators& discriminators);

}  // namespace kani::train
