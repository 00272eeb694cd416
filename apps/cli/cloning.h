// Audio files to a voice: reads any of them and runs the speaker encoder, which is loaded only
// here.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/cli/model_options.h"
#include "base/log.h"
#include "speaker/encoder.h"
#include "voices/clone.h"

namespace kani::cli {

struct RecordingFile {
  std::string path;
  double seconds = 0;
  int sample_rate_hz = 0;
};

struct ClonedFiles {
  std::vector<RecordingFile> files;
  voices::Clone clone;  ///< of the files, in their order
};

/// Throws for whatever makes one of the files useless.
ClonedFiles CloneFiles(std::span<const std::string> paths, const ModelOptions& options,
                       bool normalize, speaker::Silence silence, const WarningSink& warn);

}  // namespace kani::cli
