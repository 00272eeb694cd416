#include "train/run/run_record.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "formats/json.h"

namespace kani::train {

namespace {

constexpr int64_t kMaxCount = int64_t{1} << 40;

}  // namespace

std::string RunRecord(const Place& place, const std::string& order) {
  return nlohmann::json({{"epoch", place.epoch},
                         {"step_in_epoch", place.step_in_epoch},
                         {"order", nlohmann::json::parse(order)}})
      .dump(1);
}

Continuation ParseRunRecord(std::string_view json, const std::string& order,
                            const std::string& source) {
  const nlohmann::json record = formats::ParseJson(json, source);
  const formats::JsonReader reader(record, source);
  Continuation out;
  out.place.epoch = reader.Int("epoch", 0, kMaxCount);
  out.place.step_in_epoch = reader.Int("step_in_epoch", 0, kMaxCount);
  const nlohmann::json* before = reader.Find("order");
  if (before == nullptr || !before->is_object()) {
    Fail(ErrorCode::kInvalidFile, source, ": expected an object 'order'");
  }
  const nlohmann::json now = nlohmann::json::parse(order);
  const auto value = [](const nlohmann::json& settings, const std::string& key) {
    return settings.contains(key) ? Quoted(settings[key].dump()) : std::string("none");
  };
  nlohmann::json keys = now;
  keys.update(*before);
  for (const auto& [key, unused] : keys.items()) {
    const std::string old_value = value(*before, key), new_value = value(now, key);
    if (old_value == new_value) continue;
    out.changed +=
        StrCat(out.changed.empty() ? "" : ", ", Quoted(key), " ", old_value, " -> ", new_value);
  }
  if (!out.changed.empty() && out.place.step_in_epoch > 0) out.place = {out.place.epoch + 1, 0};
  return out;
}

}  // namespace kani::train
