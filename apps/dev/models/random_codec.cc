// Weights of the encoder and decoder under NeMo's names, weight-normalised in the old key style.
#include <string>

#include "apps/dev/models/random_parts.h"
#include "apps/dev/models/random_tensors.h"
#include "model/codec_tensors.h"
#include "model/nemo.h"

namespace kani::dev {

void WriteRandomCodec(const std::filesystem::path& path) {
  const std::string config = R"(sample_rate: 22050
samples_per_frame: 1764
audio_encoder:
  _target_: nemo.collections.tts.modules.audio_codec_modules.HiFiGANEncoder
  down_sample_rates: [2, 3, 6, 7, 7]
  encoded_dim: 16
  base_channels: 24
  activation: lrelu
  pad_mode: replicate
audio_decoder:
  _target_: nemo.collections.tts.modules.audio_codec_modules.CausalHiFiGANDecoder
  up_sample_rates: [7, 7, 6, 3, 2]
  input_dim: 16
  base_channels: 864
  activation: half_snake
  output_activation: clamp
  pad_mode: zeros
  n_groups_equal_to_out_channels: true
vector_quantizer:
  _target_: nemo.collections.tts.modules.audio_codec_modules.GroupFiniteScalarQuantizer
  num_groups: 4
  num_levels_per_group: [9, 8, 8, 7]
)";
  const model::CodecTensors tensors(model::ParseCodecConfig(config, "model_config.yaml"));
  model::WriteNemo(path, config, RandomTensors(tensors.All(), DType::kF32));
}

}  // namespace kani::dev
