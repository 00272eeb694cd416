#include "audio/mp4_length.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace kani::audio {
namespace {

using Bytes = std::span<const std::byte>;

constexpr int64_t kMaxUnits = int64_t{1} << 53;
constexpr uint32_t kMaxTimescale = 100'000'000;

/// Big-endian integer of `size` bytes; 0 behind the end.
uint64_t Number(Bytes bytes, size_t at, size_t size) {
  if (at > bytes.size() || bytes.size() - at < size) return 0;
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | std::to_integer<uint64_t>(bytes[at + i]);
  return value;
}

/// Takes the first box off `bytes`: its type and content. False at the end, or behind damage.
bool NextBox(Bytes& bytes, std::string_view& type, Bytes& content) {
  if (bytes.size() < 8) return false;
  uint64_t size = Number(bytes, 0, 4);
  size_t header = 8;
  if (size == 1) {
    size = Number(bytes, 8, 8);
    header = 16;
  }
  if (size == 0) size = bytes.size();
  if (size < header || size > bytes.size()) return false;
  type = {reinterpret_cast<const char*>(bytes.data()) + 4, 4};
  content = bytes.subspan(header, size - header);
  bytes = bytes.subspan(size);
  return true;
}

/// Content of the first box of this type; empty if there is none.
Bytes Find(Bytes bytes, std::string_view wanted) {
  std::string_view type;
  Bytes content;
  while (NextBox(bytes, type, content)) {
    if (type == wanted) return content;
  }
  return {};
}

/// A box of a version, whose times have 8 bytes in version 1 and 4 before.
struct Versioned {
  explicit Versioned(Bytes box) : bytes(box), wide(Number(box, 0, 1) == 1) {}
  size_t TimeBytes() const { return wide ? 8 : 4; }
  Bytes bytes;
  bool wide;
};

/// Timescale of mvhd or mdhd, behind two dates.
int64_t Timescale(Bytes box) {
  const Versioned header(box);
  return static_cast<int64_t>(Number(box, 4 + 2 * header.TimeBytes(), 4));
}

/// Sum of the durations of the time-to-sample table; 0 if it is damaged.
int64_t TableUnits(Bytes stts) {
  int64_t units = 0;
  const uint64_t entries = Number(stts, 4, 4);
  if (stts.size() < 8 || entries > (stts.size() - 8) / 8) return 0;
  for (size_t i = 0; i < entries; ++i) {
    const uint64_t count = Number(stts, 8 + 8 * i, 4);
    const uint64_t each = Number(stts, 12 + 8 * i, 4);
    if (each != 0 && count > static_cast<uint64_t>(kMaxUnits) / each) return 0;
    units += static_cast<int64_t>(count * each);
    if (units > kMaxUnits) return 0;
  }
  return units;
}

struct Edit {
  int64_t duration = 0;  ///< in the film's timescale; 0: to the end
  int64_t media_time = 0;
  bool is_one = true;  ///< no list, or one of a single edit
};
Edit ReadEdit(Bytes elst) {
  Edit edit;
  if (elst.empty()) return edit;
  const Versioned list(elst);
  edit.is_one = Number(elst, 4, 4) == 1;
  edit.duration = static_cast<int64_t>(Number(elst, 8, list.TimeBytes()));
  const uint64_t time = Number(elst, 8 + list.TimeBytes(), list.TimeBytes());
  edit.media_time = list.wide ? static_cast<int64_t>(time) : static_cast<int32_t>(time);
  return edit;
}

std::optional<Mp4Length> LengthOf(Bytes track, int64_t film_timescale) {
  const Bytes media = Find(track, "mdia");
  const int64_t timescale = Timescale(Find(media, "mdhd"));
  const int64_t total = TableUnits(Find(Find(Find(media, "minf"), "stbl"), "stts"));
  const Edit edit = ReadEdit(Find(Find(track, "edts"), "elst"));
  if (timescale < 1 || timescale > kMaxTimescale || total < 1 || !edit.is_one ||
      edit.media_time < 0 || edit.media_time >= total || edit.duration < 0 ||
      edit.duration > kMaxUnits / kMaxTimescale) {
    return std::nullopt;
  }
  Mp4Length length{total - edit.media_time, timescale};
  if (edit.duration > 0 && film_timescale > 0) {
    const int64_t edited = (edit.duration + 1) * timescale / film_timescale;
    if (edited < length.units) length.units = edit.duration * timescale / film_timescale;
  }
  return length;
}

}  // namespace

std::optional<Mp4Length> ReadMp4Length(std::span<const std::byte> bytes) {
  if (!Find(bytes, "moof").empty()) return std::nullopt;
  const Bytes film = Find(bytes, "moov");
  const int64_t film_timescale = Timescale(Find(film, "mvhd"));
  Bytes rest = film;
  std::string_view type;
  Bytes track;
  while (NextBox(rest, type, track)) {
    if (type != "trak") continue;
    const Bytes handler = Find(Find(track, "mdia"), "hdlr");
    if (Number(handler, 8, 4) == 0x736F756E) return LengthOf(track, film_timescale);  // "soun"
  }
  return std::nullopt;
}

}  // namespace kani::audio
