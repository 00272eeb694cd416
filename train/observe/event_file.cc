#include "train/observe/event_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <iomanip>
#include <utility>

#include "base/error.h"
#include "base/system_error.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNamePrefix = "events.out.tfevents.";

/// Little-endian, as both formats want it.
template <typename Unsigned>
void AppendFixed(Unsigned value, std::string& out) {
  for (size_t i = 0; i < sizeof value; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

void AppendVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

// The wire types of protobuf that occur. A field's number is at most 15, so its key is one byte.
void AppendKey(int field, int wire_type, std::string& out) {
  out += static_cast<char>(field << 3 | wire_type);
}

/// Zero is what a reader takes a missing integer for, and is left out.
void AppendInteger(int field, uint64_t value, std::string& out) {
  if (value == 0) return;
  AppendKey(field, 0, out);
  AppendVarint(value, out);
}

void AppendDouble(int field, double value, std::string& out) {
  AppendKey(field, 1, out);
  AppendFixed(std::bit_cast<uint64_t>(value), out);
}

void AppendFloat(int field, float value, std::string& out) {
  AppendKey(field, 5, out);
  AppendFixed(std::bit_cast<uint32_t>(value), out);
}

/// A string, or a message within another.
void AppendBytes(int field, std::string_view bytes, std::string& out) {
  AppendKey(field, 2, out);
  AppendVarint(bytes.size(), out);
  out += bytes;
}

/// Event{wall_time = 1, step = 2, ...}.
std::string EventOf(double wall_time_s, int64_t step) {
  std::string event;
  AppendDouble(1, wall_time_s, event);
  AppendInteger(2, static_cast<uint64_t>(step), event);
  return event;
}

/// Event{file_version = 3}: the first of a file. From version 2 on, readers look for SessionLog.
std::string VersionEvent(double wall_time_s) {
  std::string event = EventOf(wall_time_s, 0);
  AppendBytes(3, "brain.Event:2", event);
  return event;
}

/// Event{session_log = 7: SessionLog{status = 1: START}}: points from `step` on are made again.
std::string StartEvent(double wall_time_s, int64_t step) {
  std::string log;
  AppendInteger(1, 1, log);
  std::string event = EventOf(wall_time_s, step);
  AppendBytes(7, log, event);
  return event;
}

/// Event{summary = 5: Summary{value = 1: Value{tag = 1, simple_value = 2} ...}}.
std::string ScalarEvent(double wall_time_s, const Metrics& metrics) {
  std::string summary;
  for (const auto& [tag, number] : metrics.values) {
    std::string value;
    AppendBytes(1, tag, value);
    AppendFloat(2, static_cast<float>(number), value);
    AppendBytes(1, value, summary);
  }
  std::string event = EventOf(wall_time_s, metrics.step);
  AppendBytes(5, summary, event);
  return event;
}

/// As TFRecord has it: a CRC of data that holds CRCs would be no good check.
uint32_t MaskedCrc(std::string_view bytes) { return std::rotr(Crc32c(bytes), 15) + 0xA282EAD8u; }

std::string Record(std::string_view event) {
  std::string record;
  AppendFixed(static_cast<uint64_t>(event.size()), record);
  AppendFixed(MaskedCrc(record), record);
  record += event;
  AppendFixed(MaskedCrc(event), record);
  return record;
}

/// Sorts behind all files of the folder, even if the clock was set back or two starts fall into one
/// second.
fs::path NewName(const fs::path& folder, double now_s) {
  auto second = static_cast<int64_t>(now_s);
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    int64_t other = 0;
    if (!name.starts_with(kNamePrefix)) continue;
    std::from_chars(name.data() + kNamePrefix.size(), name.data() + name.size(), other);
    if (other < 9'999'999'999) second = std::max(second, other + 1);
  }
  if (error)
    Fail(CodeOfSystemError(error.value()), "cannot read ", Quoted(folder.string()), ": ",
         error.message());
  return folder / StrCat(kNamePrefix, std::setw(10), std::setfill('0'), second, ".kani-train");
}

fs::path MakeFile(const fs::path& folder, double now_s) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    Fail(CodeOfSystemError(error.value()), "cannot make ", Quoted(folder.string()), ": ",
         error.message());
  return NewName(folder, now_s);
}

}  // namespace

double UnixSeconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

uint32_t Crc32c(std::string_view bytes) {
  static constexpr auto kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
      table[i] = i;
      for (int bit = 0; bit < 8; ++bit) {
        table[i] = (table[i] >> 1) ^ (table[i] & 1 ? 0x82F63B78u : 0);
      }
    }
    return table;
  }();
  uint32_t crc = ~0u;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<uint8_t>(c)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

EventFile::EventFile(const fs::path& folder, int64_t done_steps, WarningSink warn, UnixClock clock)
    : clock_(std::move(clock)), file_(MakeFile(folder, clock_()), std::move(warn)) {
  file_.Append(Record(VersionEvent(clock_())));
  file_.Append(Record(StartEvent(clock_(), done_steps + 1)));
}

void EventFile::Add(const Metrics& metrics) {
  file_.Append(Record(ScalarEvent(clock_(), metrics)));
}

}  // namespace kani::train
