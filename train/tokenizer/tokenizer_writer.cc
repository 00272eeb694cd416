#include "train/tokenizer/tokenizer_writer.h"

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "base/atomic_file.h"
#include "model/token_layout.h"
#include "train/tokenizer/lfm2_tokenizer.h"

namespace kani::train {
namespace {

std::string ConfigJson(const model::TokenizerFile& file) {
  const auto token = [&](int32_t id) { return file.vocab.at(static_cast<size_t>(id)); };
  const nlohmann::ordered_json config = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                                         {"bos_token", token(model::TokenLayout::kStartOfText)},
                                         {"eos_token", token(kEndOfTurn)},
                                         {"pad_token", token(kTextPad)},
                                         {"clean_up_tokenization_spaces", false},
                                         {"legacy", false}};
  return config.dump(1) + "\n";
}

}  // namespace

void WriteTokenizer(const std::filesystem::path& folder, const model::TokenizerFile& file) {
  model::SaveTokenizerFile(file, folder / "tokenizer.json");
  const std::string config = ConfigJson(file);
  WriteFileAtomically(folder / "tokenizer_config.json", std::as_bytes(std::span(config)));
}

}  // namespace kani::train
