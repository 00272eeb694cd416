// WavLM large with statistics pooling, under the names of the published checkpoint.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "apps/dev/models/random_parts.h"
#include "apps/dev/models/random_tensors.h"
#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::cli {

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

  RandomTensors weights(DType::kF32);
  const auto norm = [&](const std::string& name, int64_t size) {
    weights.Add(name + ".weight", {size}, 0.1, 1.0);
    weights.Add(name + ".bias", {size}, 0.05);
  };
  const auto dense = [&](const std::string& name, int64_t out, int64_t in) {
    weights.AddLayer(name + ".weight", {out, in});
    weights.Add(name + ".bias", {out}, 0.02);
  };
  for (size_t i = 0; i < kernels.size(); ++i) {
    const std::string prefix = StrCat("wavlm.feature_extractor.conv_layers.", i, ".");
    weights.AddLayer(prefix + "conv.weight", {kConv, i == 0 ? 1 : kConv, kernels[i]});
    norm(prefix + "layer_norm", kConv);
  }
  norm("wavlm.feature_projection.layer_norm", kConv);
  dense("wavlm.feature_projection.projection", kHiddenSize, kConv);
  const std::string positional = "wavlm.encoder.pos_conv_embed.conv.";
  weights.Add(positional + "bias", {kHiddenSize}, 0.02);
  weights.Add(positional + "weight_g", {1, 1, 128}, 0.0, 2.0);
  weights.Add(positional + "weight_v", {kHiddenSize, kHiddenSize / 16, 128}, 1.0);
  for (int64_t i = 0; i < kWavLmLayers; ++i) {
    const std::string prefix = StrCat("wavlm.encoder.layers.", i, ".");
    for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      dense(prefix + "attention." + part, kHiddenSize, kHiddenSize);
    }
    weights.Add(prefix + "attention.gru_rel_pos_const", {1, kHeads, 1, 1}, 0.2, 1.0);
    dense(prefix + "attention.gru_rel_pos_linear", 8, kHiddenSize / kHeads);
    if (i == 0) weights.Add(prefix + "attention.rel_attn_embed.weight", {320, kHeads}, 0.5);
    norm(prefix + "layer_norm", kHiddenSize);
    dense(prefix + "feed_forward.intermediate_dense", kFfn, kHiddenSize);
    dense(prefix + "feed_forward.output_dense", kHiddenSize, kFfn);
    norm(prefix + "final_layer_norm", kHiddenSize);
  }
  norm("wavlm.encoder.layer_norm", kHiddenSize);
  weights.AddLayer("top_layers.affine1.weight", {kTop, 2 * kHiddenSize, 1});
  weights.Add("top_layers.affine1.bias", {kTop}, 0.02);
  weights.Add("top_layers.batchnorm1.running_mean", {kTop}, 0.1, 0.4);
  weights.Add("top_layers.batchnorm1.running_var", {kTop}, 0.02, 0.3);
  weights.AddLayer("top_layers.affine2.weight", {kSpeakerSize, kTop, 1});
  weights.Add("top_layers.affine2.bias", {kSpeakerSize}, 0.02);
  weights.Add("top_layers.batchnorm2.running_mean", {kSpeakerSize}, 0.1, 0.4);
  weights.Add("top_layers.batchnorm2.running_var", {kSpeakerSize}, 0.02, 0.3);
  formats::WriteSafetensors(folder / "model.safetensors", weights.tensors(), {{"format", "pt"}});
}

}  // namespace kani::cli
