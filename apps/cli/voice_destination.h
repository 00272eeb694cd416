// Where a new voice goes that the user names on the command line.
#pragma once

#include <filesystem>
#include <string>

namespace kani::cli {

/// NAME into the user's folder (created), anything with a folder or an extension as it is. Throws
/// kInvalidArgument for an impossible name, kUnsupported for another extension than a voice's.
std::filesystem::path VoiceDestination(const std::string& name_or_file);

}  // namespace kani::cli
