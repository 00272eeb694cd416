// What parent and child of one program agree on, beside the answer.
#pragma once

namespace kani::jail {

// argv: the program, this word, the name for messages, the longest sound in seconds, the seconds
// and bytes of Limits, and whether decoding goes on without seccomp ("1").
inline constexpr char kChildWord[] = "decode-in-jail";
enum Argument { kWord = 1, kSource, kMaxSeconds, kSeconds, kMemoryBytes, kUnconfined, kArguments };

// File descriptors of the child.
inline constexpr int kInput = 3;   // a file in memory
inline constexpr int kResult = 4;  // a pipe

/// Whether main() has asked whether it is the child. A program that never asks would, started as a
/// child, do all its work once more, with children of its own.
bool CanBeChild();

}  // namespace kani::jail
