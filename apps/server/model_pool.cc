#include "apps/server/model_pool.h"

#include <malloc.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "apps/server/api_error.h"
#include "model/nemo.h"

namespace kani::server {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// Models of OpenAI's that speak; a date may follow.
constexpr std::string_view kOpenAiModels[] = {"tts-1", "tts-1-hd", "gpt-4o-mini-tts"};

bool IsOpenAiName(std::string_view name) {
  return std::ranges::any_of(kOpenAiModels, [&](std::string_view known) {
    return name == known ||
           (name.starts_with(known) && name.size() > known.size() + 1 &&
            name[known.size()] == '-' &&
            name.find_first_not_of("0123456789-", known.size()) == std::string_view::npos);
  });
}

size_t FileBytes(const fs::path& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return error ? 0 : static_cast<size_t>(bytes);
}

size_t FolderBytes(const fs::path& folder) {
  size_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) bytes += FileBytes(entry.path());
  return bytes;
}

ModelFacts FactsOf(const ModelSource& source, const WarningSink& warn) {
  const model::LmConfig config = model::LoadLmConfig(source.paths.lm_folder / "config.json");
  for (const std::string& warning : config.warnings) Warn(warn, warning);
  ModelFacts facts{.name = source.name, .paths = source.paths};
  facts.voices = {.folder = source.paths.voices,
                  .embedding_size = config.speaker_emb_dim,
                  .language_tags = config.language_tags};
  facts.sample_rate_hz =
      static_cast<int>(model::OpenNemo(source.paths.codec).config.sample_rate_hz);
  facts.sampling = engine::DefaultSampling(
      model::LoadGenerationConfig(source.paths.lm_folder / "generation_config.json"));
  facts.bytes = FolderBytes(source.paths.lm_folder) + FileBytes(source.paths.codec);
  std::error_code error;
  const auto time = fs::last_write_time(source.paths.lm_folder / "config.json", error);
  if (!error) {
    facts.created = std::chrono::duration_cast<std::chrono::seconds>(
                        std::chrono::file_clock::to_sys(time).time_since_epoch())
                        .count();
  }
  return facts;
}

}  // namespace

ModelPool::ModelPool(ModelPoolOptions options) : options_(std::move(options)) {
  for (const ModelSource& source : options_.sources) {
    const bool twice = std::ranges::any_of(
        facts_, [&](const ModelFacts& facts) { return facts.name == source.name; });
    if (twice) {
      Fail(ErrorCode::kInvalidArgument, "two models go by the name ", Quoted(source.name));
    }
    facts_.push_back(FactsOf(source, options_.warn));
  }
  slots_.resize(facts_.size());
}

const ModelFacts& ModelPool::Find(std::string_view name) const {
  for (const ModelFacts& facts : facts_) {
    if (facts.name == name) return facts;
  }
  if (name.empty() || IsOpenAiName(name)) return facts_.front();
  std::string names;
  for (const ModelFacts& facts : facts_) names += (names.empty() ? "" : ", ") + facts.name;
  throw ApiError(404, "model_not_found", StrCat("no model ", Quoted(name), ": there is ", names),
                 "model");
}

std::shared_ptr<LoadedModel> ModelPool::Peek(const ModelFacts& facts) const {
  const std::lock_guard lock(mutex_);
  return slots_[IndexOf(facts)].model;
}

std::shared_ptr<LoadedModel> ModelPool::Get(const ModelFacts& facts) {
  Slot& slot = slots_[IndexOf(facts)];
  const auto use = [&] {
    const std::lock_guard lock(mutex_);
    slot.used = steady_clock::now();
    return slot.model;
  };
  if (auto model = use()) return model;
  const std::lock_guard loading(loading_);
  if (auto model = use()) return model;  // somebody else was faster
  MakeRoom(facts.bytes);
  try {
    // Without a sink for warnings: those of requests would fill the log with other people's text.
    const engine::EngineOptions options{.paths = facts.paths,
                                        .device = options_.device,
                                        .threads = options_.threads,
                                        .weights = options_.weights,
                                        .limits = options_.limits};
    auto model = std::make_shared<LoadedModel>(facts, options);
    const std::lock_guard lock(mutex_);
    slot = {model, steady_clock::now()};
    return model;
  } catch (const Error& error) {
    throw ApiError(error.code() == ErrorCode::kResourceExhausted ? 503 : 500, "model_not_loaded",
                   StrCat("model ", Quoted(facts.name), " cannot be loaded: ", error.what()));
  }
}

void ModelPool::MakeRoom(size_t bytes) {
  if (options_.memory_budget_bytes == 0) return;
  std::shared_ptr<LoadedModel> leaving;  // let go of without the lock
  for (;;) {
    leaving.reset();
    const std::lock_guard lock(mutex_);
    size_t held = 0;
    Slot* oldest = nullptr;
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].model) continue;
      held += facts_[i].bytes;
      if (slots_[i].model.use_count() > 1) continue;
      if (oldest == nullptr || slots_[i].used < oldest->used) oldest = &slots_[i];
    }
    if (held == 0 || held + bytes <= options_.memory_budget_bytes) break;
    if (oldest == nullptr) {
      throw ApiError(503, "memory_budget",
                     "the models that are speaking leave no memory for another one: try again");
    }
    leaving = std::move(oldest->model);
  }
  ::malloc_trim(0);
}

void ModelPool::UnloadIdle() {
  if (options_.idle_unload.count() == 0) return;
  std::vector<std::shared_ptr<LoadedModel>> leaving;
  {
    const std::lock_guard lock(mutex_);
    for (Slot& slot : slots_) {
      if (!slot.model || slot.model.use_count() > 1) continue;
      if (steady_clock::now() - slot.used < options_.idle_unload) continue;
      leaving.push_back(std::move(slot.model));
      slot.model.reset();
    }
  }
  if (leaving.empty()) return;
  leaving.clear();
  ::malloc_trim(0);  // glibc keeps what was freed
}

}  // namespace kani::server
