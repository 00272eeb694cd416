#include "model/tokenizer_file.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::model {
namespace {

using nlohmann::json;

const std::filesystem::path kGoldens = std::filesystem::path(KANI_TEST_DATA) / "golden/tokenizer";

json Golden() {
  static const json file =
      json::parse(ReadTextFile(kGoldens / "merges_as_pairs/tokenizer.json", 1u << 20));
  return file;
}

/// The message of the error that the changed golden raises.
std::string Failure(const std::function<void(json&)>& change,
                    ErrorCode code = ErrorCode::kInvalidFile) {
  json file = Golden();
  change(file);
  try {
    ParseTokenizerFile(file.dump(), "t.json");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(TokenizerFileTest, BothEncodingsOfMergesAreTheSame) {
  const TokenizerFile pairs = LoadTokenizerFile(kGoldens / "merges_as_pairs/tokenizer.json");
  const TokenizerFile strings = LoadTokenizerFile(kGoldens / "merges_as_strings/tokenizer.json");
  ASSERT_EQ(pairs.merges.size(), 684u);
  EXPECT_EQ(pairs.merges, strings.merges);
  EXPECT_EQ(pairs.merged, strings.merged);
  EXPECT_EQ(pairs.vocab, strings.vocab);
  EXPECT_EQ(pairs.prefix_ids, std::vector<int32_t>{1});
  EXPECT_EQ(pairs.size(), 1042);
  EXPECT_FALSE(pairs.ignore_merges);
  EXPECT_TRUE(LoadTokenizerFile(kGoldens / "ignore_merges/tokenizer.json").ignore_merges);
}

TEST(TokenizerFileTest, FlagsOfAddedTokensAreRead) {
  const TokenizerFile file = LoadTokenizerFile(kGoldens / "added_token_flags/tokenizer.json");
  const auto find = [&](std::string_view content) {
    return *std::find_if(file.added_tokens.begin(), file.added_tokens.end(),
                         [&](const AddedToken& token) { return token.content == content; });
  };
  EXPECT_TRUE(find("<|im_end|>").special);
  EXPECT_TRUE(find("python").normalized);
  EXPECT_TRUE(find("whole").single_word);
  EXPECT_TRUE(find("<left>").lstrip);
  EXPECT_FALSE(find("<left>").rstrip);
  EXPECT_TRUE(find("<right>").rstrip);
}

TEST(TokenizerFileTest, OrderOfKeysDoesNotMatter) {
  // json sorts its keys, so that merges and added tokens come before the vocabulary.
  EXPECT_EQ(ParseTokenizerFile(Golden().dump(2), "t").merges,
            LoadTokenizerFile(kGoldens / "merges_as_pairs/tokenizer.json").merges);
}

TEST(TokenizerFileTest, OtherKindsOfTokenizersAreRefusedByName) {
  const std::vector<std::pair<const char*, json>> changes = {
      {"/model/type", "WordPiece"},
      {"/model/unk_token", "<unk>"},
      {"/model/byte_fallback", true},
      {"/model/dropout", 0.1},
      {"/model/continuing_subword_prefix", "##"},
      {"/normalizer", {{"type", "NFC"}}},
      {"/truncation", {{"max_length", 8}}},
      {"/padding", {{"strategy", {{"Fixed", 8}}}}},
      {"/decoder/type", "Metaspace"},
      {"/pre_tokenizer/type", "Whitespace"},
      {"/pre_tokenizer/pretokenizers/0/behavior", "Removed"},
      {"/pre_tokenizer/pretokenizers/0/invert", true},
      {"/pre_tokenizer/pretokenizers/1/add_prefix_space", true},
      {"/pre_tokenizer/pretokenizers/1/use_regex", true},
      {"/post_processor/processors/0/type", "BertProcessing"},
  };
  for (const auto& [path, value] : changes) {
    const std::string message = Failure([&](json& file) { file[json::json_pointer(path)] = value; },
                                        ErrorCode::kUnsupported);
    const std::string key = std::string(path).substr(std::string(path).rfind('/') + 1);
    EXPECT_NE(message.find(key), std::string::npos) << path << ": " << message;
  }
  EXPECT_NE(Failure(
                [](json& file) {
                  json& single = file["/post_processor/processors/1/single"_json_pointer];
                  single.push_back(single[0]);  // a token behind the text
                },
                ErrorCode::kUnsupported)
                .find("single"),
            std::string::npos);
}

TEST(TokenizerFileTest, InconsistentFilesAreRefusedWithThePlace) {
  const auto contains = [](const std::string& message, std::string_view part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  contains(Failure([](json& f) { f["model"]["vocab"]["x!"] = 5; }), "taken twice");
  contains(Failure([](json& f) { f["model"]["vocab"]["x!"] = 5000; }), "'x!' has id 5000");
  contains(Failure([](json& f) { f["model"]["vocab"]["x!"] = -1; }), "model.vocab");
  contains(Failure([](json& f) { f["model"]["vocab"] = json::array(); }), "model.vocab");
  contains(Failure([](json& f) { f["model"].erase("vocab"); }), "model.vocab");
  contains(Failure([](json& f) { f["model"]["merges"][3] = {"a", "nope"}; }), "'nope'");
  contains(Failure([](json& f) { f["model"]["merges"][3] = {"a", "b", "c"}; }), "model.merges");
  contains(Failure([](json& f) { f["model"]["merges"][3] = "ab"; }), "model.merges");
  contains(Failure([](json& f) { f["model"]["merges"][3] = 7; }), "model.merges");
  contains(Failure([](json& f) { f["added_tokens"].back()["id"] = 2000; }), "expected 1041");
  contains(Failure([](json& f) { f["added_tokens"][0]["id"] = 3; }), "as in model.vocab");
  contains(Failure([](json& f) { f["added_tokens"][0].erase("lstrip"); }), "added_tokens");
  contains(Failure([](json& f) { f["added_tokens"][0]["lstrip"] = 1; }), "added_tokens");
  contains(Failure([](json& f) { f["added_tokens"].push_back(f["added_tokens"][0]); }), "twice");
  contains(Failure([](json& f) { f["added_tokens"][0]["content"] = std::string(300, 'x'); }),
           "300 bytes");
  contains(
      Failure([](json& f) {
        f["/post_processor/processors/1/special_tokens/<|startoftext|>/ids"_json_pointer] = {1042};
      }),
      "outside the vocabulary");
}

TEST(TokenizerFileTest, AnythingElseIsRefused) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{"), std::string("null"),
        std::string(100'000, '['), std::string("{\"model\":{\"vocab\":{\"\xFF\":0}}}"),
        std::string("{\"added_tokens\":[],\"added_tokens\":3}"),
        std::string("version https://git-lfs.github.com/spec/v1\n")}) {
    EXPECT_THROW(ParseTokenizerFile(text, "t.json"), Error) << text.substr(0, 50);
  }
}

}  // namespace
}  // namespace kani::model
