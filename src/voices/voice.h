// Voices: a speaker embedding with a name. Files: .safetensors, .json, .npy, .pt, and voices.json
// with many (docs/formats.md).
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace kani::voices {

struct Voice {
  std::string name;
  std::string language;          ///< tag of the model, or "" when it speaks any
  std::vector<float> embedding;  ///< [D], finite, unit length unless made with --no-normalize
  std::map<std::string, std::string> notes = {};  ///< free facts: source, licence, description
  /// A model's voice that speaks its language where nobody asks for another.
  bool is_default = false;
};

/// 1 to 200 bytes of UTF-8 without control characters, slashes or a leading dot: names become file
/// names and lines on a terminal.
bool IsVoiceName(std::string_view name);
/// .safetensors .json .npy .pt
bool IsVoiceExtension(std::string_view extension);

/// Reads one voice; its name is the file's stem unless the file says otherwise. Accepts [D] and [1,
/// D]. Throws kNotFound, kInvalidFile (wrong size, not finite, all zero, length > 100),
/// kUnsupported (extension).
/// @param embedding_size expected D; 0 accepts any in [1, 4096].
/// Warns when the norm is further than 1 % from 1; the embedding is never changed.
Voice LoadVoice(const std::filesystem::path& path, int64_t embedding_size,
                const WarningSink& warn = {});
/// Same on bytes; `extension` as in ".npy".
Voice ParseVoice(std::span<const std::byte> bytes, std::string_view extension, std::string name,
                 int64_t embedding_size, const std::string& source, const WarningSink& warn = {});
/// voices.json: {name: [floats]} or {name: {embedding, language, ...}}, in the order of the file.
std::vector<Voice> LoadVoiceCollection(const std::filesystem::path& path, int64_t embedding_size,
                                       const WarningSink& warn = {});
std::vector<Voice> ParseVoiceCollection(std::string_view json, int64_t embedding_size,
                                        const std::string& source, const WarningSink& warn = {});
/// Writes atomically in the format of the extension: .safetensors or .json, or .npy, which holds
/// the numbers only. Throws kUnsupported for another extension, kInvalidFile or kInvalidArgument
/// for a name or notes that could not be read back, kIo. A new file is its owner's alone (0600).
void SaveVoice(const Voice& voice, const std::filesystem::path& path);

/// Whether the name is that of a file with many voices: voices.json.
bool IsVoiceCollection(const std::filesystem::path& path);
/// Whether a folder of voices is read from this file too: of a known extension and not hidden.
bool IsVoiceFile(const std::filesystem::path& path);
/// All voices of such a file: one, or those of voices.json. Throws as LoadVoice does.
std::vector<Voice> LoadVoiceFile(const std::filesystem::path& path, int64_t embedding_size,
                                 const WarningSink& warn = {});
/// Every voice of the files of a folder, sorted by name. Throws
/// as LoadVoice does for any of them, and kInvalidFile for a name that occurs twice.
std::vector<Voice> LoadVoiceFolder(const std::filesystem::path& folder, int64_t embedding_size,
                                   const WarningSink& warn = {});

/// Weighted sum of voices, re-normalised to unit length; the name is left to the caller, the note
/// "mix" says what is in it. Throws kInvalidArgument for no voices,
/// different sizes, weights that are not finite or a sum that vanishes.
Voice MixVoices(std::span<const Voice> voices, std::span<const float> weights);

}  // namespace kani::voices
