// `kani bench`: speed and memory of a model on this machine, as shares of what the machine can do.
#pragma once

#include <string>
#include <vector>

#include "kernels/ops.h"
#include "model/model_folder.h"

namespace kani::cli {

struct BenchOptions {
  model::ModelPaths paths;
  std::string device = "auto";
  int threads = 0;
  std::vector<kernels::WeightFormat> weights;  ///< each is measured
  bool json = false;
};

/// Prints one line per figure: medians of five runs, all in this process and this run.
void Bench(const BenchOptions& options);

}  // namespace kani::cli
