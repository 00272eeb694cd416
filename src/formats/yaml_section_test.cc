#include "formats/yaml_section.h"

#include <gtest/gtest.h>

#include "base/testing.h"
#include "formats/yaml.h"

namespace kani::formats {
namespace {

YamlSection Section(const char* yaml) { return {ParseYaml(yaml, "y"), "y"}; }

TEST(YamlSectionTest, ListsOfIntegersAreCheckedOneByOne) {
  std::vector<int64_t> values{7};
  YamlSection section = Section("rates: [2, 3]\nmany: [1, 2, 3]\nwide:\n  - 2\n  - 65\nnone: []\n");
  section.Read("absent", values, 2, 1, 64);
  EXPECT_EQ(values, std::vector<int64_t>{7});
  section.Read("rates", values, 2, 1, 64);
  EXPECT_EQ(values, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(Failure([&] { section.Read("many", values, 2, 1, 64); }),
            "invalid_file: y:2: key 'many': expected a list of 1 to 2 integers, found a list");
  EXPECT_EQ(Failure([&] { section.Read("none", values, 2, 1, 64); }),
            "invalid_file: y:6: key 'none': expected a list of 1 to 2 integers, found a list");
  EXPECT_EQ(Failure([&] { section.Read("wide", values, 2, 1, 64); }),
            "invalid_file: y:5: key 'wide': expected integers in [1, 64], found '65'");
}

TEST(YamlSectionTest, MessagesSayWhereAMappingStands) {
  YamlSection section = Section("model:\n  encoder:\n    size: wide\n");
  std::optional<YamlSection> encoder = section.Child("model")->Child("encoder");
  EXPECT_EQ(encoder->source(), "y: model: encoder");
  int64_t size = 0;
  EXPECT_EQ(Failure([&] { encoder->Read("size", size, 1, 4); }),
            "invalid_file: y:3: model: encoder: key 'size': expected an integer in [1, 4], found "
            "'wide'");
}

TEST(YamlSectionTest, OnlyAStrictReaderMindsUnknownKeysAndThoseThatStandThereTwice) {
  int64_t value = 0;
  for (const char* yaml : {"size: 1\nsize: 2\n", "size: 1\nother: 2\n", "size: 1\n? [a]\n: 2\n"}) {
    YamlSection section = Section(yaml);
    section.Read("size", value, 1, 4);
    EXPECT_EQ(value, 1);
    EXPECT_NE(Failure([&] { section.RejectUnknown(); }), "accepted") << yaml;
  }
}

}  // namespace
}  // namespace kani::formats
