// The table of parsers of foreign bytes and the goldens they read: one row per parser and kind of
// file. A new format adds its row here.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "audio/wav.h"
#include "hostile/hostile_bytes.h"
#include "model/codec_config.h"
#include "model/generation_config.h"
#include "model/lm_config.h"
#include "model/nemo.h"
#include "model/safetensors.h"
#include "model/speaker_config.h"
#include "model/tokenizer_file.h"
#include "model/torch_checkpoint.h"
#include "model/voice.h"

namespace kani {

struct HostileRow {
  const char* name;
  void (*parse)(std::span<const std::byte>);
  std::vector<std::string> goldens;  ///< glob patterns below tests/golden
  /// The file is cut at every n-th byte of its first 64 KiB, and at every byte of the first 512. 1
  /// wherever a parse is cheap; more where it takes longer than the steps are worth.
  size_t truncation_stride = 1;
  int flips = 2000;  ///< damaged copies per file
};

inline const std::vector<HostileRow>& HostileRows() {
  using Bytes = std::span<const std::byte>;
  static const std::vector<HostileRow> rows = {
      {"LmConfig",
       [](Bytes bytes) { model::ParseLmConfig(AsText(bytes), "hostile"); },
       {"lm/*/config.json", "end_to_end/model/config.json"}},
      {"GenerationConfig",
       [](Bytes bytes) { model::ParseGenerationConfig(AsText(bytes), "hostile"); },
       {"end_to_end/model/generation_config.json"}},
      {"SpeakerConfig",
       [](Bytes bytes) { model::ParseSpeakerConfig(AsText(bytes), "hostile"); },
       {"speaker/three_layers/model/config.json"}},
      {"CodecConfig",
       [](Bytes bytes) { model::ParseCodecConfig(AsText(bytes), "hostile"); },
       {"../../fuzz/seeds/codec_config/*"}},
      {"Safetensors",
       [](Bytes bytes) { TouchTensors(*model::ParseSafetensors(bytes, "hostile")); },
       {"resample/tiny_1.safetensors", "speaker/three_layers/truncated.safetensors",
        "end_to_end/item_0.safetensors"}},
      // A header of some 80 tensors is parsed again for every cut behind it, with the same end.
      {"SafetensorsOfModels",
       [](Bytes bytes) { TouchTensors(*model::ParseSafetensors(bytes, "hostile")); },
       {"lm/untied_plain_rope/model.safetensors", "speaker/three_layers/model/model.safetensors"},
       16},
      {"TorchVoice",
       [](Bytes bytes) { TouchTensors(*model::ParseTorchCheckpoint(bytes, "hostile")); },
       {"end_to_end/*.pt"}},
      {"TorchStateDict",
       [](Bytes bytes) { TouchTensors(*model::ParseTorchCheckpoint(bytes, "hostile")); },
       {"speaker/three_layers/model_bin/pytorch_model.bin"}},
      {"NemoWithVoice",
       [](Bytes bytes) { TouchTensors(*model::ParseNemo(bytes, "hostile").weights); },
       {"../../fuzz/seeds/nemo/*"}},
      // Some 350 zip members and 54 KB of pickle each time.
      {"Nemo",
       [](Bytes bytes) { TouchTensors(*model::ParseNemo(bytes, "hostile").weights); },
       {"codec/eight_codebooks_21fps/old_names.nemo"}},
      // Some 1,700 tokens and merges each time; the small one is cut everywhere.
      {"TokenizerFile",
       [](Bytes bytes) { model::ParseTokenizerFile(AsText(bytes), "hostile"); },
       {"tokenizer/*/tokenizer.json"},
       8},
      {"SmallTokenizerFile",
       [](Bytes bytes) { model::ParseTokenizerFile(AsText(bytes), "hostile"); },
       {"../../fuzz/seeds/tokenizer_file/*"}},
      {"VoiceJson",
       [](Bytes bytes) { model::ParseVoice(bytes, ".json", "name", 0, "hostile"); },
       {"../../fuzz/seeds/voice/*.json"}},
      {"VoiceNpy",
       [](Bytes bytes) { model::ParseVoice(bytes, ".npy", "name", 0, "hostile"); },
       {"../../fuzz/seeds/voice/*.npy"}},
      {"VoiceSafetensors",
       [](Bytes bytes) { model::ParseVoice(bytes, ".safetensors", "name", 0, "hostile"); },
       {"../../fuzz/seeds/voice/*.safetensors"}},
      {"VoicePt",
       [](Bytes bytes) { model::ParseVoice(bytes, ".pt", "name", 0, "hostile"); },
       {"end_to_end/*.pt"}},
      {"VoiceCollection",
       [](Bytes bytes) { model::ParseVoiceCollection(AsText(bytes), 0, "hostile"); },
       {"../../fuzz/seeds/voice_collection/*"}},
      {"Wav", [](Bytes bytes) { audio::ParseWav(bytes, "hostile"); }, {"../../fuzz/seeds/wav/*"}},
  };
  return rows;
}

}  // namespace kani
