#include "train/import/layouts.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/read_file.h"
#include "train/import/text_lines.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxTextFileBytes = 1 << 20;
constexpr size_t kMaxListBytes = size_t{4} << 30;

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

/// "a1", and what is behind its first blank.
std::pair<std::string, std::string> FirstWord(std::string_view line) {
  const std::string_view trimmed = Trimmed(line);
  const size_t end = trimmed.find_first_of(" \t");
  if (end == std::string_view::npos) return {std::string(trimmed), ""};
  return {std::string(trimmed.substr(0, end)), std::string(Trimmed(trimmed.substr(end)))};
}

/// Calls visit(name, rest, where) for the lines of a file of a corpus.
template <typename Visit>
void ForEachEntry(const fs::path& path, const Visit& visit) {
  const std::string source = Quoted(path.string());
  ForEachLine(ReadTextFile(path, kMaxListBytes), source, kMaxListLineBytes,
              [&](std::string_view line, int64_t number) {
                const auto [name, rest] = FirstWord(line);
                if (name.find('\0') != std::string::npos) {
                  Fail(ErrorCode::kInvalidFile, source, ":", number, ": a name with a zero byte");
                }
                visit(name, rest, StrCat(source, ":", number));
              });
}

/// Of a list without a header line for it.
void AddTo(RecordingList& list, const ImportDefaults& defaults, ListedRecording recording,
           const std::string& where) {
  if (recording.speaker.empty()) recording.speaker = defaults.speaker;
  if (recording.language.empty()) recording.language = defaults.language;
  recording.source = defaults.source;
  CheckRecording(recording, ErrorCode::kInvalidFile, where);
  list.Add(recording);
}

/// Files below a folder whose names end so, in the order of their paths.
std::vector<fs::path> FilesBelow(const fs::path& folder, std::string_view ending) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(ending) && entry.is_regular_file()) files.push_back(entry.path());
  }
  if (files.empty()) {
    Fail(ErrorCode::kNotFound, Quoted(folder.string()), ": has no files *", ending);
  }
  std::ranges::sort(files);
  return files;
}

/// The speaker of LibriVox's ids: "84" of "84_121123_000007_000001" and "84-121123-0000".
std::string SpeakerOfId(const std::string& id) { return id.substr(0, id.find_first_of("_-")); }

RecordingList LibriTts(const fs::path& folder, const ImportDefaults& defaults) {
  constexpr std::string_view kEnding = ".normalized.txt";
  RecordingList list;
  for (const fs::path& file : FilesBelow(folder, kEnding)) {
    ListedRecording recording;
    std::string name = file.filename().string();
    recording.id = name.substr(0, name.size() - kEnding.size());
    recording.path = file.parent_path() / (recording.id + ".wav");
    recording.text = Trimmed(ReadTextFile(file, kMaxTextFileBytes));
    recording.speaker = SpeakerOfId(recording.id);
    AddTo(list, defaults, recording, Quoted(file.string()));
  }
  return list;
}

RecordingList LibriSpeech(const fs::path& folder, const ImportDefaults& defaults) {
  RecordingList list;
  for (const fs::path& file : FilesBelow(folder, ".trans.txt")) {
    ForEachEntry(file, [&](const std::string& id, const std::string& text, const auto& where) {
      AddTo(list, defaults,
            {.path = file.parent_path() / (id + ".flac"),
             .text = text,
             .speaker = SpeakerOfId(id),
             .id = id},
            where);
    });
  }
  return list;
}

/// The file of "10214_10108_000000".
fs::path MlsSound(const fs::path& folder, const std::string& id) {
  const size_t first = id.find('_'), second = id.find('_', first + 1);
  if (first == std::string::npos || second == std::string::npos) return {};
  const fs::path stem =
      folder / "audio" / id.substr(0, first) / id.substr(first + 1, second - first - 1) / id;
  for (const char* extension : {".opus", ".flac", ".wav"}) {
    if (fs::path path = stem.string() + extension; Exists(path)) return path;
  }
  return stem.string() + ".opus";
}

RecordingList Mls(const fs::path& folder, const ImportDefaults& defaults) {
  RecordingList list;
  for (const fs::path& file : FilesBelow(folder, "transcripts.txt")) {
    ForEachEntry(file, [&](const std::string& id, const std::string& text, const auto& where) {
      const fs::path sound = MlsSound(file.parent_path(), id);
      if (sound.empty()) {
        Fail(ErrorCode::kInvalidFile, where, ": ", Quoted(id), " is no SPEAKER_BOOK_NUMBER");
      }
      AddTo(list, defaults, {.path = sound, .text = text, .speaker = SpeakerOfId(id), .id = id},
            where);
    });
  }
  return list;
}

RecordingList CommonVoice(const fs::path& folder, const ImportDefaults& defaults) {
  const fs::path table = folder / "validated.tsv";
  if (!Exists(table)) {
    Fail(ErrorCode::kNotFound, Quoted(folder.string()),
         ": has no validated.tsv; another list of it (train.tsv) can be named without a layout");
  }
  return ImportRecordings(table, defaults);
}

double Seconds(std::string_view text, const std::string& where) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    Fail(ErrorCode::kInvalidFile, where, ": ", Quoted(text), ", expected seconds");
  }
  return value;
}

using Entries = std::unordered_map<std::string, std::string>;

/// A file of names and what they mean; none if it is not there.
Entries EntriesOf(const fs::path& path) {
  Entries out;
  if (!Exists(path)) return out;
  ForEachEntry(path, [&](const std::string& name, const std::string& rest, const std::string&) {
    out[name] = rest;
  });
  return out;
}

/// https://kaldi-asr.org/doc/data_prep.html
RecordingList Kaldi(const fs::path& folder, const ImportDefaults& defaults) {
  Entries sounds;
  ForEachEntry(folder / "wav.scp", [&](const auto& name, const auto& sound, const auto& where) {
    if (sound.ends_with('|')) {
      Fail(ErrorCode::kUnsupported, where, ": ", Quoted(sound),
           " is a command, which this program does not run; make files of its output first");
    }
    sounds[name] = sound;
  });
  const Entries speakers = EntriesOf(folder / "utt2spk"), pieces = EntriesOf(folder / "segments");
  RecordingList list;
  ForEachEntry(folder / "text", [&](const auto& id, const auto& text, const auto& where) {
    ListedRecording recording{.text = text, .id = id};
    std::string name = id;
    if (const auto piece = pieces.find(id); piece != pieces.end()) {
      const auto [sound, times] = FirstWord(piece->second);
      const auto [begin, end] = FirstWord(times);
      name = sound;
      recording.begin_s = Seconds(begin, where);
      // -1: to the end of the recording.
      if (const double end_s = Seconds(end, where); end_s >= 0) recording.end_s = end_s;
    }
    const auto sound = sounds.find(name);
    if (sound == sounds.end()) {
      Fail(ErrorCode::kInvalidFile, where, ": ", Quoted(name), " is not in wav.scp");
    }
    // Kaldi's paths are those of the folder it is run in; most are absolute.
    recording.path = Exists(sound->second) ? fs::path(sound->second) : folder / sound->second;
    if (const auto speaker = speakers.find(id); speaker != speakers.end()) {
      recording.speaker = speaker->second;
    }
    AddTo(list, defaults, recording, where);
  });
  return list;
}

struct Layout {
  std::string_view name;
  RecordingList (*import)(const fs::path&, const ImportDefaults&);
};
constexpr std::array kLayouts = {Layout{"libritts", &LibriTts}, Layout{"librispeech", &LibriSpeech},
                                 Layout{"mls", &Mls}, Layout{"common-voice", &CommonVoice},
                                 Layout{"kaldi", &Kaldi}};

}  // namespace

std::string LayoutNames() {
  std::string names;
  for (const Layout& layout : kLayouts) names += StrCat(names.empty() ? "" : ", ", layout.name);
  return names;
}

RecordingList ImportLayout(std::string_view name, const fs::path& folder,
                           const ImportDefaults& given) {
  const auto* layout = std::ranges::find(kLayouts, name, &Layout::name);
  if (layout == kLayouts.end()) {
    Fail(ErrorCode::kInvalidArgument, "layout ", Quoted(name), ", expected one of ", LayoutNames());
  }
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    Fail(ErrorCode::kNotFound, Quoted(folder.string()), ": is no folder, as layout ", name,
         " expects");
  }
  ImportDefaults defaults = given;
  if (defaults.source.empty()) {
    defaults.source = fs::absolute(folder / ".").parent_path().filename().string();
  }
  RecordingList list = layout->import(folder, defaults);
  // A whole corpus elsewhere is said before anything is encoded.
  const auto is_there = [](const ListedRecording& recording) { return Exists(recording.path); };
  bool any = list.empty();
  for (size_t i = 0; i < list.size() && !any; ++i) any = is_there(list[i]);
  if (!any) {
    Fail(ErrorCode::kNotFound, Quoted(folder.string()), ": none of its ", list.size(),
         " recordings is there, the first is ", Quoted(list[0].path.string()));
  }
  return list;
}

}  // namespace kani::train
