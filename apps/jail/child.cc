// The child's side: limits first, then the bytes, then no more calls to the kernel, then FFmpeg.
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstring>
#include <new>
#include <string_view>
#include <vector>

#include "apps/jail/answer.h"
#include "apps/jail/jail.h"
#include "apps/jail/protocol.h"
#include "base/error.h"
#include "media/media.h"

namespace kani::jail {
namespace {

template <typename Number>
Number Parse(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<std::byte> ReadInput() {
  struct stat status {};
  if (fstat(kInput, &status) != 0) Fail(ErrorCode::kIo, "no input: ", std::strerror(errno));
  std::vector<std::byte> bytes(static_cast<size_t>(status.st_size));
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t count =
        pread(kInput, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (count <= 0) Fail(ErrorCode::kIo, "the input ends early");
    at += static_cast<size_t>(count);
  }
  return bytes;
}

/// The result is a pipe whose reader may be gone: then there is nobody to tell.
void WriteResult(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(kResult, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) _exit(1);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void Decode(char** argv) {
  const std::string source = argv[kSource];
  const Limits limits{.seconds = Parse<double>(argv[kSeconds]),
                      .memory_bytes = Parse<size_t>(argv[kMemoryBytes])};
  LimitResources(limits);
  const std::vector<std::byte> bytes = ReadInput();
  const bool confined = RefuseSystemCalls(kResult);
  const auto refuse = [&](ErrorCode code, const std::string& text) {
    SendError(Error(code, text), confined, &WriteResult);
  };
  if (!confined && std::string_view(argv[kUnconfined]) != "1") {
    return refuse(ErrorCode::kUnsupported,
                  source +
                      ": is not opened, since this system has no seccomp filters to keep its "
                      "decoder in; WAV is read without one");
  }
  try {
    SendSound(media::DecodeWithFfmpeg(bytes, source, Parse<double>(argv[kMaxSeconds])), confined,
              &WriteResult);
  } catch (const Error& error) {
    SendError(error, confined, &WriteResult);
  } catch (const std::bad_alloc&) {
    refuse(ErrorCode::kResourceExhausted,
           StrCat(source, ": needs more memory than the ", limits.memory_bytes >> 20,
                  " MiB that its decoder gets"));
  } catch (const std::exception& error) {
    refuse(ErrorCode::kInternal, StrCat(source, ": ", error.what()));
  }
}

std::atomic<bool> can_be_child = false;

}  // namespace

bool CanBeChild() { return can_be_child; }

std::optional<int> RunChild(int argc, char** argv) {
  can_be_child = true;
  if (argc != kArguments || std::string_view(argv[kWord]) != kChildWord) return std::nullopt;
  // Nobody is left to take the answer of an orphan.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int code = 0;
  try {
    Decode(argv);
  } catch (const std::exception&) {  // the limits: there is no answer, and the parent says so
    code = 1;
  }
  // Destructors of the program's libraries would call the kernel.
  _exit(code);
}

}  // namespace kani::jail
