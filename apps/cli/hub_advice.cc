#include "apps/cli/hub_advice.h"

#include "base/error.h"

namespace kani::cli {
namespace {

constexpr char kLogIn[] = "log in by 'hf auth login' or set HF_TOKEN";

std::string Advice(hub::Problem problem, const hub::Settings& settings, const hub::RepoId& id,
                   const std::string& name) {
  const bool token = !settings.token.empty();
  switch (problem) {
    case hub::Problem::kOffline:
      return StrCat(
          "pull it while the network is allowed: KANI_OFFLINE, HF_HUB_OFFLINE or "
          "--offline forbids it now; 'kani pull ",
          name,
          "' on another machine and its "
          "cache copied here do as well");
    case hub::Problem::kAbsentOrPrivate:
      return StrCat("check the name; if it is private, ", kLogIn);
    case hub::Problem::kAbsent:
      return "check the name, and whose token it is";
    case hub::Problem::kGated:
      return StrCat("accept the terms at ", settings.endpoint, "/", id.text(),
                    token ? ", with the account of your token" : StrCat(", then ", kLogIn));
    case hub::Problem::kRateLimited:
      return token ? "try again later" : StrCat("a token raises the limit: ", kLogIn);
    case hub::Problem::kUnreachable:
      return "check the network; HF_ENDPOINT names another hub, HTTPS_PROXY a proxy";
    case hub::Problem::kNotAHub:
      return "a network that wants a login first, or a wrong HF_ENDPOINT, answers so";
    case hub::Problem::kNoSuchRevision:
      return "name a branch, a tag or a commit";
    case hub::Problem::kDamaged:
      return "try again; if it stays so, the hub or what lies between changes files";
    case hub::Problem::kServer:
      return "try again later; what has arrived is kept";
    case hub::Problem::kHostile:
    case hub::Problem::kNoSuchFile:
    case hub::Problem::kForbidden:
      return "";
  }
  return "";
}

}  // namespace

std::string WithAdvice(const hub::HubError& error, const hub::Settings& settings,
                       const hub::RepoId& id, const std::string& name) {
  const std::string advice = Advice(error.problem(), settings, id, name);
  return advice.empty() ? std::string(error.what()) : StrCat(error.what(), "; ", advice);
}

}  // namespace kani::cli
