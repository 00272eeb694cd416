#include "kernels/cpu/cpu_device.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "kernels/cpu/isas.h"
#include "kernels/cpu/memory.h"
#include "kernels/cpu/packed_weights.h"
#include "kernels/host_device.h"

namespace kani::kernels {
namespace {

// Weights that one thread packs about as fast as another one starts.
constexpr int64_t kWeightsPerThread = int64_t{1} << 18;

class CpuDevice : public HostDevice {
 public:
  explicit CpuDevice(const KernelTable& table) : table_(table) {}

  std::string_view name() const override { return table_.name; }
  std::unique_ptr<Ops> NewOps(int threads) override {
    return MakeCpuOps(shared_from_this(), table_, threads);
  }

  float* Allocate(size_t count) override {
    if (count > SIZE_MAX / sizeof(float)) {
      Fail(ErrorCode::kResourceExhausted, "cannot allocate ", count, " floats");
    }
    return reinterpret_cast<float*>(AllocateZeroed(count * sizeof(float)).release());
  }
  void Free(float* memory) override { FreeMemory()(reinterpret_cast<uint8_t*>(memory)); }

 protected:
  std::unique_ptr<const Weights> DoPack(int64_t outputs, int64_t taps, int64_t inputs,
                                        WeightFormat format, const RowSource& source) override {
    const int64_t cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const int64_t worth = outputs * taps * inputs / kWeightsPerThread;
    ThreadPool pool(static_cast<int>(std::clamp<int64_t>(worth, 1, cores)));
    return std::make_unique<PackedWeights>(outputs, taps, inputs, format, source, pool);
  }

 private:
  const KernelTable& table_;
};

}  // namespace

std::shared_ptr<Device> MakeCpuDevice(std::string_view isa) {
  return std::make_shared<CpuDevice>(FindTable(isa));
}

}  // namespace kani::kernels
