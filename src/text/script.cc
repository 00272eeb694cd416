#include "text/script.h"

#include <algorithm>
#include <map>
#include <utility>

#include "text/characters.h"
#include "text/emoji.h"
#include "text/language.h"
#include "text/language_runs.h"
#include "text/lines.h"
#include "text/markdown.h"
#include "text/normalizer.h"
#include "text/passage.h"
#include "text/pauses.h"
#include "text/say_as.h"
#include "text/sentences.h"
#include "text/short_addresses.h"
#include "text/ssml.h"
#include "text/unicode.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

// The original server's estimate.
constexpr double kCharactersPerSecond = 15.0;

int64_t CodePoints(std::string_view utf8) {
  return std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; });
}

bool IsAuto(std::string_view language) { return language.empty() || LowerCase(language) == "auto"; }

std::vector<Passage> PassagesOf(std::string_view text, Markup markup) {
  if (markup == Markup::kPlain) return {{.text = std::string(text)}};
  if (markup == Markup::kSsml) return ParseSsml(text);
  std::vector<Passage> passages = SplitAtPauses(text);
  for (Passage& passage : passages) passage.text = MarkdownToText(passage.text);
  return passages;
}

/// Which language a stretch of text is in.
struct Tongue {
  std::string tag;  // of the model
  std::string base;
  /// Whose rules are used: varieties of a language read dates in their own way.
  const std::string& rules() const { return FindVerbaliser(tag) == nullptr ? base : tag; }
};

class ScriptWriter {
 public:
  ScriptWriter(std::span<const std::string> tags, const ScriptOptions& options, WarningSink warn)
      : tags_(tags),
        candidates_(CandidateLanguages(tags)),
        options_(options),
        warn_(std::move(warn)) {
    fallback_ = BaseLanguage(LowerCase(options.fallback_language));
    if (std::ranges::find(candidates_, fallback_) == candidates_.end()) fallback_.clear();
  }

  void Add(const Passage& passage) {
    const size_t pieces = script_.pieces.size();
    const std::string asked =
        passage.language.empty() ? options_.language : KnownName(passage.language);
    if (!IsAuto(asked)) {
      AddWhole(passage, Named(asked));
    } else if (!passage.said_as.empty()) {
      // How a number is said depends on the language, so there is one for all of it.
      const std::string* told = TellLanguage(passage.text, candidates_);
      AddWhole(passage, OfBase(told != nullptr     ? *told
                               : fallback_.empty() ? DetectLanguage(passage.text, candidates_)
                                                   : fallback_));
    } else {
      for (const LanguageRun& run : FindLanguageRuns(passage.text, candidates_, fallback_)) {
        const std::string_view text = passage.text;
        AddRun(passage, text.substr(run.begin, run.end - run.begin), OfBase(run.language));
      }
    }
    Pause(passage, /*said_something=*/script_.pieces.size() > pieces);
  }

  Script Take() {
    if (!ends_in_asked_pause_ && !script_.pieces.empty()) script_.pieces.back().pause_after_ms = 0;
    script_.language = OfMost(&ScriptPiece::language);
    script_.base_language = OfMost(&ScriptPiece::base_language);
    return std::move(script_);
  }

 private:
  Tongue OfBase(const std::string& base) const { return {TagOfBase(base, tags_), base}; }

  /// A text may name a region ("es-ES") that the model does not tell from others.
  std::string KnownName(const std::string& language) const {
    return IsKnownLanguage(language, tags_) ? language : BaseLanguage(language);
  }

  Tongue Named(const std::string& asked) const {
    Tongue tongue{.tag = ResolveLanguage(asked, tags_, "")};
    tongue.base = BaseLanguage(tongue.tag.empty() ? LowerCase(asked) : tongue.tag);
    return tongue;
  }

  void AddWhole(const Passage& passage, const Tongue& tongue) {
    AddRun(passage, WithSaidAs(passage, tongue.rules()), tongue);
  }

  void AddRun(const Passage& passage, std::string_view text, const Tongue& tongue) {
    std::string spoken(text);
    if (options_.short_addresses) spoken = WithShortAddresses(spoken);
    if (options_.name_emoji) {
      spoken = WithEmojiNames(spoken, tongue.base);
    } else if (options_.markup != Markup::kPlain) {
      spoken = WithoutBlanksBeforeEmoji(spoken);
    }
    if (options_.normalize) spoken = Normalize(spoken, tongue.rules(), warn_);
    const std::vector<TextChunk> chunks = SplitText(spoken, tongue.base, options_.max_characters);
    for (const TextChunk& chunk : chunks) {
      script_.pieces.push_back({.text = chunk.text,
                                .language = tongue.tag,
                                .base_language = tongue.base,
                                .pause_after_ms = chunk.pause_after_ms,
                                .expected_seconds = ExpectedSeconds(chunk.text),
                                .gain = passage.gain,
                                .voice = passage.voice});
    }
    if (!chunks.empty()) script_.pieces.back().pause_after_ms = PauseBehindMs(text);
  }

  /// The silence behind a passage; pauses with nothing between them add up.
  void Pause(const Passage& passage, bool said_something) {
    if (!said_something && !passage.pause_after_ms) return;
    int64_t& silence =
        script_.pieces.empty() ? script_.pause_before_ms : script_.pieces.back().pause_after_ms;
    const bool adds = !said_something && (ends_in_asked_pause_ || script_.pieces.empty());
    if (passage.pause_after_ms) {
      silence = std::min((adds ? silence : 0) + *passage.pause_after_ms, kMaxPauseMs);
    }
    ends_in_asked_pause_ = passage.pause_after_ms.has_value();
  }

  std::string OfMost(std::string ScriptPiece::*language) const {
    std::map<std::string_view, size_t> bytes;
    for (const ScriptPiece& piece : script_.pieces) bytes[piece.*language] += piece.text.size();
    const auto by_bytes = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto most = std::max_element(bytes.begin(), bytes.end(), by_bytes);
    return most == bytes.end() ? "" : std::string(most->first);
  }

  std::span<const std::string> tags_;
  std::vector<std::string> candidates_;  // base languages
  std::string fallback_;                 // one of them, or ""
  const ScriptOptions& options_;
  WarningSink warn_;
  Script script_;
  bool ends_in_asked_pause_ = false;
};

}  // namespace

double ExpectedSeconds(std::string_view text) {
  return static_cast<double>(CodePoints(text)) / kCharactersPerSecond;
}

Script MakeScript(std::string_view text, std::span<const std::string> tags,
                  const ScriptOptions& options, const WarningSink& warn) {
  RequireUtf8(text);
  const std::string readable =
      options.markup == Markup::kPlain ? std::string(text) : WithPlainCharacters(text);
  // One warning for the whole text, whose passages drop their own; named emoji are not dropped.
  if (options.normalize && !options.name_emoji && warn) DropUnspeakable(readable, warn);
  ScriptWriter writer(tags, options, options.name_emoji ? warn : WarningSink());
  for (const Passage& passage : PassagesOf(readable, options.markup)) writer.Add(passage);
  return writer.Take();
}

}  // namespace kani::text
