// Where the sound of a list lies: names as they stand, then with a folder or an extension added.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace kani::train {

class SoundFinder {
 public:
  /// @param folder that the list lies in
  explicit SoundFinder(std::filesystem::path folder);

  /// The file of a name: as it stands, beside the list or in wavs, wav, clips, audio; then with
  /// .wav, .flac, .opus, .ogg, .mp3, .m4a behind it; then with / for \\. Where there is none, the
  /// likeliest name.
  std::filesystem::path Find(const std::string& name);

  size_t found() const { return found_; }
  /// What was looked for in vain, for messages.
  std::string Looked() const;

 private:
  struct Folder {
    std::string path;  ///< with a slash at the end
    /// Files in it without an extension of sound: so few that names need not be asked for.
    std::unordered_set<std::string> others;
    bool has_sound = false;  ///< any file with such an extension
  };

  void AddFolder(const std::filesystem::path& path);
  bool Try(const std::string& name, size_t folder, size_t extension);
  /// Whether `name` as it stands may be there.
  bool MayBe(const std::string& name, size_t folder) const;

  std::vector<Folder> folders_;           ///< the first is the list's
  std::string path_;                      ///< that Try() has looked for
  std::pair<size_t, size_t> last_{0, 0};  ///< folder and extension that were right before
  size_t found_ = 0;
};

}  // namespace kani::train
