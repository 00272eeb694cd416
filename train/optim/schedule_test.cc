#include "train/optim/schedule.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace kani::train {
namespace {

nlohmann::json Log() {
  std::ifstream file(KANI_TEST_DATA "/training/golden/trainer_log.json");
  return nlohmann::json::parse(file);
}

void ExpectRates(const CosineSchedule& schedule, const nlohmann::json& rates) {
  ASSERT_GT(rates.size(), 0u);
  for (const auto& [step, rate] : rates.items()) {
    EXPECT_NEAR(schedule.Rate(std::stoll(step)), rate.get<double>(), 1e-15) << "step " << step;
  }
}

TEST(CosineScheduleTest, EqualsTheOfficialRates) {
  const nlohmann::json log = Log();
  ExpectRates({9e-4, 2000, 10000}, log.at("learning_rate_9e-4_warmup_2000_total_10000"));
  ExpectRates({9e-4, 0, 7}, log.at("learning_rate_9e-4_warmup_0_total_7"));
}

}  // namespace
}  // namespace kani::train
