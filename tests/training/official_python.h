// For tests that compare with official Python code, which is not part of this project.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace kani::train {

/// Skipped unless KANI_PYTHON names an interpreter that has the official packages.
template <typename Fixture = testing::Test>
class OfficialPythonTest : public Fixture {
 protected:
  void SetUp() override {
    Fixture::SetUp();
    if (python_ == nullptr) GTEST_SKIP() << "KANI_PYTHON names no Python with official packages";
  }

  /// Runs a script, the first of `arguments`. One that lacks a package ends with 77, and the test
  /// is skipped; any other status but 0 is a fatal failure.
  void RunPython(const std::vector<std::filesystem::path>& arguments) {
    constexpr int kLacksPackage = 77;
    std::string command = std::string("'") + python_ + "'";
    for (const std::filesystem::path& argument : arguments)
      command += " '" + argument.string() + "'";
    const int status = std::system(command.c_str());
    if (WIFEXITED(status) && WEXITSTATUS(status) == kLacksPackage) {
      GTEST_SKIP() << python_ << " lacks an official package";
    }
    ASSERT_EQ(status, 0) << command;
  }

  const char* const python_ = std::getenv("KANI_PYTHON");
};

}  // namespace kani::train
