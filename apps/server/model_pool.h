// The models that a server speaks with: loaded when first asked for, within a budget of memory.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/server/voice_library.h"
#include "base/log.h"
#include "engine/engine.h"
#include "engine/scheduler_thread.h"

namespace kani::server {

struct ModelSource {
  std::string name;
  model::ModelPaths paths;
};

/// What is known of a model without its weights.
struct ModelFacts {
  std::string name;
  model::ModelPaths paths;
  ModelVoices voices;
  int sample_rate_hz = 0;
  lm::SamplingSettings sampling;  ///< where a request says nothing
  int64_t created = 0;            ///< of its weights, seconds since 1970
  size_t bytes = 0;               ///< of its files: about what it will take
};

/// An engine, and the thread that drives it.
class LoadedModel {
 public:
  LoadedModel(const ModelFacts& facts, engine::EngineOptions options)
      : facts_(facts), engine_(std::move(options)), driver_(engine_.scheduler()) {}
  const ModelFacts& facts() const { return facts_; }
  engine::Engine& engine() { return engine_; }

 private:
  const ModelFacts facts_;
  engine::Engine engine_;
  engine::SchedulerThread driver_;
};

struct ModelPoolOptions {
  std::vector<ModelSource> sources;  ///< at least one; the first is the default
  std::string device = "auto";
  int threads = 0;
  std::optional<kernels::WeightFormat> weights;
  engine::SchedulerLimits limits;
  /// Of the weights of all loaded models; 0 = no limit. One model alone may be larger.
  size_t memory_budget_bytes = 0;
  std::chrono::seconds idle_unload{0};  ///< 0 = never
  WarningSink warn;
};

/// Thread-safe.
class ModelPool {
 public:
  /// Reads the configurations. Throws as the readers of model files do, kInvalidArgument for two
  /// models of a name.
  explicit ModelPool(ModelPoolOptions options);

  /// In their order; the first is the default one.
  const std::vector<ModelFacts>& models() const { return facts_; }
  /// By name; "" and OpenAI's names mean the default one. Throws ApiError: 404 with the known
  /// names.
  const ModelFacts& Find(std::string_view name) const;
  /// Loads it unless it is there, which others wait for. What is held is not unloaded. Throws
  /// ApiError (503) where the budget has no room, and 500 for a model that cannot be loaded.
  std::shared_ptr<LoadedModel> Get(const ModelFacts& facts);
  /// If it is loaded.
  std::shared_ptr<LoadedModel> Peek(const ModelFacts& facts) const;
  /// Frees models that nobody holds or asked for since `idle_unload`. To be called now and then.
  void UnloadIdle();

 private:
  struct Slot {
    std::shared_ptr<LoadedModel> model;
    std::chrono::steady_clock::time_point used;
  };
  size_t IndexOf(const ModelFacts& facts) const {
    return static_cast<size_t>(&facts - facts_.data());
  }
  void MakeRoom(size_t bytes);

  const ModelPoolOptions options_;
  std::vector<ModelFacts> facts_;
  std::mutex loading_;  // one model at a time
  mutable std::mutex mutex_;
  std::vector<Slot> slots_;  // of each model
};

}  // namespace kani::server
