#include <cstdint>

#include "hub/listing.h"
#include "tests/hostile/hostile_bytes.h"

// What a hub answers, as either of the two questions: a path that was accepted must be one that
// cannot leave its folder.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  kani::ParseHostile(bytes, [](std::span<const std::byte> text) {
    kani::hub::ParseRepoInfo(kani::AsText(text), "fuzz");
  });
  kani::ParseHostile(bytes, [](std::span<const std::byte> text) {
    std::vector<kani::hub::RemoteFile> files;
    kani::hub::AppendTreePage(kani::AsText(text), "fuzz", &files);
    std::vector<std::string> paths;
    for (const kani::hub::RemoteFile& file : files) {
      if (file.path.find("..") == 0 || file.path.front() == '/') std::abort();
      paths.push_back(file.path);
    }
    kani::hub::CheckPathsTogether(paths, "fuzz");
  });
  return 0;
}
