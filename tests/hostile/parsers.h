// The table of parsers of foreign bytes and the files they are given: one row per parser. A new
// format adds its row here.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/codes_file.h"
#include "apps/jail/answer.h"
#include "apps/models/known_models.h"
#include "audio/mp4_length.h"
#include "audio/wav.h"
#include "base/error.h"
#include "formats/json.h"
#include "formats/pickle.h"
#include "formats/safetensors.h"
#include "formats/torch_checkpoint.h"
#include "hub/cache.h"
#include "hub/listing.h"
#include "model/codec_config.h"
#include "model/generation_config.h"
#include "model/lm_config.h"
#include "model/nemo.h"
#include "model/speaker_config.h"
#include "model/tokenizer_file.h"
#include "tests/hostile/hostile_bytes.h"
#include "tests/hostile/server_parsers.h"
#include "text/script.h"
#include "train/config/official_config.h"
#include "train/data/clip_lengths.h"
#include "train/data/import_report.h"
#include "train/data/manifest.h"
#include "train/data/shard.h"
#include "train/import/codes_jsonl.h"
#include "train/import/import.h"
#include "train/observe/metrics_file.h"
#include "voices/voice.h"

namespace kani {

struct HostileRow {
  const char* name;
  void (*parse)(std::span<const std::byte>);
  /// Files of the repository; a * stands for folders too.
  std::vector<std::string> patterns;
  /// Share of single changed bytes that must be noticed in each of the files: nearly all where
  /// there are checksums, most where there is a grammar, few where most bytes are numbers, any of
  /// which is as good as another.
  double min_noticed = 0.5;
};

/// Those of Parquet and Arrow, none without their library.
std::vector<HostileRow> SoundTableRows();

inline const std::vector<HostileRow>& HostileRows() {
  using Bytes = std::span<const std::byte>;
  static const std::vector<std::string> kTags = {"en", "es"};
  static const std::vector<HostileRow> rows = {
      {"JailAnswer",
       [](Bytes bytes) {
         jail::AnswerReader reader("hostile", 1 << 20);
         reader.Add(bytes.subspan(std::min<size_t>(bytes.size(), 1)));
         if (!reader.complete()) Fail(ErrorCode::kInvalidFile, "ends early");
         reader.Take();
       },
       {"fuzz/seeds/jail_answer/cut.bin", "fuzz/seeds/jail_answer/sound.bin"},
       0.1},
      {"KnownModels",
       [](Bytes bytes) { models::ParseKnownModels(AsText(bytes), "hostile", "/home/me"); },
       {"models/known.json", "fuzz/seeds/known_models/*"}},
      {"LmConfig",
       [](Bytes bytes) { model::ParseLmConfig(AsText(bytes), "hostile"); },
       {"tests/golden/lm/*/config.json", "tests/golden/end_to_end/model/config.json"}},
      {"GenerationConfig",
       [](Bytes bytes) { model::ParseGenerationConfig(AsText(bytes), "hostile"); },
       {"tests/golden/*/generation_config.json", "fuzz/seeds/generation_config/*"}},
      {"SpeakerConfig",
       [](Bytes bytes) { model::ParseSpeakerConfig(AsText(bytes), "hostile"); },
       {"tests/golden/speaker/*/config.json"}},
      {"CodecConfig",
       [](Bytes bytes) { model::ParseCodecConfig(AsText(bytes), "hostile"); },
       {"fuzz/seeds/codec_config/*"}},
      {"Json",
       [](Bytes bytes) { formats::ParseJson(AsText(bytes), "hostile"); },
       {"tests/golden/*/manifest.json", "tests/golden/*/items.json", "tests/golden/*/strings.json",
        "tests/golden/*/tokenizer_config.json", "tests/golden/*/expected.json"}},
      {"Safetensors",
       [](Bytes bytes) { TouchTensors(*formats::ParseSafetensors(bytes, "hostile")); },
       {"tests/golden/*.safetensors"},
       0.01},
      {"SafetensorsIndex",
       [](Bytes bytes) { formats::ParseSafetensorsIndex(AsText(bytes), "hostile"); },
       {"fuzz/seeds/safetensors_index/*"}},
      {"TorchCheckpoint",
       [](Bytes bytes) { TouchTensors(*formats::ParseTorchCheckpoint(bytes, "hostile")); },
       {"tests/golden/*.pt", "tests/golden/*.bin"},
       0.2},
      {"Nemo",
       [](Bytes bytes) { TouchTensors(*model::ParseNemo(bytes, "hostile").weights); },
       {"tests/golden/*.nemo", "fuzz/seeds/nemo/*"},
       0.15},
      {"Pickle",
       [](Bytes bytes) { formats::ParsePickle(bytes, "hostile"); },
       {"fuzz/seeds/pickle/*"},
       0.4},
      {"TokenizerFile",
       [](Bytes bytes) { model::ParseTokenizerFile(AsText(bytes), "hostile"); },
       {"tests/golden/*/tokenizer.json", "fuzz/seeds/tokenizer_file/*"}},
      {"VoiceJson",
       [](Bytes bytes) { voices::ParseVoice(bytes, ".json", "name", 0, "hostile"); },
       {"fuzz/seeds/voice/*.json"}},
      {"VoiceNpy",
       [](Bytes bytes) { voices::ParseVoice(bytes, ".npy", "name", 0, "hostile"); },
       {"fuzz/seeds/voice/*.npy"}},
      {"VoiceSafetensors",
       [](Bytes bytes) { voices::ParseVoice(bytes, ".safetensors", "name", 0, "hostile"); },
       {"fuzz/seeds/voice/*.safetensors"}},
      {"VoicePt",
       [](Bytes bytes) { voices::ParseVoice(bytes, ".pt", "name", 0, "hostile"); },
       {"tests/golden/*.pt"},
       0.2},
      {"VoiceCollection",
       [](Bytes bytes) { voices::ParseVoiceCollection(AsText(bytes), 0, "hostile"); },
       {"fuzz/seeds/voice_collection/*"}},
      {"CodesJson",
       [](Bytes bytes) { cli::ParseCodes(bytes, ".json", 2, "hostile"); },
       {"fuzz/seeds/codes_file/*.json"}},
      {"CodesSafetensors",
       [](Bytes bytes) { cli::ParseCodes(bytes, ".safetensors", 2, "hostile"); },
       {"fuzz/seeds/codes_file/*.safetensors"}},
      {"CorpusManifest",
       [](Bytes bytes) { train::ParseManifest(AsText(bytes), "hostile"); },
       {"fuzz/seeds/corpus_manifest/*"}},
      {"Shard",
       [](Bytes bytes) {
         const train::Shard shard(bytes, "hostile", train::Checksums::kSkip);
         for (int64_t i = 0; i < shard.size(); ++i) shard.Get(i);
       },
       {"fuzz/seeds/shard/*"}},
      {"VerifiedShard",
       [](Bytes bytes) { train::Shard(bytes, "hostile", train::Checksums::kVerify); },
       {"fuzz/seeds/shard/*"},
       0.999},
      {"ClipLengths",
       [](Bytes bytes) {
         train::ParseClipLengths(bytes, "version 1, corpus 1c291ca3 of 12 clips", 12, "hostile");
       },
       {"fuzz/seeds/clip_lengths/*"},
       0.9},
      {"MetadataCsv",
       [](Bytes bytes) { train::ParseMetadataCsv(AsText(bytes), "folder", "hostile", {}); },
       {"fuzz/seeds/metadata_csv/*"},
       0.3},
      {"RecordingsJsonl",
       [](Bytes bytes) { train::ParseJsonl(AsText(bytes), "folder", "hostile", {}); },
       {"fuzz/seeds/recordings_jsonl/*"}},
      {"CodesJsonl",
       [](Bytes bytes) {
         train::ForEachCodesRow(AsText(bytes), "hostile", {}, [](const train::Utterance&) {});
       },
       {"fuzz/seeds/codes_jsonl/*"}},
      {"ImportReport",
       [](Bytes bytes) { train::ParseReport(AsText(bytes), "hostile"); },
       {"fuzz/seeds/import_report/*"}},
      {"HubRepoInfo",
       [](Bytes bytes) { hub::ParseRepoInfo(AsText(bytes), "hostile"); },
       {"fuzz/seeds/hub_api/revision.json"}},
      {"HubTree",
       [](Bytes bytes) {
         std::vector<hub::RemoteFile> files;
         hub::AppendTreePage(AsText(bytes), "hostile", &files);
       },
       {"fuzz/seeds/hub_api/tree.json"}},
      {"HubRef",
       [](Bytes bytes) {
         if (!hub::ParseRef(AsText(bytes))) Fail(ErrorCode::kInvalidFile, "no commit");
       },
       {"fuzz/seeds/hub_text/ref"}},
      {"SpeechRequest", &ParseSpeechRequestBytes, {"fuzz/seeds/speech_request/*"}, 0.3},
      {"SocketCommand", &ParseSocketCommandBytes, {"fuzz/seeds/socket_command/*"}, 0.3},
      {"UploadForm", &ParseUploadFormBytes, {"fuzz/seeds/upload_form/*"}, 0.2},
      {"WyomingEvent", &ParseWyomingBytes, {"fuzz/seeds/wyoming_event/*"}, 0.3},
      {"DatasetConfig",
       [](Bytes bytes) { train::ParseDatasetConfig(AsText(bytes), "hostile"); },
       {"fuzz/seeds/dataset_config/*"}},
      {"ModelConfig",
       [](Bytes bytes) { train::ParseModelConfig(AsText(bytes), "hostile"); },
       {"fuzz/seeds/model_config/*"}},
      {"TrainingConfig",
       [](Bytes bytes) { train::ParseTrainingConfig(AsText(bytes), "hostile"); },
       {"fuzz/seeds/training_config/*"}},
      {"Metrics",
       [](Bytes bytes) { train::ParseMetrics(AsText(bytes), "hostile"); },
       {"fuzz/seeds/metrics/*"}},
      {"Markdown",
       [](Bytes bytes) { text::MakeScript(AsText(bytes), kTags, {}); },
       {"fuzz/seeds/markdown/*"},
       0},
      {"Ssml",
       [](Bytes bytes) { text::MakeScript(AsText(bytes), kTags, {.markup = text::Markup::kSsml}); },
       {"fuzz/seeds/ssml/*"},
       0.3},
      {"Mp4Length",
       [](Bytes bytes) {
         if (!audio::ReadMp4Length(bytes)) Fail(ErrorCode::kInvalidFile, "no length");
       },
       {"fuzz/seeds/mp4_length/*"},
       0.1},
      {"Wav", [](Bytes bytes) { audio::ParseWav(bytes, "hostile"); }, {"fuzz/seeds/wav/*"}, 0.1},
  };
  return rows;
}

}  // namespace kani
