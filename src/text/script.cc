#include "text/script.h"

#include <algorithm>
#include <map>
#include <utility>

#include "text/language.h"
#include "text/language_runs.h"
#include "text/lines.h"
#include "text/normalizer.h"
#include "text/sentences.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

// The original server's estimate.
constexpr double kCharactersPerSecond = 15.0;

int64_t CodePoints(std::string_view utf8) {
  return std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; });
}

/// How a stretch of text is read.
struct Manner {
  std::string tag;       // of the model
  std::string language;  // base language of the rules
};

bool IsAuto(std::string_view language) { return language.empty() || LowerCase(language) == "auto"; }

class ScriptWriter {
 public:
  ScriptWriter(std::span<const std::string> tags, const ScriptOptions& options,
               const WarningSink& warn)
      : tags_(tags), options_(options), warn_(warn) {}

  void Add(std::string_view text) {
    if (!IsAuto(options_.language)) {
      Manner manner;
      manner.tag = ResolveLanguage(options_.language, tags_, text);
      manner.language =
          BaseLanguage(manner.tag.empty() ? LowerCase(options_.language) : manner.tag);
      return AddRun(text, manner);
    }
    for (const LanguageRun& run : Runs(text)) {
      AddRun(text.substr(run.begin, run.end - run.begin),
             {TagOfBase(run.language, tags_), run.language});
    }
  }

  Script Take() {
    if (!script_.pieces.empty()) script_.pieces.back().pause_after_ms = 0;
    script_.language = OfMost(&ScriptPiece::language);
    script_.base_language = OfMost(&ScriptPiece::base_language);
    return std::move(script_);
  }

 private:
  std::string OfMost(std::string ScriptPiece::*language) const {
    std::map<std::string_view, size_t> bytes;
    for (const ScriptPiece& piece : script_.pieces) bytes[piece.*language] += piece.text.size();
    const auto by_bytes = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto most = std::max_element(bytes.begin(), bytes.end(), by_bytes);
    return most == bytes.end() ? "" : std::string(most->first);
  }

  std::vector<LanguageRun> Runs(std::string_view text) const {
    const std::vector<std::string> candidates = CandidateLanguages(tags_);
    std::string fallback = BaseLanguage(LowerCase(options_.fallback_language));
    if (std::ranges::find(candidates, fallback) == candidates.end()) fallback.clear();
    return FindLanguageRuns(text, candidates, fallback);
  }

  void AddRun(std::string_view text, const Manner& manner) {
    const std::string spoken =
        options_.normalize ? Normalize(text, manner.language, warn_) : std::string(text);
    const std::vector<TextChunk> chunks =
        SplitText(spoken, manner.language, options_.max_characters);
    for (const TextChunk& chunk : chunks) {
      script_.pieces.push_back({chunk.text, manner.tag, manner.language, chunk.pause_after_ms,
                                ExpectedSeconds(chunk.text)});
    }
    if (!chunks.empty()) script_.pieces.back().pause_after_ms = PauseBehindMs(text);
  }

  std::span<const std::string> tags_;
  const ScriptOptions& options_;
  const WarningSink& warn_;
  Script script_;
};

}  // namespace

double ExpectedSeconds(std::string_view text) {
  return static_cast<double>(CodePoints(text)) / kCharactersPerSecond;
}

Script MakeScript(std::string_view text, std::span<const std::string> tags,
                  const ScriptOptions& options, const WarningSink& warn) {
  RequireUtf8(text);
  ScriptWriter writer(tags, options, warn);
  writer.Add(text);
  return writer.Take();
}

}  // namespace kani::text
