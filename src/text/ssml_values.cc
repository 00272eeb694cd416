#include "text/ssml_values.h"

#include <algorithm>
#include <charconv>

#include "base/elementary.h"
#include "base/error.h"

namespace kani::text {
namespace {

template <typename Value>
struct Named {
  std::string_view name;
  Value value;
};

// Silences as of other engines: the recommendation leaves them open.
constexpr Named<int64_t> kStrengths[] = {{"none", 0},     {"x-weak", 100}, {"weak", 200},
                                         {"medium", 400}, {"strong", 700}, {"x-strong", 1000}};
// Steps of 6 dB; nothing is louder than twice, since samples end at 1.
constexpr Named<double> kVolumes[] = {{"silent", 0}, {"x-soft", 0.25}, {"soft", 0.5},
                                      {"medium", 1}, {"default", 1},   {"loud", 1.5},
                                      {"x-loud", 2}};
// What the rules of numbers find out by themselves passes as it is.
constexpr Named<std::optional<SayAs>> kSayAs[] = {{"characters", SayAs::kCharacters},
                                                  {"spell-out", SayAs::kCharacters},
                                                  {"verbatim", SayAs::kCharacters},
                                                  {"digits", SayAs::kCharacters},
                                                  {"telephone", SayAs::kCharacters},
                                                  {"cardinal", SayAs::kCardinal},
                                                  {"number", SayAs::kCardinal},
                                                  {"ordinal", SayAs::kOrdinal},
                                                  {"date", {}},
                                                  {"time", {}},
                                                  {"currency", {}},
                                                  {"unit", {}},
                                                  {"fraction", {}},
                                                  {"address", {}}};

template <typename Value, size_t N>
const Value* Find(const Named<Value> (&known)[N], std::string_view name) {
  for (const Named<Value>& item : known) {
    if (item.name == name) return &item.value;
  }
  return nullptr;
}

template <typename Value, size_t N>
std::string NamesOf(const Named<Value> (&known)[N]) {
  std::string list;
  for (const Named<Value>& item : known) list += StrCat(list.empty() ? "" : ", ", item.name);
  return list;
}

}  // namespace

std::optional<int64_t> StrengthMs(std::string_view strength) {
  const int64_t* known = Find(kStrengths, strength);
  return known == nullptr ? std::nullopt : std::optional(*known);
}

std::optional<double> VolumeGain(std::string_view volume, double around) {
  if (const double* known = Find(kVolumes, volume)) return *known;
  constexpr double kMaxDecibels = 60;
  constexpr double kMaxGain = 16;
  constexpr double kLogOf10 = 2.302585092994046;
  if (volume.starts_with('+')) volume.remove_prefix(1);
  double decibels = 0;
  const char* const end = volume.data() + volume.size();
  const auto [rest, error] =
      std::from_chars(volume.data(), end, decibels, std::chars_format::fixed);
  const bool is_decibels = error == std::errc() &&
                           std::string_view(rest, static_cast<size_t>(end - rest)) == "dB" &&
                           decibels >= -kMaxDecibels && decibels <= kMaxDecibels;
  if (!is_decibels) return {};
  return std::min(around * Exp(decibels / 20 * kLogOf10), kMaxGain);
}

std::optional<Interpretation> FindInterpretation(std::string_view interpret_as) {
  const std::optional<SayAs>* known = Find(kSayAs, interpret_as);
  return known == nullptr ? std::nullopt : std::optional(Interpretation{*known});
}

std::string StrengthNames() { return NamesOf(kStrengths); }
std::string VolumeNames() { return NamesOf(kVolumes); }
std::string InterpretationNames() { return NamesOf(kSayAs); }

}  // namespace kani::text
