// run.json of a checkpoint: where the run was in its material, and what fixed its order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace kani::train {

/// The next step of a run: packs are taken epoch by epoch, step by step.
struct Place {
  int64_t epoch = 0, step_in_epoch = 0;
  bool operator==(const Place&) const = default;
};

/// @param order what the order of the material is a function of, as JSON
std::string RunRecord(const Place& place, const std::string& order);

/// Where to go on. With other settings than the record's the order is another one: the run goes on
/// with the next epoch.
struct Continuation {
  Place place;
  std::string changed;  ///< "seed 42 -> 43, ..."; "" if nothing has
};
/// Throws kInvalidFile.
Continuation ParseRunRecord(std::string_view json, const std::string& order,
                            const std::string& source);

/// Name of the record in a checkpoint.
inline constexpr std::string_view kRunRecordFile = "run.json";

}  // namespace kani::train
