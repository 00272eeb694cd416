// Training of a codec from beginning to end, or from where it was stopped.
#pragma once

#include <functional>

#include "base/log.h"
#include "train/distributed/process_group.h"
#include "train/run/run.h"
#include "train/tasks/codec_task.h"

namespace kani::train {

/// RunTask of a CodecTask; leaves RUN/codec.nemo behind, finished or not. Throws kInvalidArgument
/// for options out of range, and what both throw.
bool RunCodec(const CodecRunOptions& options, CodecStart start, const SoundSet& sounds,
              ProcessGroup& group, const RunObserver& observe, const std::function<bool()>& stop,
              const WarningSink& warn);

}  // namespace kani::train
