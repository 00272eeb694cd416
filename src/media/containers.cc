#include "media/containers.h"

#include <algorithm>
#include <iterator>

namespace kani::media {
namespace {

constexpr Container kContainers[] = {
    {"wav", "WAVE with compressed sound, RF64; plain WAVE is read by src/audio"},
    {"w64", "Sony Wave64: WAVE beyond 4 GiB"},
    {"aiff", "AIFF and AIFF-C: Apple's recorders"},
    {"au", "Sun AU (.au .snd)"},
    {"caf", "Core Audio Format: Apple's recorders"},
    {"flac", "FLAC"},
    {"mp3", "MP3 and MP2"},
    {"aac", "AAC in ADTS (.aac)"},
    {"loas", "AAC in LATM: broadcasts"},
    {"ac3", "Dolby Digital: films"},
    {"eac3", "Dolby Digital Plus: films"},
    {"dts", "DTS: films"},
    {"truehd", "Dolby TrueHD: films"},
    {"ogg", "Ogg with Vorbis, Opus, FLAC or Speex (.ogg .oga .opus .spx)"},
    {"matroska", "Matroska (.mkv .mka): films, screen recorders"},
    {"webm", "WebM: browsers' recorders"},
    {"mov", "MP4 and QuickTime (.m4a .mp4 .mov .m4b .3gp): telephones, films, audio books"},
    {"asf", "Windows Media (.wma .wmv .asf)"},
    {"avi", "AVI: cameras"},
    {"flv", "Flash video: old downloads"},
    {"mpeg", "MPEG programme streams: DVDs"},
    {"mpegts", "MPEG transport streams: broadcasts"},
    {"rm", "RealAudio (.ra .rm): old archives"},
    {"amr", "AMR: telephones' voice memos"},
    {"amrnb", "AMR without a header"},
    {"amrwb", "AMR wideband without a header"},
    {"gsm", "GSM 06.10 (.gsm): telephone exchanges"},
    {"qcp", "QCELP: telephones"},
    {"wv", "WavPack"},
    {"tta", "True Audio"},
    {"ape", "Monkey's Audio"},
    {"tak", "TAK"},
    {"mpc", "Musepack"},
    {"mpc8", "Musepack, stream version 8"},
    {"nistsphere",
     "NIST SPHERE (.sph, TIMIT's .WAV): speech corpora; not those packed with shorten"},
    {"voc", "Creative Voice: old archives"},
    {"ircam", "IRCAM, BICSF (.sf): phonetics"},
    {"iff", "8SVX and MAUD: Amiga"},
    {"pvf", "Portable Voice Format: answering machines"},
    {"avr", "Audio Visual Research: Atari"},
    {"epaf", "Ensoniq PARIS (.paf .fap)"},
    {"hcom", "HCOM: old Macintosh"},
    {"sox", "SoX's own format"},
    {"wve", "Psion's voice notes"},
};

}  // namespace

std::span<const Container> Containers() { return kContainers; }

bool IsContainerOpened(std::string_view demuxer) {
  while (!demuxer.empty()) {
    const size_t comma = std::min(demuxer.find(','), demuxer.size());
    const std::string_view name = demuxer.substr(0, comma);
    if (std::ranges::any_of(kContainers, [&](const auto& one) { return one.demuxer == name; })) {
      return true;
    }
    demuxer.remove_prefix(std::min(comma + 1, demuxer.size()));
  }
  return false;
}

std::string ContainerNames() {
  std::string all;
  for (const Container& one : kContainers) {
    if (!all.empty()) all += ',';
    all += one.demuxer;
  }
  return all;
}

}  // namespace kani::media
