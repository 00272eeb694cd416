#include "train/tasks/codec_run.h"

#include <utility>

namespace kani::train {

bool RunCodec(const CodecRunOptions& options, CodecStart start, const SoundSet& sounds,
              ProcessGroup& group, const RunObserver& observe, const std::function<bool()>& stop,
              const WarningSink& warn) {
  Check(options);
  CodecTask task(options, std::move(start), sounds, group);
  const bool finished = RunTask(task, options, group, observe, stop, warn);
  task.WriteResult();
  return finished;
}

}  // namespace kani::train
