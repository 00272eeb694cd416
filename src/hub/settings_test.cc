#include "hub/settings.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "hub/testing.h"

namespace kani::hub {
namespace {

class SettingsTest : public CacheTest {
 protected:
  Settings Make(const std::map<std::string, std::string>& variables) {
    warnings_.clear();
    return SettingsFromEnvironment(
        [&](const std::string& name) -> std::optional<std::string> {
          const auto found = variables.find(name);
          if (found == variables.end()) return std::nullopt;
          return found->second;
        },
        [&](std::string_view line) { warnings_ += std::string(line) + "\n"; });
  }
  std::filesystem::path CacheOf(const std::map<std::string, std::string>& variables) {
    return Make(variables).cache;
  }
  std::string warnings_;
};

TEST_F(SettingsTest, TheCacheIsWhereThePythonToolsLook) {
  EXPECT_EQ(CacheOf({{"HOME", "/h"}}), "/h/.cache/huggingface/hub");
  EXPECT_EQ(CacheOf({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}), "/x/huggingface/hub");
  EXPECT_EQ(CacheOf({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}, {"HF_HOME", "/f"}}), "/f/hub");
  EXPECT_EQ(CacheOf({{"HF_HOME", "/f"}, {"HUGGINGFACE_HUB_CACHE", "/g"}}), "/g");
  EXPECT_EQ(CacheOf({{"HUGGINGFACE_HUB_CACHE", "/g"}, {"HF_HUB_CACHE", "/c"}}), "/c");
  EXPECT_EQ(CacheOf({{"HOME", "/h"}, {"TRANSFORMERS_CACHE", "/t"}}), "/h/.cache/huggingface/hub");
  EXPECT_EQ(Failure([&] { Make({}); }).substr(0, 10), "not_found:");
}

TEST_F(SettingsTest, HomeAndVariablesInPathsAreExpanded) {
  EXPECT_EQ(CacheOf({{"HOME", "/h"}, {"HF_HUB_CACHE", "~/c"}}), "/h/c");
  EXPECT_EQ(CacheOf({{"DISK", "/d"}, {"HF_HUB_CACHE", "$DISK/c${DISK}"}}), "/d/c/d");
  EXPECT_EQ(CacheOf({{"HF_HUB_CACHE", "/a/$NONE/${NONE/$"}}), "/a/$NONE/${NONE/$");
}

TEST_F(SettingsTest, EmptyIsUnsetAndSaysSo) {
  const Settings settings =
      Make({{"HOME", "/h"}, {"HF_HUB_CACHE", ""}, {"HF_HOME", ""}, {"HF_ENDPOINT", ""}});
  EXPECT_EQ(settings.cache, "/h/.cache/huggingface/hub");
  EXPECT_EQ(settings.endpoint, "https://huggingface.co");
  for (const char* name : {"HF_HUB_CACHE", "HF_HOME", "HF_ENDPOINT"}) {
    EXPECT_NE(warnings_.find(StrCat(name, " is set but empty")), std::string::npos) << name;
  }
}

TEST_F(SettingsTest, TheEndpointIsAnAddressWithoutSlashesAtItsEnd) {
  EXPECT_EQ(Make({{"HOME", "/h"}, {"HF_ENDPOINT", "http://mirror:80/hf//"}}).endpoint,
            "http://mirror:80/hf");
  for (const char* bad : {"mirror", "ftp://mirror", "file:///etc", "https://", "https:///"}) {
    EXPECT_THROW(Make({{"HOME", "/h"}, {"HF_ENDPOINT", bad}}), Error) << bad;
  }
}

TEST_F(SettingsTest, TheTokenOfTheEnvironmentComesBeforeTheStoredOne) {
  const std::filesystem::path file = root_ / "token";
  Write(file, "  hf_file\r\n");
  ::chmod(file.c_str(), 0600);
  const std::string home = root_.string();
  EXPECT_EQ(Make({{"HF_HOME", home}}).token, "hf_file");
  EXPECT_EQ(Make({{"HF_HOME", home}, {"HUGGING_FACE_HUB_TOKEN", "hf_old"}}).token, "hf_old");
  EXPECT_EQ(
      Make({{"HF_HOME", home}, {"HUGGING_FACE_HUB_TOKEN", "hf_old"}, {"HF_TOKEN", " hf_new\n"}})
          .token,
      "hf_new");
  EXPECT_EQ(Make({{"HF_HOME", home}, {"HF_TOKEN", " "}}).token, "hf_file");
  EXPECT_EQ(
      Make({{"HF_HOME", home}, {"HF_TOKEN", "x"}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"}}).token,
      "");
  EXPECT_EQ(warnings_, "");
  Write(root_ / "other", "hf_other");
  ::chmod((root_ / "other").c_str(), 0600);
  const Settings other = Make({{"HF_HOME", home}, {"HF_TOKEN_PATH", home + "/other"}});
  EXPECT_EQ(other.token, "hf_other");
  EXPECT_EQ(other.token_file, root_ / "other");
}

TEST_F(SettingsTest, WarnsOfATokenThatOthersCanRead) {
  Write(root_ / "token", "hf_file");
  ::chmod((root_ / "token").c_str(), 0644);
  EXPECT_EQ(Make({{"HF_HOME", root_.string()}}).token, "hf_file");
  EXPECT_NE(warnings_.find("can be read by others"), std::string::npos);
  EXPECT_EQ(warnings_.find("hf_file"), std::string::npos);
}

TEST_F(SettingsTest, ATokenThatNoHeaderCanHoldIsNotShown) {
  const std::string failure = Failure([&] {
    Make({{"HOME", "/h"}, {"HF_TOKEN", "hf_secret\x01\r\nX: y"}});
  });
  EXPECT_NE(failure.find("HF_TOKEN"), std::string::npos);
  EXPECT_EQ(failure.find("secret"), std::string::npos);
}

TEST_F(SettingsTest, OfflineIsWhatPythonTakesForTrue) {
  for (const char* yes : {"1", "ON", "yes", "True"}) {
    EXPECT_TRUE(Make({{"HOME", "/h"}, {"HF_HUB_OFFLINE", yes}}).offline) << yes;
  }
  for (const char* no : {"0", "2", "y", "t", "", "false"}) {
    EXPECT_FALSE(Make({{"HOME", "/h"}, {"HF_HUB_OFFLINE", no}}).offline) << no;
  }
  EXPECT_TRUE(Make({{"HOME", "/h"}, {"TRANSFORMERS_OFFLINE", "1"}}).offline);
  EXPECT_TRUE(
      Make({{"HOME", "/h"}, {"HF_HUB_OFFLINE", ""}, {"TRANSFORMERS_OFFLINE", "1"}}).offline);
  EXPECT_FALSE(
      Make({{"HOME", "/h"}, {"HF_HUB_OFFLINE", "0"}, {"TRANSFORMERS_OFFLINE", "1"}}).offline);
  EXPECT_TRUE(Make({{"HOME", "/h"}, {"HF_HUB_OFFLINE", "0"}, {"KANI_OFFLINE", "1"}}).offline);
}

TEST_F(SettingsTest, ProxiesInBothCases) {
  const Settings both = Make({{"HOME", "/h"},
                              {"HTTP_PROXY", "http://upper"},
                              {"http_proxy", "http://lower"},
                              {"ALL_PROXY", "socks5://all"},
                              {"NO_PROXY", "localhost"}});
  EXPECT_EQ(both.proxies.http, "http://lower");
  EXPECT_EQ(both.proxies.https, "socks5://all");
  EXPECT_EQ(both.proxies.no_proxy, "localhost");
  EXPECT_EQ(Make({{"HOME", "/h"}, {"HTTP_PROXY", "http://upper"}}).proxies.http, "http://upper");
  EXPECT_EQ(Make({{"HOME", "/h"}}).proxies.https, "");
}

TEST_F(SettingsTest, TimeoutsAndLinks) {
  const Settings settings = Make({{"HOME", "/h"},
                                  {"HF_HUB_ETAG_TIMEOUT", "3"},
                                  {"HF_HUB_DOWNLOAD_TIMEOUT", "soon"},
                                  {"HF_HUB_DISABLE_SYMLINKS", "1"}});
  EXPECT_EQ(settings.connect_timeout_s, 3);
  EXPECT_EQ(settings.stall_timeout_s, 10);
  EXPECT_NE(warnings_.find("HF_HUB_DOWNLOAD_TIMEOUT"), std::string::npos);
  EXPECT_FALSE(settings.symlinks);
}

}  // namespace
}  // namespace kani::hub
