// One folder of expected tensors with its manifest (docs/parity.md), what was compared, and how far
// apart it was.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/trace.h"
#include "formats/safetensors.h"
#include "kernels/ops.h"

namespace kani::dev {

/// Result for one expected output.
struct Outcome {
  std::string name;     ///< "file/tensor"
  std::string status;   ///< "ok", "MISS", "missing", "not reproduced"
  std::string found;    ///< largest error or other measure, readable
  std::string allowed;  ///< tolerance or bound, readable
  bool failed = false;
};

class ParityCase {
 public:
  /// @param manifest_path manifest.json, or report.json of a full-size run.
  explicit ParityCase(std::filesystem::path manifest_path);

  const std::filesystem::path& folder() const { return folder_; }
  const std::string& name() const { return name_; }
  const nlohmann::json& manifest() const { return manifest_; }

  /// Names of the tensor files the manifest lists, or of the *.safetensors beside a report.
  std::vector<std::string> Files() const;
  bool Has(const std::string& file, const std::string& tensor);
  std::vector<std::string> Tensors(const std::string& file);
  const Shape& ShapeOf(const std::string& file, const std::string& tensor);

  /// Reads an input; it counts as used.
  std::vector<float> Floats(const std::string& file, const std::string& tensor);
  std::vector<int32_t> Ints(const std::string& file, const std::string& tensor);

  /// Compares every element with the manifest's tolerance. A tensor compared more than once keeps
  /// its worst result.
  void Compare(const std::string& file, const std::string& tensor, std::span<const float> actual);
  /// `actual` is [rows, columns], expected is [columns, rows].
  void CompareTransposed(const std::string& file, const std::string& tensor, const float* actual,
                         int64_t rows, int64_t columns);
  void CompareInts(const std::string& file, const std::string& tensor,
                   std::span<const int32_t> actual);
  /// Signal-to-noise ratio of `actual` against expected, in dB, at least `least_db`.
  void CompareSnr(const std::string& file, const std::string& tensor, std::span<const float> actual,
                  double least_db);
  /// Cosine similarity, at least `least`.
  void CompareCosine(const std::string& file, const std::string& tensor,
                     std::span<const float> actual, double least);
  /// Something that is not a tensor of the manifest: `misses` of `total` differ.
  void Count(const std::string& what, int64_t misses, int64_t total);
  /// An expected tensor that we do not reproduce on purpose.
  void NotReproduced(const std::string& file, const std::string& tensor, std::string reason);
  void Fail(const std::string& what, std::string reason);

  /// Compares what a forward pass shows with the tensors of `file` that bear its names.
  /// @param transposed says whether a name is stored [columns, rows].
  Trace Tracer(const std::string& file, std::function<bool(std::string_view)> transposed);

  /// Adds a "missing" outcome for everything expected that was neither read nor compared.
  void Finish();
  const std::map<std::string, Outcome>& outcomes() const { return outcomes_; }
  bool failed() const;
  /// Writes what was computed to `out`/<case>/<file>, under the names of the expected tensors.
  void Write(const std::filesystem::path& out) const;

 private:
  const formats::TensorStore& Store(const std::string& file);
  const TensorView& Expected(const std::string& file, const std::string& tensor);
  void Record(const std::string& file, const std::string& tensor, Outcome outcome, double badness);
  void Keep(const std::string& file, const std::string& tensor, std::span<const float> actual);

  std::filesystem::path folder_;
  std::string name_;
  nlohmann::json manifest_;
  std::map<std::string, std::unique_ptr<formats::TensorStore>> stores_;
  std::set<std::pair<std::string, std::string>> used_;
  std::map<std::string, Outcome> outcomes_;
  std::map<std::string, double> badness_;
  std::map<std::string, std::map<std::string, formats::NamedTensor>> computed_;
};

/// How models are run.
struct VerifySettings {
  std::string device = "auto";
  int threads = 0;
  /// Empty: as the checkpoint stores them.
  std::optional<kernels::WeightFormat> weights;
};

// One function per kind of case; each fills `parity`.
void VerifyLanguageModel(ParityCase& parity, const VerifySettings& settings);
void VerifyCodec(ParityCase& parity, const VerifySettings& settings);
void VerifyQuantiser(ParityCase& parity);
void VerifySpeaker(ParityCase& parity, const VerifySettings& settings);
void VerifyResampler(ParityCase& parity);
void VerifySampler(ParityCase& parity);
void VerifyTokenizer(ParityCase& parity);
void VerifyEndToEnd(ParityCase& parity, const VerifySettings& settings);
void VerifyFullSize(ParityCase& parity, const VerifySettings& settings);

}  // namespace kani::dev
