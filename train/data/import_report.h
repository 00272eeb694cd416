// What became of the inputs of an import: how many clips are stored, and what was dropped and why.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kani::train {

enum class DropReason {
  kTooLong,
  kTooShort,
  kSilent,
  kClipped,
  kUnreadable,
  kNoTranscript,
  kCutShort,
};
inline constexpr DropReason kDropReasons[] = {
    DropReason::kTooLong,    DropReason::kTooShort,     DropReason::kSilent,  DropReason::kClipped,
    DropReason::kUnreadable, DropReason::kNoTranscript, DropReason::kCutShort};
/// As it stands in reports: "too long".
std::string_view DropReasonName(DropReason reason);

struct Dropped {
  DropReason reason = DropReason::kUnreadable;
  std::string file, id;
  std::string detail;  ///< what was found
  bool operator==(const Dropped&) const = default;
};

/// Why a clip that is stored may not be what its list says.
enum class Doubt { kOtherLength, kSlowSpeech };
inline constexpr Doubt kDoubts[] = {Doubt::kOtherLength, Doubt::kSlowSpeech};
/// As it stands in reports: "another length than its list says".
std::string_view DoubtName(Doubt doubt);

struct Doubtful {
  Doubt doubt = Doubt::kOtherLength;
  std::string file, id;
  std::string detail;  ///< what was found
  bool operator==(const Doubtful&) const = default;
};

/// Of one shard.
struct ImportReport {
  std::string inputs;         ///< checksum of what the shard is made from
  int64_t clips = 0;          ///< stored
  double seconds = 0;         ///< of them
  int64_t without_voice = 0;  ///< of them
  std::vector<Dropped> dropped;
  std::vector<Doubtful> doubtful;  ///< of the clips that are stored
  bool operator==(const ImportReport&) const = default;

  int64_t Count(DropReason reason) const;
  int64_t Count(Doubt doubt) const;
};

/// JSON with the counts and files of each reason. Writes atomically. Throws kIo.
void WriteReport(const ImportReport& report, const std::filesystem::path& path);
/// Throws kNotFound, kIo, or kInvalidFile.
ImportReport LoadReport(const std::filesystem::path& path);
ImportReport ParseReport(std::string_view json, const std::string& source);

}  // namespace kani::train
