#include "apps/cli/pull_plan.h"

#include <algorithm>
#include <utility>

#include "apps/cli/hub_advice.h"
#include "base/error.h"
#include "base/nearest.h"
#include "base/read_file.h"
#include "hub/fetch_file.h"
#include "model/lm_config.h"

namespace kani::cli {
namespace {

namespace fs = std::filesystem;
using models::PartPlace;

/// The name with the revision that was given apart from it.
std::string FullName(const PullOptions& options) {
  if (options.revision.empty()) return options.name;
  if (options.name.find('@') != std::string::npos) {
    Fail(ErrorCode::kInvalidArgument, "two revisions: ", Quoted(options.name), " and ",
         Quoted(options.revision));
  }
  return StrCat(options.name, "@", options.revision);
}

/// The model of that name, else the repository of that name and nothing else.
models::NamedModel Named(const models::Catalogue& catalogue, const std::string& name) {
  if (auto named = models::FindName(catalogue, name)) return *std::move(named);
  models::NamedModel named{.name = name};
  named.model.language_model.repository = hub::ParseRepoName(name);
  return named;
}

bool MayUseCache(hub::Problem problem) {
  return problem == hub::Problem::kUnreachable || problem == hub::Problem::kServer ||
         problem == hub::Problem::kRateLimited || problem == hub::Problem::kNotAHub;
}

class Planner {
 public:
  Planner(const hub::Settings& settings, const models::Catalogue& catalogue,
          const PullOptions& options, const hub::PullHooks& hooks)
      : settings_(settings), catalogue_(catalogue), options_(options), hooks_(hooks) {}

  ModelPlan Plan() {
    const std::string name = FullName(options_);
    models::NamedModel named = Named(catalogue_, name);
    const auto& repository = named.model.language_model.repository;
    if (!repository) {
      Fail(ErrorCode::kInvalidArgument, "model ", Quoted(name), ": lies in ",
           Quoted(named.model.language_model.path.string()), ", not on a hub");
    }
    plan_.name = named.name;
    const auto* known = catalogue_.known.FindRepository(repository->id);
    const bool other_part = known != nullptr && known->kind != model::ModelPart::kLanguageModel;
    std::optional<model::ModelPart> kind;
    if (other_part) kind = known->kind;
    if (named.in_table) kind = model::ModelPart::kLanguageModel;
    Add(kind, *repository, options_.include);
    if (other_part) return std::move(plan_);
    if (!named.in_table) CompleteByConfig(named);
    if (named.model.codec) plan_.parts[0].kind = model::ModelPart::kLanguageModel;
    plan_.speaks = named.model.codec.has_value();
    if (!options_.include.empty()) return std::move(plan_);
    AddPart(model::ModelPart::kCodec, named.model.codec);
    AddPart(model::ModelPart::kSpeakerEncoder, named.model.speaker_encoder);
    return std::move(plan_);
  }

 private:
  void AddPart(model::ModelPart kind, const std::optional<PartPlace>& place) {
    if (place && place->repository) Add(kind, *place->repository, {});
  }

  void Add(std::optional<model::ModelPart> kind, const hub::RepoName& repository,
           const std::vector<std::string>& include) {
    PartPlan part{.kind = kind, .plan = {.repo = repository}};
    part.left_out = kind && std::find(options_.without.begin(), options_.without.end(),
                                      WithoutWord(*kind)) != options_.without.end();
    const hub::PullRequest request{
        .repo = repository, .include = include, .exclude = {}, .verify = options_.verify};
    if (!part.left_out) Ask(part, request);
    const auto* known = catalogue_.known.FindRepository(repository.id);
    part.license = part.plan.info.license;
    if (part.license.empty() && known != nullptr) part.license = known->license;
    part.terms = known != nullptr && !known->terms.empty()
                     ? known->terms
                     : StrCat(settings_.endpoint, "/", repository.id.text());
    plan_.parts.push_back(std::move(part));
  }

  void Ask(PartPlan& part, const hub::PullRequest& request) {
    if (settings_.offline && UseCache(part, request.repo)) return;
    try {
      part.plan = hub::PlanPull(settings_, request, hooks_);
    } catch (const hub::HubError& error) {
      if (!MayUseCache(error.problem()) || !UseCache(part, request.repo)) {
        Fail(error.code(), WithAdvice(error, settings_, request.repo.id, options_.name),
             Suggestion(error.problem()));
      }
      part.from_cache_because = error.what();
    } catch (const Error& error) {
      if (request.include.empty() || error.code() != ErrorCode::kInvalidArgument) throw;
      std::string patterns;
      for (const std::string& pattern : request.include) patterns += " " + Quoted(pattern);
      Fail(error.code(), error.what(), ": none matches", patterns);
    }
  }

  /// "Did you mean" for a name without an organisation that neither table nor hub knows.
  std::string Suggestion(hub::Problem problem) const {
    const bool absent =
        problem == hub::Problem::kAbsent || problem == hub::Problem::kAbsentOrPrivate;
    if (!absent || options_.name.find('/') != std::string::npos) return "";
    std::vector<std::string> names;
    for (const auto& [name, model] : catalogue_.known.models) names.push_back(name);
    if (names.empty() || catalogue_.known.Find(options_.name) != nullptr) return "";
    return StrCat("; the nearest known name is ", Nearest(options_.name, names));
  }

  /// Plans nothing where everything is here; false otherwise. What was never pulled of the commit
  /// is not known here, but what the part needs is.
  bool UseCache(PartPlan& part, const hub::RepoName& name) const {
    const auto snapshot = hub::FindSnapshot(settings_.cache, name.id, name.revision);
    const auto repo = hub::ReadRepo(settings_.cache, name.id, hooks_.warn);
    if (!snapshot || !repo) return false;
    if (part.kind &&
        !models::Locate(settings_.cache, {.repository = name, .path = {}}, *part.kind).whole()) {
      return false;
    }
    hub::PullPlan plan{.repo = name};
    plan.info.commit = snapshot->commit;
    plan.folder = snapshot->folder;
    for (const hub::CachedCommit& commit : repo->commits) {
      if (commit.snapshot.commit != snapshot->commit) continue;
      for (const hub::CachedFile& file : commit.files) {
        if (!file.size_bytes) return false;
        plan.files.push_back({.file = {file.path, *file.size_bytes, file.etag.value_or("")},
                              .linked = true,
                              .present = true});
      }
      plan.total_bytes = commit.size_bytes;
    }
    plan.complete = !plan.files.empty();
    part.plan = std::move(plan);
    return part.plan.complete;
  }

  /// A checkpoint that no table knows says itself which codec and encoder it needs.
  void CompleteByConfig(models::NamedModel& named) const {
    const hub::PullPlan& plan = plan_.parts[0].plan;
    const auto file = std::find_if(plan.files.begin(), plan.files.end(),
                                   [](const auto& f) { return f.file.path == "config.json"; });
    if (file == plan.files.end()) return;
    try {
      const std::string text =
          file->present
              ? ReadTextFile(plan.folder / "config.json", models::kMaxTableBytes)
              : hub::FetchFile(settings_, plan.repo.id, plan.info.commit, file->file, hooks_);
      const model::LmConfig config = model::ParseLmConfig(text, plan.repo.id.text());
      const auto place = [](std::optional<hub::RepoName> repository) -> std::optional<PartPlace> {
        if (!repository) return std::nullopt;
        return PartPlace{.repository = std::move(repository), .path = {}};
      };
      named.model.codec =
          place(catalogue_.known.CodecFor(config.tokens.codebooks, config.tokens.codebook_size));
      named.model.speaker_encoder =
          place(catalogue_.known.SpeakerEncoderFor(config.speaker_emb_dim));
    } catch (const hub::HubError& error) {
      Fail(error.code(), WithAdvice(error, settings_, plan.repo.id, options_.name));
    } catch (const Error&) {
      // No model that speaks: it is pulled alone.
    }
  }

  static std::string_view WithoutWord(model::ModelPart kind) {
    switch (kind) {
      case model::ModelPart::kLanguageModel:
        return "";  // without it nothing is pulled
      case model::ModelPart::kCodec:
        return "codec";
      case model::ModelPart::kSpeakerEncoder:
        return "speaker-encoder";
    }
    return "";
  }

  const hub::Settings& settings_;
  const models::Catalogue& catalogue_;
  const PullOptions& options_;
  const hub::PullHooks& hooks_;
  ModelPlan plan_;
};

template <typename Get>
uint64_t Sum(const ModelPlan& plan, const Get& get) {
  uint64_t sum = 0;
  for (const PartPlan& part : plan.parts) {
    if (!part.left_out) sum += get(part.plan);
  }
  return sum;
}

}  // namespace

uint64_t ModelPlan::total_bytes() const {
  return Sum(*this, [](const hub::PullPlan& plan) { return plan.total_bytes; });
}

uint64_t ModelPlan::missing_bytes() const {
  return Sum(*this, [](const hub::PullPlan& plan) { return plan.missing_bytes; });
}

bool ModelPlan::complete() const {
  return std::all_of(parts.begin(), parts.end(),
                     [](const PartPlan& part) { return part.left_out || part.plan.complete; });
}

std::string_view PartName(model::ModelPart kind) {
  switch (kind) {
    case model::ModelPart::kLanguageModel:
      return "language model";
    case model::ModelPart::kCodec:
      return "codec";
    case model::ModelPart::kSpeakerEncoder:
      return "speaker encoder";
  }
  return "";
}

ModelPlan PlanModel(const hub::Settings& settings, const models::Catalogue& catalogue,
                    const PullOptions& options, const hub::PullHooks& hooks) {
  return Planner(settings, catalogue, options, hooks).Plan();
}

}  // namespace kani::cli
