// Which of FFmpeg's containers are opened. The list is the only source: the document repeats it.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace kani::media {

struct Container {
  std::string_view demuxer;  ///< FFmpeg's short name
  std::string_view what;     ///< what people call it, and why it is here
};

/// Those that hold their own sound. Left out: playlists and scripts that name other files (hls,
/// dash, concat, sdp), devices, pictures, subtitles, games' formats, and raw sound whose bytes do
/// not say what it is (g722, sln, s16le).
std::span<const Container> Containers();

/// Whether FFmpeg's demuxer of this name (or comma-separated names) is on the list.
bool IsContainerOpened(std::string_view demuxer);

/// The list as FFmpeg's options take it: names with commas.
std::string ContainerNames();

}  // namespace kani::media
