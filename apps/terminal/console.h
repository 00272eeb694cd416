// Everything that is printed or read from a terminal or pipe.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/log.h"

namespace kani::terminal {

/// Replaces line breaks and other control characters, so that foreign text cannot take over a
/// terminal or forge a second line.
std::string OneLine(std::string_view text);
/// "NAME: error: ..." on stderr.
void PrintError(std::string_view message);
/// "NAME: ..." on stderr.
void PrintNote(std::string_view message);
/// Prints "NAME: warning: ..." on stderr.
WarningSink PrintWarnings();

/// Writes to stdout. Throws kIo.
void Print(std::string_view text);
void PrintJson(const nlohmann::json& value);
/// Bytes past stdio's buffer, for audio. Throws kIo.
void WriteStdout(std::span<const std::byte> bytes);
/// Throws kIo, so that a full disk behind a redirected stdout is not silent.
void FlushStdout();
bool StdoutIsTerminal();

/// Whether somebody is there to be asked: stdin and stderr are terminals.
bool CanAsk();
/// Prints `question` with " [Y/n] " and reads a line. True for yes and for an empty line, false for
/// anything else and where nobody can be asked.
bool Ask(std::string_view question);

/// What the user wants to be said or tokenised: the argument, a file ("-" for stdin), or stdin when
/// neither is given and it is not a terminal. A byte order mark is dropped. Throws kInvalidArgument
/// when there is no text at all, kResourceExhausted past `max_bytes`.
std::string ReadText(const std::string& argument, bool has_argument, const std::string& file,
                     size_t max_bytes = 1 << 20);

/// One line on stderr that is rewritten in place; silent unless stderr is a terminal.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  bool visible() const { return visible_; }
  /// Columns of the terminal, 80 where it does not tell.
  static int Columns();
  void Show(std::string_view text);
  void Clear();

 private:
  bool visible_;
  bool shown_ = false;
};

}  // namespace kani::terminal
