// kani tokenize: what the model reads for a text, and back.
#include <algorithm>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/cli/commands.h"
#include "apps/cli/model_options.h"
#include "apps/terminal/console.h"
#include "base/error.h"
#include "model/lm_config.h"
#include "text/language.h"
#include "text/prompt.h"
#include "text/tokenizer.h"

namespace kani::cli {
namespace {

struct TokenizeOptions {
  ModelOptions model;
  std::optional<std::string> text;
  std::string file;
  std::string tokenizer;
  std::string language = "auto";
  std::vector<std::string> decode;
  bool trusted = false;
  bool prompt = false;
  bool json = false;
};

/// Appends the numbers of `text`, separated by spaces or commas.
void ParseIds(std::string_view text, std::vector<int32_t>& ids) {
  size_t at = 0;
  while ((at = text.find_first_not_of(" ,\t\n", at)) != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(" ,\t\n", at), text.size());
    int32_t id = 0;
    const auto [rest, error] = std::from_chars(text.data() + at, text.data() + end, id);
    if (error != std::errc() || rest != text.data() + end || id < 0) {
      Fail(ErrorCode::kInvalidArgument, "--decode: ", Quoted(text.substr(at, end - at)),
           ": expected token ids");
    }
    ids.push_back(id);
    at = end;
  }
}

std::vector<int32_t> Encode(const TokenizeOptions& options, const text::Tokenizer& tokenizer,
                            const std::string& text) {
  const auto added = options.trusted ? text::AddedTokens::kTrusted : text::AddedTokens::kPlain;
  if (!options.prompt) return tokenizer.Encode(text, added);
  const model::LmConfig config =
      model::LoadLmConfig(FindModel(options.model).lm_folder / "config.json");
  const std::string tag = text::ResolveLanguage(options.language, config.language_tags, text);
  return text::BuildPrompt(tokenizer, config.tokens, text, tag, /*with_speaker=*/false, added);
}

void PrintIds(const TokenizeOptions& options, const text::Tokenizer& tokenizer,
              std::span<const int32_t> ids) {
  if (options.json) {
    std::vector<std::string> tokens;
    for (const int32_t id : ids) tokens.push_back(tokenizer.TokenText(id));
    return terminal::PrintJson({{"ids", ids}, {"tokens", tokens}});
  }
  std::string line;
  for (const int32_t id : ids) line += StrCat(line.empty() ? "" : " ", id);
  terminal::Print(line + "\n");
}

int RunTokenize(const TokenizeOptions& options) {
  const std::filesystem::path path = options.tokenizer.empty()
                                         ? FindModel(options.model).tokenizer
                                         : std::filesystem::path(options.tokenizer);
  const text::Tokenizer tokenizer(model::LoadTokenizerFile(path));
  if (!options.decode.empty()) {
    std::vector<int32_t> ids;
    for (const std::string& words : options.decode) ParseIds(words, ids);
    const std::string text = tokenizer.Decode(ids, /*skip_special=*/false);
    if (options.json) {
      terminal::PrintJson({{"ids", ids}, {"text", text}});
    } else {
      terminal::Print(text + "\n");
    }
    return 0;
  }
  const std::string text =
      terminal::ReadText(options.text.value_or(""), options.text.has_value(), options.file);
  PrintIds(options, tokenizer, Encode(options, tokenizer, text));
  return 0;
}

}  // namespace

void AddTokenize(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App* tokenize = app.add_subcommand("tokenize", "Token ids of a text, and back");
  CLI::Option* text =
      tokenize->add_option("TEXT", options->text, "The text [stdin]")->type_name("");
  CLI::Option* file =
      tokenize->add_option("-f,--file", options->file, "Read the text from a file, - for stdin")
          ->type_name("FILE")
          ->excludes(text);
  tokenize->add_option("--decode", options->decode, "Turn these ids into text instead")
      ->type_name("ID")
      ->excludes(text)
      ->excludes(file);
  tokenize->add_flag("--prompt", options->prompt, "The whole prompt, with its control tokens");
  tokenize->add_option("--lang", options->language, "Language tag for --prompt, or auto")
      ->type_name("TAG")
      ->capture_default_str();
  tokenize->add_flag("--trusted", options->trusted,
                     "Special tokens written in the text count as such");
  tokenize->add_flag("--json", options->json, "As JSON");
  tokenize->add_option("--tokenizer", options->tokenizer, "A tokenizer.json [the model's]")
      ->type_name("FILE");
  AddModelOption(*tokenize, options->model);
  AddCodecOption(*tokenize, options->model);
  tokenize->footer("Example: kani tokenize \"Any sentence.\" --prompt --json");
  tokenize->callback([options, &run] { run = [options] { return RunTokenize(*options); }; });
}

}  // namespace kani::cli
