#include <cstdint>
#include <cstdlib>

#include "hub/cache.h"
#include "hub/listing.h"
#include "hub/refusal.h"
#include "hub/repo_id.h"
#include "hub/url.h"
#include "tests/hostile/hostile_bytes.h"

// The short texts: refs, names of repositories and revisions, headers, addresses.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const std::string text(kani::AsText(bytes));
  if (const auto commit = kani::hub::ParseRef(text); commit && !kani::hub::IsCommit(*commit)) {
    std::abort();
  }
  kani::hub::NextLink(text);
  kani::hub::ParseRateLimit(text, text);
  kani::ParseHostile(bytes, [&](auto) { kani::hub::CheckRevision(text); });
  kani::ParseHostile(bytes, [&](auto) {
    const kani::hub::RepoName name = kani::hub::ParseRepoName(text);
    if (kani::hub::RepoId::FromFolder(name.id.Folder()) != name.id) std::abort();
  });
  kani::ParseHostile(bytes, [&](auto) {
    const kani::hub::Url url =
        kani::hub::Url::Parse("https://hub.example/a", "fuzz").Redirected(text);
    if (!url.IsHttps()) std::abort();
    url.Shown();
    url.Origin();
    url.IsLoopback();
  });
  return 0;
}
