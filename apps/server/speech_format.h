// The formats that speech leaves in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kani::server {

struct SpeechFormat {
  std::string_view name;  ///< as OpenAI calls it
  std::string_view content_type;
  std::string_view extension;  ///< of src/media; "" for PCM without a header
};

/// Null for a name that is none.
const SpeechFormat* FindSpeechFormat(std::string_view name);
std::vector<std::string> SpeechFormatList();
std::string SpeechFormatNames();  ///< for messages

}  // namespace kani::server
