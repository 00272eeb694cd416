// Where speech goes: a file, stdout, the loudspeaker, or a file and the loudspeaker.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kani::cli {

/// What the user asked for, checked before anything is loaded.
struct Destination {
  std::optional<std::filesystem::path> file;
  bool to_stdout = false;
  bool play = false;
  bool for_want_of_a_device = false;  ///< the file stands in for a loudspeaker
};
/// @param output the -o option: a file, "-", or "" for the loudspeaker if there is one, else
/// speech.wav. Throws for an output that cannot be written.
Destination ChooseDestination(const std::string& output, bool play);

/// One receiver of PCM in [-1, 1].
class SpeechOutput {
 public:
  virtual ~SpeechOutput() = default;
  virtual void Write(std::span<const float> samples) = 0;
  /// After the last sample. Without it a file does not appear.
  virtual void Finish() = 0;
};

std::vector<std::unique_ptr<SpeechOutput>> OpenOutputs(const Destination& destination,
                                                       int sample_rate_hz);

}  // namespace kani::cli
