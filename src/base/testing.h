// For tests of every folder: the message of an Error, a folder of their own.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kani {

/// "code: message" of the Error that `call` throws, or "accepted".
template <typename Call>
std::string Failure(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return StrCat(ErrorCodeName(error.code()), ": ", error.what());
  }
  return "accepted";
}

/// A folder of its own that is removed at the end.
class TestFolder {
 public:
  TestFolder() {
    std::string name = testing::TempDir() + "kani_XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) Fail(ErrorCode::kIo, Quoted(name));
    path_ = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace kani
