#include "train/checkpoint/writer.h"

#include <utility>

namespace kani::train {

CheckpointWriter::CheckpointWriter(std::filesystem::path run, Retention retention, Written written)
    : run_(std::move(run)), retention_(retention), written_(std::move(written)) {}

CheckpointWriter::~CheckpointWriter() {
  if (thread_.joinable()) thread_.join();
}

void CheckpointWriter::Write(Snapshot snapshot) {
  Wait();
  snapshot_ = std::move(snapshot);
  thread_ = std::thread([this] {
    try {
      const std::filesystem::path checkpoint = WriteCheckpoint(run_, snapshot_, retention_);
      if (written_) written_(snapshot_.step, checkpoint);
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
