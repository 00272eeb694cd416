// How many threads LibTorch computes with.
#pragma once

namespace kani::train {

/// LibTorch computes with so many threads from now on; all are there when it returns. Throws
/// kResourceExhausted when the system does not give as many: LibTorch itself would wait for ever,
/// or end the process.
void UseThreads(int threads);

}  // namespace kani::train
