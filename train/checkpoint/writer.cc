#include "train/checkpoint/writer.h"

#include <utility>

namespace kani::train {

CheckpointWriter::CheckpointWriter(std::filesystem::path run, Retention retention)
    : run_(std::move(run)), retention_(retention) {}

CheckpointWriter::~CheckpointWriter() {
  if (thread_.joinable()) thread_.join();
}

void CheckpointWriter::Write(Snapshot snapshot) {
  Wait();
  thread_ = std::thread([this, snapshot = std::move(snapshot)] {
    try {
      WriteCheckpoint(run_, snapshot, retention_);
    } catch (...) {
      failure_ = std::current_exception();
    }
  });
}

void CheckpointWriter::Wait() {
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace kani::train
