#include "apps/dev/verify/parity_case.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"

namespace kani::dev {
namespace {

constexpr size_t kMaxManifestBytes = 16 << 20;

std::string Short(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", value);
  return text;
}

std::string KeyOf(const std::string& file, const std::string& tensor) {
  return file.empty() ? tensor : StrCat(file, "/", tensor);
}

}  // namespace

ParityCase::ParityCase(std::filesystem::path manifest_path)
    : folder_(manifest_path.parent_path()),
      manifest_(formats::ParseJson(ReadTextFile(manifest_path, kMaxManifestBytes),
                                   manifest_path.string())) {
  const formats::JsonReader reader(manifest_, manifest_path.string());
  name_ = reader.OptionalString("case").value_or(
      StrCat("full size: ", folder_.parent_path().filename().string()));
}

const formats::TensorStore& ParityCase::Store(const std::string& file) {
  auto& store = stores_[file];
  if (!store) store = formats::OpenSafetensors(folder_ / file);
  return *store;
}

const TensorView& ParityCase::Expected(const std::string& file, const std::string& tensor) {
  const TensorView* view = Store(file).Find(tensor);
  if (view == nullptr) {
    kani::Fail(ErrorCode::kInvalidFile, Store(file).source(), ": tensor ", Quoted(tensor),
               " is missing");
  }
  used_.emplace(file, tensor);
  return *view;
}

std::vector<std::string> ParityCase::Files() const {
  std::vector<std::string> files;
  if (manifest_.contains("tensors")) {
    for (const auto& [file, tensors] : manifest_["tensors"].items()) files.push_back(file);
  } else {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() == ".safetensors") files.push_back(entry.path().filename());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool ParityCase::Has(const std::string& file, const std::string& tensor) {
  return std::filesystem::exists(folder_ / file) && Store(file).Find(tensor) != nullptr;
}

std::vector<std::string> ParityCase::Tensors(const std::string& file) {
  std::vector<std::string> names;
  for (const auto& [name, view] : Store(file).tensors()) names.push_back(name);
  return names;
}

const Shape& ParityCase::ShapeOf(const std::string& file, const std::string& tensor) {
  return Expected(file, tensor).shape;
}

std::vector<float> ParityCase::Floats(const std::string& file, const std::string& tensor) {
  return Expected(file, tensor).Floats();
}

std::vector<int32_t> ParityCase::Ints(const std::string& file, const std::string& tensor) {
  const std::vector<int64_t> wide = Expected(file, tensor).Ints();
  return {wide.begin(), wide.end()};
}

void ParityCase::Record(const std::string& file, const std::string& tensor, Outcome outcome,
                        double badness) {
  outcome.name = KeyOf(file, tensor);
  const auto [at, first] = badness_.emplace(outcome.name, badness);
  if (!first && badness <= at->second && !outcome.failed) return;
  at->second = badness;
  outcomes_[outcome.name] = std::move(outcome);
}

void ParityCase::Keep(const std::string& file, const std::string& tensor,
                      std::span<const float> actual) {
  computed_[file].insert_or_assign(
      tensor, formats::FloatTensor(tensor, Expected(file, tensor).shape, actual));
}

void ParityCase::Compare(const std::string& file, const std::string& tensor,
                         std::span<const float> actual) {
  const std::vector<float> expected = Floats(file, tensor);
  if (expected.size() != actual.size()) {
    return Fail(KeyOf(file, tensor), StrCat(actual.size(), " values, expected ", expected.size()));
  }
  const nlohmann::json& entry = manifest_.at("tensors").at(file).at(tensor);
  if (!entry.contains("tolerance_abs")) {
    return Fail(KeyOf(file, tensor), "the manifest gives no tolerance_abs");
  }
  const double tolerance = entry["tolerance_abs"].get<double>();
  double largest = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double error = std::fabs(static_cast<double>(actual[i]) - expected[i]);
    largest = error >= largest || std::isnan(error) ? error : largest;
    if (std::isnan(error)) break;
  }
  const bool ok = largest <= tolerance;  // false for NaN
  Keep(file, tensor, actual);
  Record(file, tensor, {"", ok ? "ok" : "MISS", Short(largest), Short(tolerance), !ok}, largest);
}

void ParityCase::CompareTransposed(const std::string& file, const std::string& tensor,
                                   const float* actual, int64_t rows, int64_t columns) {
  std::vector<float> transposed(static_cast<size_t>(rows * columns));
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      transposed[static_cast<size_t>(c * rows + r)] = actual[r * columns + c];
    }
  }
  Compare(file, tensor, transposed);
}

void ParityCase::CompareInts(const std::string& file, const std::string& tensor,
                             std::span<const int32_t> actual) {
  const std::vector<int32_t> expected = Ints(file, tensor);
  int64_t misses = std::abs(static_cast<int64_t>(expected.size()) - std::ssize(actual));
  for (size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    misses += expected[i] != actual[i];
  }
  const std::vector<int64_t> wide(actual.begin(), actual.end());
  Shape shape = Expected(file, tensor).shape;
  if (ElementCount(shape) != std::ssize(wide)) shape = {std::ssize(wide)};
  computed_[file].insert_or_assign(tensor, formats::IntTensor(tensor, shape, wide));
  Record(file, tensor,
         {"", misses == 0 ? "ok" : "MISS", StrCat(misses, " of ", expected.size(), " differ"),
          "exact", misses != 0},
         static_cast<double>(misses));
}

void ParityCase::CompareSnr(const std::string& file, const std::string& tensor,
                            std::span<const float> actual, double least_db) {
  const std::vector<float> expected = Floats(file, tensor);
  if (expected.size() != actual.size()) {
    return Fail(KeyOf(file, tensor), StrCat(actual.size(), " values, expected ", expected.size()));
  }
  double signal = 0, noise = 0, largest = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double error = static_cast<double>(actual[i]) - expected[i];
    signal += static_cast<double>(expected[i]) * expected[i];
    noise += error * error;
    largest = std::max(largest, std::fabs(error));
  }
  const double snr_db = 10 * std::log10(signal / noise);  // inf when equal
  const bool ok = snr_db >= least_db;
  Keep(file, tensor, actual);
  Record(file, tensor,
         {"", ok ? "ok" : "MISS", StrCat(Short(snr_db), " dB, largest error ", Short(largest)),
          StrCat(">= ", least_db, " dB"), !ok},
         -snr_db);
}

void ParityCase::CompareCosine(const std::string& file, const std::string& tensor,
                               std::span<const float> actual, double least) {
  const std::vector<float> expected = Floats(file, tensor);
  if (expected.size() != actual.size()) {
    return Fail(KeyOf(file, tensor), StrCat(actual.size(), " values, expected ", expected.size()));
  }
  double dot = 0, a = 0, b = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    dot += static_cast<double>(actual[i]) * expected[i];
    a += static_cast<double>(actual[i]) * actual[i];
    b += static_cast<double>(expected[i]) * expected[i];
  }
  const double cosine = dot / std::sqrt(a * b);
  const bool ok = cosine >= least;
  char text[32];
  std::snprintf(text, sizeof(text), "cosine %.9f", cosine);
  Keep(file, tensor, actual);
  Record(file, tensor, {"", ok ? "ok" : "MISS", text, StrCat(">= ", least), !ok}, -cosine);
}

void ParityCase::Count(const std::string& what, int64_t misses, int64_t total) {
  const bool ok = misses == 0 && total > 0;
  Record("", what, {"", ok ? "ok" : "MISS", StrCat(misses, " of ", total, " differ"), "exact", !ok},
         static_cast<double>(misses));
}

void ParityCase::NotReproduced(const std::string& file, const std::string& tensor,
                               std::string reason) {
  used_.emplace(file, tensor);
  Record(file, tensor, {"", "not reproduced", std::move(reason), "", false}, -1);
}

void ParityCase::Fail(const std::string& what, std::string reason) {
  Record("", what, {"", "MISS", std::move(reason), "", true},
         std::numeric_limits<double>::infinity());
}

Trace ParityCase::Tracer(const std::string& file,
                         std::function<bool(std::string_view)> transposed) {
  return [this, file, transposed = std::move(transposed)](
             std::string_view name, const float* values, int64_t rows, int64_t columns) {
    const std::string tensor(name);
    if (!Has(file, tensor)) return;
    if (transposed(name)) return CompareTransposed(file, tensor, values, rows, columns);
    Compare(file, tensor, std::span(values, static_cast<size_t>(rows * columns)));
  };
}

void ParityCase::Finish() {
  for (const std::string& file : Files()) {
    std::set<std::string> names;
    if (manifest_.contains("tensors")) {
      for (const auto& [tensor, entry] : manifest_["tensors"][file].items()) names.insert(tensor);
    }
    for (const std::string& tensor : Tensors(file)) names.insert(tensor);
    for (const std::string& tensor : names) {
      if (used_.contains({file, tensor})) continue;
      Record(file, tensor, {"", "missing", "expected, but nothing computes it", "", true},
             std::numeric_limits<double>::infinity());
    }
  }
}

bool ParityCase::failed() const {
  return outcomes_.empty() || std::any_of(outcomes_.begin(), outcomes_.end(),
                                          [](const auto& entry) { return entry.second.failed; });
}

void ParityCase::Write(const std::filesystem::path& out) const {
  const bool has_case = manifest_.contains("case");
  const std::filesystem::path folder = has_case ? out / name_ : out;
  for (const auto& [file, tensors] : computed_) {
    std::vector<formats::NamedTensor> list;
    for (const auto& [name, tensor] : tensors) list.push_back(tensor);
    std::filesystem::create_directories(folder);
    formats::WriteSafetensors(folder / file, list);
  }
}

}  // namespace kani::dev
