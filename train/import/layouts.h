// Corpora whose texts do not stand in one list, by name. Reads no audio.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "train/import/import.h"

namespace kani::train {

/// Recordings of the folder of a corpus as it is unpacked, or of a part of it:
///   libritts      LibriTTS, LibriTTS-R: SPEAKER/CHAPTER/ID.wav beside ID.normalized.txt
///   librispeech   SPEAKER/CHAPTER/ID.flac, and the texts in SPEAKER-CHAPTER.trans.txt
///   mls           transcripts.txt, and audio/SPEAKER/BOOK/ID.opus or .flac
///   common-voice  validated.tsv and clips/
///   kaldi         wav.scp and text, perhaps segments and utt2spk
/// Throws kInvalidArgument for another name, kNotFound where what it has is not there, kUnsupported
/// for commands in wav.scp, kInvalidFile, kIo.
RecordingList ImportLayout(std::string_view layout, const std::filesystem::path& folder,
                           const ImportDefaults& defaults);

/// "libritts, librispeech, …", for messages.
std::string LayoutNames();

}  // namespace kani::train
