#include "base/error.h"
#include "train/distributed/backends.h"

namespace kani::train {

c10::intrusive_ptr<c10d::Backend> ConnectNccl(const c10::intrusive_ptr<c10d::Store>&,
                                              const Topology&, std::chrono::milliseconds) {
  Fail(ErrorCode::kUnsupported, "several processes with GPUs: this program was built without NCCL");
}

}  // namespace kani::train
