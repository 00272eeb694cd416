// WavLM large with statistics pooling, under the names of the published checkpoint.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "apps/dev/models/random_parts.h"
#include "apps/dev/models/random_tensors.h"
#include "base/atomic_file.h"
#include "model/speaker_tensors.h"

namespace kani::dev {

void WriteRandomSpeakerEncoder(const std::filesystem::path& folder) {
  constexpr int64_t kHiddenSize = 1024, kConv = 512, kFfn = 4096, kHeads = 16, kTop = 512,
                    kWavLmLayers = 24;
  const std::vector<int64_t> kernels{10, 3, 3, 3, 3, 2, 2}, strides{5, 2, 2, 2, 2, 2, 2};
  const nlohmann::ordered_json config = {{"model_type", "wavlm"},
                                         {"hidden_size", kHiddenSize},
                                         {"num_hidden_layers", kWavLmLayers},
                                         {"num_attention_heads", kHeads},
                                         {"intermediate_size", kFfn},
                                         {"conv_dim", std::vector<int64_t>(7, kConv)},
                                         {"conv_kernel", kernels},
                                         {"conv_stride", strides},
                                         {"conv_bias", false},
                                         {"feat_extract_norm", "layer"},
                                         {"feat_extract_activation", "gelu"},
                                         {"hidden_act", "gelu"},
                                         {"do_stable_layer_norm", true},
                                         {"layer_norm_eps", 1e-5},
                                         {"num_conv_pos_embeddings", 128},
                                         {"num_conv_pos_embedding_groups", 16},
                                         {"num_buckets", 320},
                                         {"max_bucket_distance", 800},
                                         {"add_adapter", false},
                                         {"embd_size", kSpeakerSize},
                                         {"top_interm_size", kTop}};
  std::filesystem::create_directories(folder);
  const std::string text = config.dump(1);
  WriteFileAtomically(folder / "config.json", std::as_bytes(std::span(text)));

  const model::SpeakerTensors tensors(model::ParseSpeakerConfig(text, "config.json"));
  formats::WriteSafetensors(folder / "model.safetensors", RandomTensors(tensors.All(), DType::kF32),
                            {{"format", "pt"}});
}

}  // namespace kani::dev
