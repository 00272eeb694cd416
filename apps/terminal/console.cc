#include "apps/terminal/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "apps/terminal/interrupt.h"
#include "apps/terminal/program_name.h"
#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::terminal {
namespace {

[[noreturn]] void FailStdout() {
  ThrowIfInterrupted();
  Fail(ErrorCode::kIo, "cannot write to stdout: ", std::strerror(errno));
}

std::string ReadStdin(size_t max_bytes) {
  std::string text;
  std::array<char, 1 << 16> block;
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count < 0) Fail(ErrorCode::kIo, "cannot read stdin: ", std::strerror(errno));
    if (count == 0) return text;
    text.append(block.data(), static_cast<size_t>(count));
    if (text.size() > max_bytes) {
      Fail(ErrorCode::kResourceExhausted, "text on stdin: at most ", max_bytes,
           " bytes are accepted");
    }
  }
}

}  // namespace

std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7F ? ' ' : c;
  }
  return line;
}

void PrintError(std::string_view message) {
  std::fprintf(stderr, "%s: error: %s\n", ProgramName().data(), OneLine(message).c_str());
}

void PrintNote(std::string_view message) {
  std::fprintf(stderr, "%s: %s\n", ProgramName().data(), OneLine(message).c_str());
}

WarningSink PrintWarnings() {
  return [](std::string_view line) { PrintNote(StrCat("warning: ", line)); };
}

void Print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) FailStdout();
}

void PrintJson(const nlohmann::json& value) {
  // Foreign names may not be UTF-8; JSON must be.
  Print(value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void WriteStdout(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0) FailStdout();
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void FlushStdout() {
  if (std::fflush(stdout) != 0) FailStdout();
}

bool CanAsk() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

bool Ask(std::string_view question) {
  if (!CanAsk()) return false;
  std::fprintf(stderr, "%s: %s [Y/n] ", ProgramName().data(), OneLine(question).c_str());
  std::array<char, 256> line{};
  const ssize_t count = ::read(STDIN_FILENO, line.data(), line.size());
  if (count <= 0) {  // the end of input is no answer
    std::fputc('\n', stderr);
    return false;
  }
  return line[0] == '\n' || line[0] == 'y' || line[0] == 'Y';
}

bool StdoutIsTerminal() { return ::isatty(STDOUT_FILENO) == 1; }

std::string ReadText(const std::string& argument, bool has_argument, const std::string& file,
                     size_t max_bytes) {
  std::string text;
  if (has_argument) {
    text = argument;
  } else if (!file.empty() && file != "-") {
    text = ReadTextFile(file, max_bytes);
  } else if (file == "-" || ::isatty(STDIN_FILENO) != 1) {
    text = ReadStdin(max_bytes);
  } else {
    Fail(ErrorCode::kInvalidArgument, "no text: give it as an argument, by -f FILE or on stdin");
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

ProgressLine::ProgressLine() : visible_(::isatty(STDERR_FILENO) == 1) {}
ProgressLine::~ProgressLine() { Clear(); }

int ProgressLine::Columns() {
  struct winsize size {};
  constexpr int kUsual = 80;
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

void ProgressLine::Show(std::string_view text) {
  if (!visible_) return;
  std::fprintf(stderr, "\r\033[K%s", OneLine(text).c_str());
  shown_ = true;
}

void ProgressLine::Clear() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

}  // namespace kani::terminal
