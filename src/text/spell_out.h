// ICU's rule-based number spelling behind a plain interface.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace kani::text {

/// Immutable after construction; thread-safe.
class SpellOut {
 public:
  /// @param locale "en", "es". Throws kInternal when ICU has no rules for it.
  explicit SpellOut(const char* locale);
  ~SpellOut();

  /// @param rule_set name of an ICU rule set of the locale, "%spellout-cardinal".
  std::string Words(uint64_t value, const char* rule_set) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::text
