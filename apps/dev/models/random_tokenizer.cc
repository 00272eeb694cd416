// Control tokens, 256 bytes, pairs of bytes as merges, tokens of audio: as many of each as the
// published tokenizer has, so that loading and encoding take as long.
#include <string>
#include <vector>

#include "apps/dev/models/random_parts.h"
#include "base/error.h"
#include "model/tokenizer_file.h"
#include "text/byte_alphabet.h"

namespace kani::dev {

void WriteRandomTokenizer(const std::filesystem::path& folder) {
  constexpr int32_t kFirstByte = 510, kFirstPair = kFirstByte + 256;
  model::TokenizerFile file;
  file.vocab = {"<|pad|>", "<|startoftext|>", "<|endoftext|>"};
  for (int32_t id = static_cast<int32_t>(file.vocab.size()); id < kFirstByte; ++id) {
    file.vocab.push_back(StrCat("<|reserved_", id, "|>"));
  }
  for (int32_t id = 0; id < kFirstByte; ++id) {
    file.added_tokens.push_back(
        {.id = id, .content = file.vocab[static_cast<size_t>(id)], .special = true});
  }
  for (int byte = 0; byte < 256; ++byte) {
    file.vocab.push_back(text::ToByteAlphabet(std::string(1, static_cast<char>(byte))));
  }
  for (int32_t id = kFirstPair; id < kTextVocab; ++id) {
    // Letters first: 'a' * 256 is where common text lies.
    const int32_t pair = (id - kFirstPair + 0x6100) % 65536;
    const int32_t left = kFirstByte + pair / 256, right = kFirstByte + pair % 256;
    file.vocab.push_back(file.vocab[static_cast<size_t>(left)] +
                         file.vocab[static_cast<size_t>(right)]);
    file.merges.emplace_back(left, right);
    file.merged.push_back(id);
  }
  for (int32_t i = 0; i < kAddedTokens; ++i) {
    file.added_tokens.push_back(
        {.id = static_cast<int32_t>(kTextVocab) + i, .content = StrCat("<custom_token_", i, ">")});
  }
  file.patterns = {std::string(model::kLfm2Pattern)};
  file.prefix_ids = {1};
  model::SaveTokenizerFile(file, folder / "tokenizer.json");
}

}  // namespace kani::dev
