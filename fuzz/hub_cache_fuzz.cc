#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "hub/cache.h"
#include "hub/remove.h"
#include "tests/hostile/hostile_bytes.h"

namespace {

namespace fs = std::filesystem;

/// A folder in memory if there is such a place, emptied for each input.
const fs::path& Root() {
  static const fs::path root = [] {
    const bool memory = fs::is_directory("/dev/shm");
    std::string pattern = memory ? "/dev/shm/kani_hub_fuzz_XXXXXX" : "/tmp/kani_hub_fuzz_XXXXXX";
    return fs::path(::mkdtemp(pattern.data()));
  }();
  return root;
}

/// Lines "f PATH TEXT", "d PATH" and "l PATH TARGET" below the cache.
void Build(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::vector<fs::path> links;
  std::string line;
  for (int count = 0; count < 12 && std::getline(lines, line); ++count) {
    std::istringstream words(line);
    std::string kind, name, rest;
    words >> kind >> name >> rest;
    if (name.empty() || name.front() == '/' || name.find("..") != name.npos) continue;
    if (name.find('\0') != name.npos || rest.find('\0') != rest.npos) continue;
    // Nothing behind a link made before: it may lead anywhere.
    const fs::path relative = fs::path(name).lexically_normal();
    const auto is_below = [&](const fs::path& link) {
      return std::mismatch(link.begin(), link.end(), relative.begin(), relative.end()).first ==
             link.end();
    };
    if (std::any_of(links.begin(), links.end(), is_below)) continue;
    const fs::path path = Root() / "hub" / relative;
    std::error_code ignored;
    fs::create_directories(path.parent_path(), ignored);
    if (kind == "f") std::ofstream(path) << rest;
    if (kind == "d") fs::create_directory(path, ignored);
    if (kind == "l") {
      links.push_back(relative);
      fs::create_symlink(rest, path, ignored);
    }
  }
}

}  // namespace

// A cache that somebody else has written: reading it ends, and removing stays inside.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fs::remove_all(Root() / "hub");
  std::ofstream(Root() / "outside") << "outside";
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    Build(kani::AsText(bytes));
    for (const kani::hub::CachedRepo& repo : kani::hub::ReadCache(Root() / "hub")) {
      if (const auto snapshot = kani::hub::FindSnapshot(Root() / "hub", repo.id)) {
        kani::hub::HasFile(*snapshot, "config.json");
      }
      std::vector<std::string> commits;
      if (!repo.commits.empty()) commits.push_back(repo.commits.front().snapshot.commit);
      kani::hub::Remove(kani::hub::PlanRemoval(Root() / "hub", repo, commits));
    }
  });
  if (!fs::exists(Root() / "outside")) std::abort();
  return 0;
}
