// What the machine itself can do, so that speed can be given as a share of it.
#pragma once

namespace kani::kernels {

/// Bytes per second at which `threads` threads read memory that no cache holds; measures for about
/// 0.2 s. Throws kUnsupported where the CPU has no vector kernels.
double ReadBandwidthBytesPerSecond(int threads);
/// fp32 operations per second (a fused multiply-add counts as two) of `threads` threads.
double FmaFlopsPerSecond(int threads);

}  // namespace kani::kernels
