#include "formats/json.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kani::formats {
namespace {

std::string Failure(std::string_view text) {
  try {
    ParseJson(text, "file");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(JsonTest, TextThatWasCutShortIsNamedAsSuch) {
  const std::string text = R"({"a": ["x\\\"}", {"b": 1}]})";
  EXPECT_EQ(Failure(text), "accepted");
  for (size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_NE(Failure(text.substr(0, cut)).find("cut short"), std::string::npos) << cut;
  }
  EXPECT_NE(Failure(text.substr(0, 12)).find("inside a string"), std::string::npos);
  EXPECT_NE(Failure(text.substr(0, 6)).find("inside brackets"), std::string::npos);
  for (const char* other : {"", "}", "{]}", "{}}", "nonsense", "{\"a\": \"\xFF\"}"}) {
    EXPECT_NE(Failure(other).find("not valid JSON"), std::string::npos) << other;
  }
}

TEST(JsonTest, NestingIsBoundedBeforeAnythingRecurses) {
  EXPECT_EQ(Failure(std::string(64, '[') + std::string(64, ']')), "accepted");
  EXPECT_NE(Failure(std::string(1'000'000, '[')).find("deeper than 64"), std::string::npos);
}

TEST(JsonTest, MembersComeInTheOrderOfTheFile) {
  std::string seen;
  ForEachMember(R"({"b": {"x": [1, {"y": 2}]}, "a": [3], "b": null, "c": "d"})", "file",
                [&](const std::string& name, const nlohmann::json& value) {
                  seen += name + "=" + value.dump() + " ";
                });
  EXPECT_EQ(seen, R"(b={"x":[1,{"y":2}]} a=[3] b=null c="d" )");
  for (const char* other : {"[]", "1", "\"a\"", "{\"a\": 1"}) {
    EXPECT_THROW(ForEachMember(other, "file", [](const auto&, const auto&) {}), Error) << other;
  }
}

}  // namespace
}  // namespace kani::formats
