// The table of known models: which repositories belong together, how large they are and under which
// licence. One file ships with the program, a second one may be the user's own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "hub/repo_id.h"
#include "model/model_folder.h"

namespace kani::models {

/// What is known of a repository without asking a hub.
struct KnownRepository {
  model::ModelPart kind = model::ModelPart::kLanguageModel;
  uint64_t bytes = 0;                        ///< about; 0 = unknown
  std::string license;                       ///< empty = unknown
  std::string terms;                         ///< address where they are shown; empty = unknown
  int64_t codebooks = 0, codebook_size = 0;  ///< of a codec, else 0
  int64_t embedding_size = 0;                ///< of a speaker encoder, else 0
};

/// Where a part of a model lies: in a repository, or in a folder or file of this machine.
struct PartPlace {
  std::optional<hub::RepoName> repository;
  std::filesystem::path path;  ///< absolute; empty if it is a repository
};

struct KnownModel {
  std::string about;  ///< a few words
  PartPlace language_model;
  std::optional<PartPlace> codec;            ///< without one it cannot speak
  std::optional<PartPlace> speaker_encoder;  ///< without one it cannot clone
};

struct KnownModels {
  std::map<std::string, KnownModel, std::less<>> models;             ///< by short name
  std::map<std::string, KnownRepository, std::less<>> repositories;  ///< by "org/name"

  /// By short name, or by the repository of its language model at the revision of the table. Null
  /// if there is none.
  const std::pair<const std::string, KnownModel>* Find(std::string_view name) const;
  /// Null if it is not in the table.
  const KnownRepository* FindRepository(const hub::RepoId& id) const;
  /// The codec of a token layout, the encoder of an embedding size, by their repositories; nothing
  /// if the table has none.
  std::optional<hub::RepoName> CodecFor(int64_t codebooks, int64_t codebook_size) const;
  std::optional<hub::RepoName> SpeakerEncoderFor(int64_t embedding_size) const;
  /// The same name in `others` wins.
  void Add(KnownModels others);
};

inline constexpr size_t kMaxTableBytes = 1u << 20;
inline constexpr size_t kMaxTableEntries = 1000;

/// JSON: {"version": 1, "repositories": {"org/name": {...}}, "models": {"name": {...}}}; see
/// docs/models.md. Throws kInvalidFile naming the entry and key, kUnsupported for another version.
/// @param home what "~/" at the beginning of a path stands for
KnownModels ParseKnownModels(std::string_view json, const std::string& source,
                             const std::filesystem::path& home);

}  // namespace kani::models
