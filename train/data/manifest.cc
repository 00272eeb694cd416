#include "train/data/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/system_error.h"
#include "formats/json.h"
#include "train/data/checksum.h"
#include "train/data/shard_layout.h"

namespace kani::train {
namespace {

constexpr int64_t kVersion = 1;
// A million voices.
constexpr size_t kMaxManifestBytes = 256u << 20;

nlohmann::ordered_json JsonTallies(const Tallies& tallies) {
  auto out = nlohmann::ordered_json::object();
  for (const auto& [name, tally] : tallies) {
    out[name] = {{"clips", tally.clips}, {"frames", tally.frames}};
  }
  return out;
}

nlohmann::ordered_json JsonManifest(const Manifest& manifest) {
  nlohmann::ordered_json out = {{"kani_corpus", kVersion},
                                {"codec", manifest.format.codec},
                                {"codebooks", manifest.format.codebooks},
                                {"codebook_size", manifest.format.codebook_size},
                                {"frames_per_second", manifest.format.frames_per_second},
                                {"speaker_emb_dim", manifest.format.speaker_emb_dim},
                                {"clips", manifest.total.clips},
                                {"frames", manifest.total.frames},
                                {"languages", JsonTallies(manifest.languages)},
                                {"sources", JsonTallies(manifest.sources)},
                                {"voices", JsonTallies(manifest.voices)}};
  out["shards"] = nlohmann::ordered_json::array();
  for (const ShardEntry& shard : manifest.shards) {
    out["shards"].push_back({{"file", shard.file},
                             {"bytes", shard.bytes},
                             {"clips", shard.clips},
                             {"frames", shard.frames},
                             {"crc32", shard.crc32}});
  }
  return out;
}

Tally ReadTally(const formats::JsonReader& reader) {
  return {reader.Int("clips", 0, INT64_MAX), reader.Int("frames", 0, INT64_MAX)};
}

Tallies ReadTallies(const formats::JsonReader& reader, std::string_view key) {
  Tallies out;
  for (const auto& [name, value] : reader.Object(key).items()) {
    const std::string where = StrCat(reader.source(), ": ", key, " ", Quoted(name));
    out.emplace(name, ReadTally(formats::JsonReader(value, where)));
  }
  return out;
}

ShardEntry ReadShard(const formats::JsonReader& reader) {
  ShardEntry shard;
  shard.file = reader.String("file");
  if (!IsPlainFileName(shard.file)) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": shard ", Quoted(shard.file),
         " is not a plain file name");
  }
  shard.bytes = reader.Int("bytes", 1, INT64_MAX);
  shard.clips = reader.Int("clips", 1, kMaxClips);
  shard.frames = reader.Int("frames", 1, INT64_MAX);
  shard.crc32 = reader.String("crc32");
  return shard;
}

}  // namespace

std::vector<std::filesystem::path> ShardFiles(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::directory_iterator files(folder, error);
  if (error) {
    Fail(CodeOfSystemError(error.value()), Quoted(folder.string()), ": ", error.message());
  }
  std::vector<std::filesystem::path> out;
  for (const std::filesystem::directory_entry& file : files) {
    const std::filesystem::path& path = file.path();
    if (path.extension() == ".safetensors" && !path.filename().string().starts_with('.')) {
      out.push_back(path);
    }
  }
  std::ranges::sort(out);
  return out;
}

ShardEntry DescribeShard(const Shard& shard, std::string file) {
  return {std::move(file), std::ssize(shard.bytes()), shard.size(), shard.frames(),
          Crc32Text(shard.bytes())};
}

void AddShard(const Shard& shard, std::string file, Manifest& manifest) {
  if (manifest.shards.empty()) manifest.format = shard.format();
  if (shard.format() != manifest.format) {
    Fail(ErrorCode::kInvalidFile, Quoted(file), ": codes of ", Quoted(shard.format().codec), " [",
         shard.format().codebooks, " of ", shard.format().codebook_size, "] and embeddings of ",
         shard.format().speaker_emb_dim, ", unlike ", Quoted(manifest.shards[0].file), " with ",
         Quoted(manifest.format.codec), " [", manifest.format.codebooks, " of ",
         manifest.format.codebook_size, "] and ", manifest.format.speaker_emb_dim);
  }
  manifest.shards.push_back(DescribeShard(shard, std::move(file)));
  for (int64_t i = 0; i < shard.size(); ++i) {
    const Utterance clip = shard.Get(i);
    const int64_t frames = clip.frames(shard.format());
    for (Tally* tally : {&manifest.total, &manifest.languages[clip.language],
                         &manifest.sources[clip.source], &manifest.voices[clip.voice]}) {
      tally->clips += 1;
      tally->frames += frames;
    }
  }
}

Manifest WriteManifest(const std::filesystem::path& folder) {
  Manifest manifest;
  for (const std::filesystem::path& path : ShardFiles(folder)) {
    AddShard(Shard(path), path.filename().string(), manifest);
  }
  if (manifest.shards.empty()) {
    Fail(ErrorCode::kNotFound, Quoted(folder.string()), ": no shard (*.safetensors) is there");
  }
  const std::string text = JsonManifest(manifest).dump(1) + "\n";
  WriteFileAtomically(folder / kManifestFile, std::as_bytes(std::span(text)));
  return manifest;
}

Manifest ParseManifest(std::string_view json, const std::string& source) {
  const nlohmann::json parsed = formats::ParseJson(json, source);
  const formats::JsonReader reader(parsed, source);
  (void)reader.Int("kani_corpus", kVersion, kVersion);
  Manifest manifest;
  manifest.format.codec = reader.String("codec");
  manifest.format.codebooks = static_cast<int32_t>(reader.Int("codebooks", 1, kMaxCodebooks));
  manifest.format.codebook_size =
      static_cast<int32_t>(reader.Int("codebook_size", 2, kMaxCodebookSize));
  manifest.format.frames_per_second = reader.Number("frames_per_second");
  manifest.format.speaker_emb_dim =
      static_cast<int32_t>(reader.Int("speaker_emb_dim", 0, kMaxSpeakerEmbDim));
  CheckFormat(manifest.format, ErrorCode::kInvalidFile, source);
  manifest.total = ReadTally(reader);
  manifest.languages = ReadTallies(reader, "languages");
  manifest.sources = ReadTallies(reader, "sources");
  manifest.voices = ReadTallies(reader, "voices");
  for (const nlohmann::json& shard : reader.Array("shards")) {
    manifest.shards.push_back(ReadShard(formats::JsonReader(shard, source + ": shard")));
  }
  if (manifest.shards.empty()) Fail(ErrorCode::kInvalidFile, source, ": no shards");
  return manifest;
}

Manifest LoadManifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kManifestFile;
  if (std::error_code error; !std::filesystem::exists(path, error)) {
    Fail(ErrorCode::kNotFound, Quoted(path.string()),
         ": is missing; a folder of shards has one when its import has ended");
  }
  return ParseManifest(ReadTextFile(path, kMaxManifestBytes), Quoted(path.string()));
}

}  // namespace kani::train
