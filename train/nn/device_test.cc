#include "train/nn/device.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kani::train {
namespace {

TEST(DeviceTest, TheProcessorIsAlwaysThere) { EXPECT_TRUE(OpenDevice("cpu").is_cpu()); }

TEST(DeviceTest, RefusesOtherNames) {
  for (const char* name : {"", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda1"}) {
    EXPECT_THROW(OpenDevice(name), Error) << name;
  }
}

TEST(DeviceTest, SaysWhatIsMissingForAGpuThatIsNotThere) {
  try {
    OpenDevice("cuda:99");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound) << error.what();
  }
}

}  // namespace
}  // namespace kani::train
