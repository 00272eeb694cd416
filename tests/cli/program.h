// Starts the built program in a folder of its own and collects what it prints.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kani::tests {

struct Outcome {
  int exit_code = -1;  ///< 128 + signal when a signal ended it
  std::string out;
  std::string err;
};

using Arguments = std::vector<std::string>;

/// A temporary folder that is the program's working folder, home and voice folder.
class Sandbox {
 public:
  Sandbox();
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  std::filesystem::path Path(std::string_view name) const { return folder_ / name; }
  void Write(std::string_view name, std::string_view bytes) const;
  std::string Read(std::string_view name) const;
  /// Names of everything in the folder, hidden files too, sorted.
  std::vector<std::string> Entries() const;

  /// `input` becomes stdin. A program that runs longer than a minute is killed.
  Outcome Run(const Arguments& arguments, std::string_view input = "") const;
  /// Sends `signal` once after `delay_ms`.
  Outcome RunAndSignal(const Arguments& arguments, int signal, int delay_ms) const;
  /// A line for sh, with $KANI for the program.
  Outcome Shell(const std::string& line) const;

 private:
  Outcome Spawn(const Arguments& command, std::string_view input, int signal, int delay_ms) const;
  std::filesystem::path folder_;
};

/// The small random model that ships with the tests: language model and codec, speaker encoder.
Arguments GoldenModel();
Arguments GoldenSpeakerEncoder();
std::filesystem::path Golden(std::string_view path);
Arguments operator+(Arguments a, const Arguments& b);

}  // namespace kani::tests
