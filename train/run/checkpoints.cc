#include "train/run/checkpoints.h"

#include <string>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxRecordBytes = size_t{64} << 20;

}  // namespace

Place Checkpoints::Begin() {
  fs::create_directories(options_.folder);
  const fs::path checkpoint = LatestCheckpoint(options_.folder);
  Place place;
  if (checkpoint.empty()) {
    task_.Begin();
  } else {
    task_.Restore(checkpoint);
    place = PlaceIn(checkpoint);
    saved_step_ = task_.step();
  }
  group_.AgreeOn("the step of the newest checkpoint", task_.step());
  return place;
}

Place Checkpoints::PlaceIn(const fs::path& checkpoint) const {
  const fs::path record = checkpoint / kRunRecordFile;
  const Continuation continuation =
      ParseRunRecord(ReadTextFile(record, kMaxRecordBytes), task_.order(), Quoted(record.string()));
  if (!continuation.changed.empty()) {
    Warn(warn_, StrCat("the order of clips is another one than before (", continuation.changed,
                       "): going on with epoch ", continuation.place.epoch));
  }
  return continuation.place;
}

void Checkpoints::StartWriting(CheckpointWriter::Written written) {
  writer_.emplace(options_.folder, options_.retention, std::move(written));
  // What checkpoints need is found now, and not when the first one is due.
  Snapshot memory;
  task_.TakeSnapshot(memory);
  writer_->KeepMemory(std::move(memory));
}

void Checkpoints::Save(const Place& place) {
  if (saved_step_ == task_.step()) return;
  saved_step_ = task_.step();
  if (task_.step() > went_back_from_) went_back_from_ = -1;
  if (!writer_) return;
  WaitForWriter();
  Snapshot snapshot = writer_->TakeMemory();
  task_.TakeSnapshot(snapshot);
  snapshot.files = task_.files();
  snapshot.files.emplace_back(kRunRecordFile, RunRecord(place, task_.order()));
  writer_->Write(std::move(snapshot));
}

void Checkpoints::Wait() {
  if (writer_) writer_->Wait();
}

void Checkpoints::WaitForWriter() {
  try {
    Wait();
  } catch (const Error& error) {
    Warn(warn_, error.what());
  }
}

void Checkpoints::GoBack() {
  WaitForWriter();
  group_.Barrier();
  const fs::path checkpoint = LatestCheckpoint(options_.folder);
  // A shared disk may show one of them an older state: their weights would differ for good.
  group_.AgreeOn("the step of the checkpoint to go back to", CheckpointStep(checkpoint));
  if (checkpoint.empty() || went_back_from_ >= 0) {
    Fail(ErrorCode::kResourceExhausted, options_.most_skipped, " updates in a row were skipped ",
         checkpoint.empty() ? "before the first checkpoint" : "again after going back",
         "; a lower rate may help");
  }
  went_back_from_ = task_.step();
  task_.Restore(checkpoint);
  saved_step_ = task_.step();
  Warn(warn_, StrCat(options_.most_skipped, " updates in a row were skipped: went back from step ",
                     went_back_from_, " to ", task_.step()));
}

}  // namespace kani::train
