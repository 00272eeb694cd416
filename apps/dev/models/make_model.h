// Random models of the official sizes in the official file formats, so that speed and memory can be
// measured where the real weights are not at hand.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace kani::dev {

/// Names MakeModel knows.
inline constexpr std::string_view kMakeableModels = "kani-tts-2";

/// Writes language model (bf16), tokenizer, codec.nemo and speaker/ (fp32) into `folder`: about 2.3
/// GB. Throws kInvalidArgument for another name or a folder that is not empty, kIo.
void MakeModel(const std::string& name, const std::filesystem::path& folder);

}  // namespace kani::dev
