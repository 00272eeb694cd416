// Sound of strangers, decoded where a hole in a decoder is no hole in this program: a child of the
// same program that can neither open files nor sockets and has little time and memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "apps/jail/confinement.h"
#include "audio/wav.h"
#include "base/log.h"

namespace kani::jail {

/// To be called first by main() of every program that reads sound here: in the child it decodes,
/// and returns the exit code. Nothing where the program was started by a user.
std::optional<int> RunChild(int argc, char** argv);

/// media::ReadAudio, but what is not plain WAVE is decoded by a child: the same sound, the same
/// errors, and kInvalidFile where the decoder crashed, kResourceExhausted where it took too much
/// time or memory (LimitsOf). From any thread.
/// @param source name for messages.
/// @param warn where the kernel has no seccomp filters, told so, and the child has limits on time
///   and memory only. Empty: kUnsupported there.
audio::Sound ReadAudio(std::span<const std::byte> bytes, const std::string& source,
                       double max_seconds, const WarningSink& warn);
audio::Sound ReadAudio(const std::filesystem::path& path, double max_seconds,
                       const WarningSink& warn);

/// What is enough for any honest file: 20 s and a twentieth of its longest length; 128 MiB, the
/// file twice, and 600 kB for each second (48 kHz, three times).
Limits LimitsOf(size_t bytes, double max_seconds);

/// What ReadAudio does with what is not plain WAVE.
audio::Sound DecodeInChild(std::span<const std::byte> bytes, const std::string& source,
                           double max_seconds, const Limits& limits, const WarningSink& warn);

}  // namespace kani::jail
