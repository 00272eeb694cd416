#include "apps/cli/reading_options.h"

namespace kani::cli {

void AddReadingOptions(CLI::App& app, ReadingOptions& options) {
  constexpr char kGroup[] = "Reading";
  app.add_option("--lang", options.language, "Language tag of the model, or auto")
      ->type_name("TAG")
      ->capture_default_str()
      ->group(kGroup);
  CLI::Option* ssml =
      app.add_flag("--ssml", options.ssml, "The text is SSML: pauses, languages, voices, volume")
          ->group(kGroup);
  CLI::Option* plain =
      app.add_flag("--plain", options.plain,
                   "Nothing is markup: say the signs of Markdown, HTML and [pause 1s] as well")
          ->excludes(ssml)
          ->group(kGroup);
  CLI::Option* emoji = app.add_option("--emoji", options.emoji, "drop them, or say their names")
                           ->check(CLI::IsMember({"drop", "names"}))
                           ->capture_default_str()
                           ->group(kGroup);
  CLI::Option* short_urls =
      app.add_flag("--short-urls", options.short_addresses, "Say of a web address its host alone")
          ->group(kGroup);
  app.add_flag("--raw", options.raw, "Speak the text as it is: no markup, no numbers to words")
      ->excludes(ssml)
      ->excludes(plain)
      ->excludes(emoji)
      ->excludes(short_urls)
      ->group(kGroup);
}

void Apply(const ReadingOptions& options, engine::SpeechRequest& request) {
  request.language = options.language;
  request.markup = options.ssml                   ? text::Markup::kSsml
                   : options.plain || options.raw ? text::Markup::kPlain
                                                  : text::Markup::kMarkdown;
  request.name_emoji = options.emoji == "names";
  request.short_addresses = options.short_addresses;
  request.normalize_text = !options.raw;
}

}  // namespace kani::cli
