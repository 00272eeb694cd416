#include "model/tokenizer_file.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <regex>

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
      {"/model/dropout", 0.1},
      {"/model/continuing_subword_prefix", "##"},
      {"/normalizer", {{"type", "NFC"}}},
      {"/version", "2.0"},
      {"/prefix", "x"},
      {"/decoder/type", "Metaspace"},
      {"/pre_tokenizer/type", "Whitespace"},
      {"/pre_tokenizer/pretokenizers/0/behavior", "Removed"},
      {"/pre_tokenizer/pretokenizers/0/invert", true},
      {"/pre_tokenizer/pretokenizers/1/add_prefix_space", true},
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

/// The golden with one thing changed.
TokenizerFile Changed(const char* path, const json& value) {
  json file = Golden();
  file[json::json_pointer(path)] = value;
  return ParseTokenizerFile(file.dump(), "t.json");
}

// transformers 5.24.0 writes the first two after one call that pads and truncates; AutoTokenizer
// resets both.
TEST(TokenizerFileTest, KeysThatChangeNoIdAreAccepted) {
  const TokenizerFile golden = ParseTokenizerFile(Golden().dump(), "t.json");
  const std::vector<std::pair<const char*, json>> changes = {
      {"/truncation",
       {{"direction", "Right"}, {"max_length", 8}, {"strategy", "LongestFirst"}, {"stride", 0}}},
      {"/padding",
       {{"strategy", "BatchLongest"},
        {"direction", "Left"},
        {"pad_id", 0},
        {"pad_token", "<|pad|>"}}},
      {"/normalizer", {{"type", "Sequence"}, {"normalizers", json::array()}}},
      {"/model/unk_token", "<unk>"},
      {"/model/fuse_unk", true},
      {"/model/byte_fallback", true},
      {"/model/made_by", "x"},
      {"/added_tokens/0/comment", "x"},
      {"/added_tokens/0/count", 7},
      {"/added_tokens/0/hidden", true},
  };
  for (const auto& [path, value] : changes) EXPECT_TRUE(Changed(path, value) == golden) << path;
}

TEST(TokenizerFileTest, TakesThePreTokenizersOfTheByteLevelFamily) {
  const std::string digits(kDigitPattern), gpt2(kGpt2Pattern);
  const auto patterns = [](const json& value) { return Changed("/pre_tokenizer", value).patterns; };
  const auto level = [](bool use_regex) -> json {
    return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", use_regex}};
  };
  const auto sequence = [](const std::vector<json>& steps) -> json {
    return {{"type", "Sequence"}, {"pretokenizers", steps}};
  };
  const auto split = [](const char* pattern) -> json {
    return {{"type", "Split"},
            {"pattern", {{"Regex", pattern}}},
            {"behavior", "Isolated"},
            {"invert", false}};
  };
  const json each = {{"type", "Digits"}, {"individual_digits", true}};
  const json runs = {{"type", "Digits"}, {"individual_digits", false}};
  using Patterns = std::vector<std::string>;
  EXPECT_EQ(patterns(level(true)), Patterns{gpt2});
  EXPECT_EQ(patterns({{"type", "ByteLevel"}, {"add_prefix_space", false}}), Patterns{gpt2});
  EXPECT_EQ(patterns(level(false)), Patterns{});
  EXPECT_EQ(patterns(sequence({each, level(true)})), (Patterns{digits, gpt2}));
  EXPECT_EQ(patterns(sequence({runs, level(false)})), Patterns{digits + "+"});
  EXPECT_EQ(patterns(sequence({split("a"), split("b"), level(false)})), (Patterns{"a", "b"}));
  for (const json& value :
       {sequence({}), sequence({level(true), each}), sequence({each}),
        sequence({{{"type", "Whitespace"}}, level(true)}), json{{"type", "ByteLevel"}}}) {
    EXPECT_THROW(patterns(value), Error) << value;
  }
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

TEST(TokenizerFileTest, WhatIsWrittenIsReadBackEqual) {
  for (const char* name : {"merges_as_pairs", "ignore_merges", "added_token_flags"}) {
    const TokenizerFile file = LoadTokenizerFile(kGoldens / name / "tokenizer.json");
    EXPECT_TRUE(ParseTokenizerFile(FormatTokenizerFile(file), "written") == file) << name;
  }
}

TEST(TokenizerFileTest, TheBytesOfAFileAreThese) {
  const TokenizerFile file{.vocab = {"<s>", "a", "\"", "a\""},
                           .merges = {{1, 2}},
                           .merged = {3},
                           .added_tokens = {{.id = 4, .content = "<ñ>", .normalized = true}},
                           .patterns = {R"(\s+)"},
                           .prefix_ids = {0}};
  const std::string json = FormatTokenizerFile(file);
  EXPECT_EQ(json.substr(0, 19), "{\n \"version\": \"1.0\"");
  EXPECT_TRUE(json.ends_with("\"a \\\"\"\n  ]\n }\n}\n"));
  const std::string one_line = std::regex_replace(json, std::regex("\n *"), "");
  EXPECT_EQ(
      one_line,
      R"({"version": "1.0","truncation": null,"padding": null,)"
      R"("added_tokens": [{"id": 4,"content": "<ñ>","single_word": false,"lstrip": false,)"
      R"("rstrip": false,"normalized": true,"special": false}],"normalizer": null,)"
      R"("pre_tokenizer": {"type": "Sequence","pretokenizers": [{"type": "Split",)"
      R"("pattern": {"Regex": "\\s+"},"behavior": "Isolated","invert": false},)"
      R"({"type": "ByteLevel","add_prefix_space": false,"trim_offsets": true,)"
      R"("use_regex": false}]},"post_processor": {"type": "Sequence","processors": [)"
      R"({"type": "ByteLevel","add_prefix_space": true,"trim_offsets": true,"use_regex": true},)"
      R"({"type": "TemplateProcessing","single": [{"SpecialToken": {"id": "<s>","type_id": 0}},)"
      R"({"Sequence": {"id": "A","type_id": 0}}],"pair": [)"
      R"({"SpecialToken": {"id": "<s>","type_id": 0}},{"Sequence": {"id": "A","type_id": 0}},)"
      R"({"SpecialToken": {"id": "<s>","type_id": 1}},{"Sequence": {"id": "B","type_id": 1}}],)"
      R"("special_tokens": {"<s>": {"id": "<s>","ids": [0],"tokens": ["<s>"]}}}]},)"
      R"("decoder": {"type": "ByteLevel","add_prefix_space": true,"trim_offsets": true,)"
      R"("use_regex": true},"model": {"type": "BPE","dropout": null,"unk_token": null,)"
      R"("continuing_subword_prefix": null,"end_of_word_suffix": null,"fuse_unk": false,)"
      R"("byte_fallback": false,"ignore_merges": false,)"
      R"("vocab": {"<s>": 0,"a": 1,"\"": 2,"a\"": 3},"merges": ["a \""]}})");
}

}  // namespace
}  // namespace kani::model
