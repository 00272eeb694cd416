// What a run trains: the loop, its checkpoints and its log know of a network no more than this.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "train/checkpoint/checkpoint.h"
#include "train/nn/update_report.h"
#include "train/observe/throughput.h"

namespace kani::train {

/// One process' share of a training. All processes make the same calls in the same order. What goes
/// wrong is thrown as an Error. Not thread-safe.
class Task {
 public:
  /// What this process trains on in one step.
  struct Material {
    virtual ~Material() = default;
    UpdateWork work;  ///< of this process
  };
  /// Of what was held out, and whatever else is looked at now and then.
  struct Evaluation {
    std::vector<std::pair<std::string, double>> metrics;  ///< by their names in the log
    std::string note;                                     ///< for people; may be empty
  };

  virtual ~Task() = default;

  /// Updates in all: the schedule ends there.
  virtual int64_t steps() const = 0;
  /// Updates made or skipped so far.
  virtual int64_t step() const = 0;
  /// The most that a process can do, in floating-point operations a second; 0: unknown.
  virtual double PeakFlopsPerSecond() const = 0;

  /// Draws or loads the first weights; called where there is no checkpoint.
  virtual void Begin() = 0;
  /// Gather() means this epoch from now on. @return its steps
  virtual int64_t BeginEpoch(int64_t epoch) = 0;
  virtual std::unique_ptr<Material> Gather(int64_t step_in_epoch) const = 0;
  /// The report is the same in every process.
  virtual UpdateReport Update(const Material& material) = 0;
  /// The same is found in every process.
  virtual Evaluation Evaluate() = 0;

  /// Copies all that is trained and its step; the snapshot's files stay.
  virtual void TakeSnapshot(Snapshot& snapshot) const = 0;
  /// Goes on where the snapshot was taken: the next updates are the same bits.
  virtual void Restore(const std::filesystem::path& checkpoint) = 0;
  /// Small files that every checkpoint holds, by name.
  virtual const std::vector<std::pair<std::string, std::string>>& files() const = 0;
  /// What the order of the material is a function of, as JSON; see ParseRunRecord.
  virtual std::string order() const = 0;
};

}  // namespace kani::train
