// kani_describe KIND FILE [TEXT]: what this program makes of one file, as one line of JSON, or the
// error. For tests/compatibility/run, which compares it with what the file's maker says.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "formats/safetensors.h"
#include "formats/torch_checkpoint.h"
#include "media/media.h"
#include "model/lm_config.h"
#include "model/nemo.h"
#include "model/tokenizer_file.h"
#include "text/tokenizer.h"
#include "train/import/import.h"
#include "train/import/layouts.h"
#include "train/tables/sound_tables.h"
#include "voices/voice.h"

namespace kani {
namespace {

using Json = nlohmann::ordered_json;

Json Audio(const std::string& file) {
  const audio::Sound sound = media::ReadAudio(file);
  double energy = 0, first_half = 0;
  for (size_t i = 0; i < sound.samples.size(); ++i) {
    const double squared = double{sound.samples[i]} * sound.samples[i];
    energy += squared;
    if (i < sound.samples.size() / 2) first_half += squared;
  }
  return {{"samples", sound.samples.size()},
          {"rate", sound.sample_rate_hz},
          {"energy", energy},
          {"first_half", first_half},
          {"cut_short", sound.cut_short}};
}

Json Tensors(const formats::TensorStore& store) {
  Json out = Json::object();
  for (const auto& [name, view] : store.tensors()) {
    out[name] = {{"shape", view.shape}, {"values", view.Floats()}};
  }
  return out;
}

Json Ids(const std::string& file, const std::string& text) {
  const text::Tokenizer tokenizer(model::LoadTokenizerFile(file));
  return tokenizer.Encode(text, text::AddedTokens::kTrusted);
}

/// @param with_sound how many samples each has
Json Recordings(const train::RecordingList& list, bool with_sound) {
  train::EmbeddedSound sound({});
  Json out = Json::array();
  for (const train::ListedRecording& one : list) {
    Json row = {{"file", one.path.filename().string()},
                {"text", one.text},
                {"speaker", one.speaker},
                {"language", one.language}};
    if (with_sound) {
      row["samples"] =
          (one.table_row < 0 ? media::ReadAudio(one.path)
                             : media::ReadAudio(sound.Read(one.path, one.table_row), "row"))
              .samples.size();
    }
    out.push_back(std::move(row));
  }
  return out;
}

Json ListOrTable(const std::string& file, const std::string& split) {
  return train::IsSoundTable(file) ? Recordings(train::ImportSoundTables(file, {}, split), true)
                                   : Recordings(train::ImportRecordings(file, {}), true);
}

Json Describe(const std::string& kind, const std::string& file, const std::string& text) {
  if (kind == "audio") return Audio(file);
  if (kind == "voice") return voices::LoadVoice(file, 0).embedding;
  if (kind == "safetensors") return Tensors(*formats::OpenSafetensors(file));
  if (kind == "checkpoint") return Tensors(*formats::OpenTorchCheckpoint(file));
  if (kind == "nemo") return Tensors(*model::OpenNemo(file).weights);
  if (kind == "config") return model::LoadLmConfig(file).rope_theta;
  if (kind == "tokenizer") return Ids(file, text);
  if (kind == "recordings") return ListOrTable(file, text);
  if (kind == "layout") return Recordings(train::ImportLayout(text, file, {}), false);
  Fail(ErrorCode::kInvalidArgument, "no kind ", Quoted(kind));
}

/// File names need not be UTF-8.
std::string Text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace
}  // namespace kani

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  try {
    const kani::Json out = kani::Describe(argv[1], argv[2], argc > 3 ? argv[3] : "");
    std::printf("%s\n", kani::Text(out).c_str());
    return 0;
  } catch (const std::exception& error) {
    std::printf("%s\n", kani::Text(kani::Json{{"error", error.what()}}).c_str());
    return 1;
  }
}
