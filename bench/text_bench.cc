// How fast a text becomes what is said: MB/s of ordinary prose, and of patterns that make slow
// programs slower the longer they are.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "text/normalizer.h"

// Builds before there were scripts are measured too (bench/compare-text).
#if __has_include("text/script.h")
#define KANI_HAS_SCRIPT
#include "text/script.h"
#endif

namespace kani::text {
namespace {

constexpr size_t kBytes = 1 << 20;

std::string Repeated(std::string_view pattern, size_t bytes) {
  std::string text;
  text.reserve(bytes + pattern.size());
  while (text.size() < bytes) text += pattern;
  return text;
}

constexpr std::string_view kEnglish =
    "The old house stood at the end of the lane, and nobody had lived in it for years. When the "
    "wind came from the sea, the shutters knocked against the walls; on quiet days you could hear "
    "the clock of the church, which was always five minutes late. My grandmother said that in 1911 "
    "a captain had bought it for 300 dollars. \"He never came back,\" she used to say, \"but his "
    "dog waited at the door until it died.\" We children did not believe her, of course.\n\n";
constexpr std::string_view kSpanish =
    "La casa vieja estaba al final de la calle, y nadie había vivido en ella desde hacía años. "
    "Cuando el viento venía del mar, las persianas golpeaban los muros; en los días tranquilos se "
    "oía el reloj de la iglesia, que siempre iba cinco minutos atrasado. Mi abuela decía que en "
    "1911 un capitán la había comprado por 300 pesos. «No volvió nunca», solía decir, «pero su "
    "perro lo esperó en la puerta hasta que murió». Los niños, claro, no la creíamos.\n\n";

void SetRate(benchmark::State& state, const std::string& text) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}

void NormalizeProse(benchmark::State& state, std::string_view pattern, const char* language) {
  const std::string text = Repeated(pattern, pattern.size() * 2000);
  for (auto _ : state) benchmark::DoNotOptimize(Normalize(text, language));
  SetRate(state, text);
}
BENCHMARK_CAPTURE(NormalizeProse, English, kEnglish, "en")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(NormalizeProse, Spanish, kSpanish, "es")->Unit(benchmark::kMillisecond);

/// Bytes a second must not fall from a sixteenth to the whole.
void NormalizePattern(benchmark::State& state, const std::string& pattern) {
  const std::string text = Repeated(pattern, static_cast<size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(Normalize(text, "en"));
  SetRate(state, text);
}

#ifdef KANI_HAS_SCRIPT
void ScriptOfProse(benchmark::State& state, std::string_view pattern, const char* language) {
  const std::string text = Repeated(pattern, pattern.size() * 2000);
  const std::vector<std::string> tags = {"en", "es"};
  const ScriptOptions options{.language = language};
  for (auto _ : state) benchmark::DoNotOptimize(MakeScript(text, tags, options));
  SetRate(state, text);
}
BENCHMARK_CAPTURE(ScriptOfProse, English, kEnglish, "en")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ScriptOfProse, EnglishAuto, kEnglish, "auto")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ScriptOfProse, SpanishAuto, kSpanish, "auto")->Unit(benchmark::kMillisecond);

void ScriptOfPattern(benchmark::State& state, const std::string& pattern) {
  const std::string text = Repeated(pattern, static_cast<size_t>(state.range(0)));
  const std::vector<std::string> tags = {"en", "es"};
  const ScriptOptions options{.name_emoji = true, .short_addresses = true};
  for (auto _ : state) benchmark::DoNotOptimize(MakeScript(text, tags, options));
  SetRate(state, text);
}
#endif

const std::vector<std::string>& HostilePatterns() {
  static const std::vector<std::string> patterns = {"1",
                                                    "1 ",
                                                    "1,234,",
                                                    "a1",
                                                    "a.",
                                                    "1-",
                                                    "1:",
                                                    "Mr. ",
                                                    "I ",
                                                    "x1",
                                                    "A. ",
                                                    "http:",
                                                    "*a_",
                                                    "[",
                                                    "![",
                                                    "[a](",
                                                    "`",
                                                    "> ",
                                                    "- ",
                                                    "|a",
                                                    "<b",
                                                    "<!--",
                                                    "&amp;",
                                                    "a\n",
                                                    "\n",
                                                    "\t",
                                                    "(",
                                                    "\"a. ",
                                                    "Ã",
                                                    "👩‍👩‍👧",
                                                    "? ",
                                                    "A\n",
                                                    "[^",
                                                    "[pause 1s",
                                                    "www.",
                                                    "José de la ",
                                                    "one hundred ",
                                                    "~~a",
                                                    "=\n",
                                                    "4\" x ",
                                                    "/a/b",
                                                    "IV-",
                                                    "\\"};
  return patterns;
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const std::string& pattern : HostilePatterns()) {
    std::string name;
    for (const char c : pattern) name += c == '\n' ? "\\n" : c == '\t' ? "\\t" : std::string(1, c);
    const auto add = [&](const char* what, void (*run)(benchmark::State&, const std::string&)) {
      benchmark::RegisterBenchmark((std::string(what) + "/'" + name + "'").c_str(),
                                   [run, pattern](benchmark::State& state) { run(state, pattern); })
          ->Arg(kBytes / 16)
          ->Arg(kBytes)
          ->Iterations(1)
          ->Unit(benchmark::kMillisecond);
    };
    add("NormalizePattern", NormalizePattern);
#ifdef KANI_HAS_SCRIPT
    add("ScriptOfPattern", ScriptOfPattern);
#endif
  }
  return true;
}();

}  // namespace
}  // namespace kani::text
