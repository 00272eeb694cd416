#include "train/observe/metrics_file.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "base/read_file.h"
#include "base/system_error.h"
#include "formats/json.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxFileBytes = size_t{1} << 30;
constexpr size_t kMaxLineBytes = 64 << 10;
constexpr size_t kMaxKeys = 1000;
/// A double holds integers up to here exactly.
constexpr int64_t kMaxInteger = int64_t{1} << 52;

/// With its end, if it has one; moves `text` behind it. REQUIRES: `text` is not empty.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end == std::string_view::npos ? end : end + 1);
  text.remove_prefix(line.size());
  return line;
}

Metrics ParseLine(std::string_view line, const std::string& source) {
  if (line.size() > kMaxLineBytes) {
    Fail(ErrorCode::kInvalidFile, source, ": line of ", line.size(), " bytes, expected at most ",
         kMaxLineBytes);
  }
  const nlohmann::json json = formats::ParseJson(line, source);
  Metrics metrics;
  metrics.step = formats::JsonReader(json, source).Int("step", 0, kMaxStep);
  for (const auto& [key, value] : json.items()) {
    if (key == "step" || !(value.is_number() || value.is_null())) continue;
    metrics.values.emplace_back(
        key, value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>());
  }
  return metrics;
}

bool IsLineUpTo(int64_t step, std::string_view line, const std::string& source) {
  if (!line.ends_with('\n')) return false;
  try {
    return ParseLine(line, source).step <= step;
  } catch (const Error&) {
    return false;
  }
}

/// Cuts the file before the first line that MetricsFile does not keep. This needs no room on the
/// disk and does not confuse who is reading along.
/// @return `path`
const fs::path& CutAfter(int64_t done_steps, const fs::path& path) {
  if (!fs::exists(path)) return path;
  uintmax_t kept_bytes = 0;
  const std::string all = ReadTextFile(path, std::numeric_limits<size_t>::max());
  for (std::string_view text = all; !text.empty();) {
    const std::string_view line = TakeLine(text);
    if (!IsLineUpTo(done_steps, line, path.string())) break;
    kept_bytes += line.size();
  }
  std::error_code error;
  fs::resize_file(path, kept_bytes, error);
  if (error)
    Fail(CodeOfSystemError(error.value()), "cannot write ", Quoted(path.string()), ": ",
         error.message());
  return path;
}

nlohmann::ordered_json Number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::trunc(value) && std::abs(value) < kMaxInteger) {
    return static_cast<int64_t>(value);
  }
  return value;
}

}  // namespace

MetricsFile::MetricsFile(const fs::path& path, int64_t done_steps, WarningSink warn)
    : file_(CutAfter(done_steps, path), std::move(warn)) {}

void MetricsFile::Add(const Metrics& metrics) {
  nlohmann::ordered_json line = {{"step", metrics.step}};
  for (const auto& [key, value] : metrics.values) line[key] = Number(value);
  file_.Append(line.dump() + "\n");
}

MetricSeries ParseMetrics(std::string_view text, const std::string& source) {
  MetricSeries series;
  for (int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = TakeLine(text);
    if (!line.ends_with('\n')) break;
    const std::string place = StrCat(source, ":", number);
    const Metrics metrics = ParseLine(line, place);
    for (const auto& [key, value] : metrics.values) {
      std::vector<MetricPoint>& points = series[key];
      while (!points.empty() && points.back().step >= metrics.step) points.pop_back();
      points.push_back({metrics.step, value});
    }
    if (series.size() > kMaxKeys) {
      Fail(ErrorCode::kInvalidFile, place, ": more than ", kMaxKeys, " keys");
    }
  }
  return series;
}

MetricSeries ReadMetrics(const fs::path& path) {
  return ParseMetrics(ReadTextFile(path, kMaxFileBytes), Quoted(path.string()));
}

}  // namespace kani::train
