#include "train/import/sound_finder.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kSubfolders = {"wavs", "wav", "clips", "audio"};
constexpr std::array<std::string_view, 7> kExtensions = {"",     ".wav", ".flac", ".opus",
                                                         ".ogg", ".mp3", ".m4a"};

bool HasExtension(const std::string& name) {
  return std::any_of(kExtensions.begin() + 1, kExtensions.end(),
                     [&](std::string_view extension) { return name.ends_with(extension); });
}

}  // namespace

SoundFinder::SoundFinder(fs::path folder) {
  AddFolder(folder);
  for (const std::string_view name : kSubfolders) {
    std::error_code error;
    if (fs::is_directory(folder / name, error)) AddFolder(folder / name);
  }
  if (folders_.size() == 1) AddFolder(folder / kSubfolders[0]);
}

void SoundFinder::AddFolder(const fs::path& path) {
  Folder& added = folders_.emplace_back(Folder{(path / "").string(), {}});
  std::error_code error;
  for (fs::directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename().string();
    if (HasExtension(name)) {
      added.has_sound = true;
    } else {
      added.others.insert(std::move(name));
    }
  }
}

bool SoundFinder::MayBe(const std::string& name, size_t folder) const {
  if (name.find('/') != std::string::npos) return true;
  return HasExtension(name) ? folders_[folder].has_sound : folders_[folder].others.contains(name);
}

bool SoundFinder::Try(const std::string& name, size_t folder, size_t extension) {
  path_ = name.starts_with('/') ? "" : folders_[folder].path;
  path_ += name;
  path_ += kExtensions[extension];
  // A path of the standard library would be taken apart, which costs more than the question.
  struct stat info {};
  if (::stat(path_.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;
  last_ = {folder, extension};
  ++found_;
  return true;
}

fs::path SoundFinder::Find(const std::string& name) {
  for (size_t folder = 0; folder < folders_.size(); ++folder) {
    if (MayBe(name, folder) && Try(name, folder, 0)) return path_;
  }
  if (const auto [folder, extension] = last_; extension != 0 && Try(name, folder, extension)) {
    return path_;
  }
  for (size_t folder = 0; folder < folders_.size(); ++folder) {
    for (size_t extension = 1; extension < kExtensions.size(); ++extension) {
      if (Try(name, folder, extension)) return path_;
    }
  }
  if (name.find('\\') != std::string::npos) {  // a list that was made on Windows
    std::string with_slashes = name;
    std::ranges::replace(with_slashes, '\\', '/');
    return Find(with_slashes);
  }
  return (name.starts_with('/') ? "" : folders_[1].path) + name +
         (HasExtension(name) ? "" : ".wav");
}

std::string SoundFinder::Looked() const {
  std::string text = "looked beside the list and in";
  for (const std::string_view folder : kSubfolders) text += StrCat(" ", folder);
  text += ", as the names stand and with";
  for (size_t i = 1; i < kExtensions.size(); ++i) text += StrCat(" ", kExtensions[i]);
  return text;
}

}  // namespace kani::train
