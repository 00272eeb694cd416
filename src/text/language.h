// Which of a model's language tags a text is in.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kani::text {

/// Resolves what the user asked for against the tags of the model, lower-cased:
///  - a tag of the model is itself; a base language ("en") is the model's first tag of it
///  ("en_us");
///  - "auto" or "" is detected from `text` among the model's tags;
///  - a model without tags answers "" to "auto", "" and any base language it can detect.
/// Throws kInvalidArgument that lists the known tags.
std::string ResolveLanguage(std::string_view asked, std::span<const std::string> tags,
                            std::string_view text);

/// Whether ResolveLanguage takes `asked`, which is not auto.
bool IsKnownLanguage(std::string_view asked, std::span<const std::string> tags);

/// Base language ("en", "es") that fits `text` best among `candidates`, by function words, letters
/// and punctuation; the first candidate when nothing speaks for any. REQUIRES: not empty.
std::string DetectLanguage(std::string_view text, std::span<const std::string> candidates);

/// As DetectLanguage, but nullptr where the words of a sentence do not tell: none is a common word
/// of one language more than of the others, nor has a letter of it, nor are several spelled like
/// it.
const std::string* TellLanguage(std::string_view sentence, std::span<const std::string> candidates);

/// The model's tag, in lower case, for a base language; "" for a model without tags.
/// REQUIRES: the base of one of the tags.
std::string TagOfBase(std::string_view base, std::span<const std::string> tags);

/// Base languages of the tags, in their order; those that can be told where there are no tags.
std::vector<std::string> CandidateLanguages(std::span<const std::string> tags);

}  // namespace kani::text
