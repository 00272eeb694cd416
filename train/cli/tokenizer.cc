// kani-train tokenizer: learns a tokenizer from lines of text.
#include <filesystem>
#include <memory>
#include <vector>

#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "train/cli/commands.h"
#include "train/tokenizer/bpe_trainer.h"
#include "train/tokenizer/tokenizer_writer.h"

namespace kani::train {
namespace {

struct Options {
  std::vector<std::string> texts;
  std::string output;
  BpeOptions bpe;
};

int Run(const Options& options) {
  BpeTrainer trainer(options.bpe);
  for (const std::string& text : options.texts) trainer.AddFile(text);
  const model::TokenizerFile file = trainer.Train();
  std::filesystem::create_directories(options.output);
  const terminal::OutputInProgress writing;
  WriteTokenizer(options.output, file);
  terminal::PrintNote(
      StrCat(options.bpe.vocab_size, " text tokens, tokenizer.json in ", Quoted(options.output)));
  return 0;
}

}  // namespace

void AddTrainTokenizer(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("tokenizer", "Learns a tokenizer from lines of text");
  command
      ->add_option("TEXT", options->texts,
                   "Files with one sentence a line, as the model reads it (\"en: Hello.\")")
      ->required();
  command->add_option("-o,--output", options->output, "Folder for tokenizer.json")->required();
  command->add_option("--vocabulary", options->bpe.vocab_size, "Text tokens")
      ->capture_default_str();
  command->add_option("--min-pair-count", options->bpe.min_pair_count, "Rarer pairs get no token")
      ->capture_default_str();
  command->add_option("--codebooks", options->bpe.codebooks, "Of the codec")->capture_default_str();
  command->add_option("--codebook-size", options->bpe.codebook_size, "Codes of each codebook")
      ->capture_default_str();
  command->footer("Example: kani-train tokenizer sentences.txt -o tiny --vocabulary 512");
  command->callback([options, &run] { run = [options] { return Run(*options); }; });
}

}  // namespace kani::train
