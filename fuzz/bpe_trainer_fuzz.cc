// Learns a tokenizer from any text: what it encodes must decode to the same.
#include <cstdint>
#include <cstdlib>

#include "tests/hostile/hostile_bytes.h"
#include "text/tokenizer.h"
#include "train/tokenizer/bpe_trainer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kani::ParseHostile(std::as_bytes(std::span(data, size)), [](std::span<const std::byte> bytes) {
    const std::string_view text = kani::AsText(bytes);
    kani::train::BpeTrainer trainer(
        {.vocab_size = 280, .pattern = R"(\s?\S+|\s)", .codebooks = 1, .codebook_size = 2});
    trainer.AddLines(text, "fuzz");
    const kani::text::Tokenizer tokenizer(trainer.Train());
    const auto ids = tokenizer.Encode(text, kani::text::AddedTokens::kPlain, false);
    if (tokenizer.Decode(ids, false) != text) std::abort();
  });
  return 0;
}
