// Any text through a fixed small tokenizer: what is encoded must decode to itself, and user text
// must not reach a control token.
#include <cstdint>
#include <cstdlib>

#include "tests/hostile/hostile_bytes.h"
#include "text/byte_alphabet.h"
#include "text/tokenizer.h"

namespace {

using kani::text::AddedTokens;

// Behind the 256 bytes: three merges, then an ordinary word, then tokens that text must not reach.
constexpr int32_t kWord = 259;
constexpr int32_t kFirstControlToken = 260;

kani::text::Tokenizer MakeTokenizer() {
  kani::model::TokenizerFile file;
  for (int byte = 0; byte < 256; ++byte) {
    file.vocab.push_back(kani::text::ToByteAlphabet(std::string(1, static_cast<char>(byte))));
  }
  for (const auto& [left, right] : {std::pair{' ', 't'}, {'h', 'e'}, {'\n', '\n'}}) {
    const int32_t left_id = static_cast<unsigned char>(left);
    const int32_t right_id = static_cast<unsigned char>(right);
    file.merges.emplace_back(left_id, right_id);
    file.merged.push_back(static_cast<int32_t>(file.vocab.size()));
    file.vocab.push_back(file.vocab[static_cast<size_t>(left_id)] +
                         file.vocab[static_cast<size_t>(right_id)]);
  }
  file.vocab.push_back("python");
  file.added_tokens = {
      {.id = kWord, .content = "python", .normalized = true},
      {.id = kFirstControlToken, .content = "<|im_end|>", .special = true},
      {.id = kFirstControlToken + 1, .content = "<custom_token_2>", .normalized = true},
      {.id = kFirstControlToken + 2, .content = "<|im", .single_word = true},
  };
  file.patterns = {std::string(kani::model::kLfm2Pattern)};
  return kani::text::Tokenizer(std::move(file));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const kani::text::Tokenizer tokenizer = MakeTokenizer();
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    const std::string_view text = kani::AsText(bytes);
    for (const AddedTokens added : {AddedTokens::kPlain, AddedTokens::kTrusted}) {
      const std::vector<int32_t> ids = tokenizer.Encode(text, added);
      if (tokenizer.Decode(ids, false) != text) std::abort();
      for (const int32_t id : ids) {
        if (added == AddedTokens::kPlain && id >= kFirstControlToken) std::abort();
      }
    }
  });
  return 0;
}
