#include "train/tokenizer/bpe_trainer.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/mapped_file.h"
#include "text/byte_alphabet.h"
#include "text/unicode.h"

namespace kani::train {
namespace {

using model::TokenLayout;

constexpr int32_t kControlTokens = model::TokenLayout::kControlTokens;
constexpr size_t kBytes = 256;
// More would not fit the 32 MiB that a tokenizer.json may have.
constexpr int32_t kMaxVocab = 200'000;
constexpr int32_t kMaxCodebooks = 64;
// As src/model has it for any tokenizer.json.
constexpr size_t kMaxSpecialTokenBytes = 256;
// A file without line breaks would be one text; its longest run, one piece, is scanned anew for
// each merge inside.
constexpr size_t kMaxTextBytes = 64u << 10;
// 100,000 English and Spanish sentences have 0.5 MB. Learning takes 35 to 60 times as much memory
// (measured), so this ends below 2 GB.
constexpr size_t kMaxPieceBytes = 32u << 20;

void CheckRange(std::string_view name, int64_t value, int64_t low, int64_t high) {
  if (value < low || value > high) {
    Fail(ErrorCode::kInvalidArgument, "tokenizer: ", name, " ", value, ", expected ", low, " to ",
         high);
  }
}

void CheckSpecialToken(const std::string& token) {
  const auto refuse = [&](std::string_view why) {
    Fail(ErrorCode::kInvalidArgument, "tokenizer: special token ", Quoted(token), ": ", why);
  };
  if (token.empty() || token.size() > kMaxSpecialTokenBytes) refuse("expected 1 to 256 bytes");
  try {
    text::RequireUtf8(token);
  } catch (const Error&) {
    refuse("not UTF-8");
  }
  if (text::FromByteAlphabet(token).size() == 1) refuse("is the token of a byte");
  if (token.starts_with(kCustomTokenPrefix)) refuse("is named like a control or audio token");
}

BpeOptions Checked(BpeOptions options) {
  const auto specials = static_cast<int64_t>(options.special_tokens.size());
  CheckRange("number of special tokens", specials, kEndOfTurn + 1, kMaxVocab);
  CheckRange("vocabulary size", options.vocab_size, specials + static_cast<int64_t>(kBytes),
             kMaxVocab);
  CheckRange("least count of a pair", options.min_pair_count, 1, INT64_MAX);
  CheckRange("codebooks", options.codebooks, 1, kMaxCodebooks);
  CheckRange("codebook size", options.codebook_size, 1, kMaxVocab);
  CheckRange("audio tokens", int64_t{options.codebooks} * options.codebook_size, 1, kMaxVocab);
  std::unordered_set<std::string_view> seen;
  for (const std::string& token : options.special_tokens) {
    CheckSpecialToken(token);
    if (!seen.insert(token).second) {
      Fail(ErrorCode::kInvalidArgument, "tokenizer: special token ", Quoted(token),
           " is given twice");
    }
  }
  return options;
}

std::vector<model::AddedToken> AddedTokens(const BpeOptions& options) {
  std::vector<model::AddedToken> out;
  for (const std::string& token : options.special_tokens) {
    out.push_back({.id = static_cast<int32_t>(out.size()), .content = token, .special = true});
  }
  AddSpeechTokens(options.layout(), out);
  return out;
}

}  // namespace

TokenLayout BpeOptions::layout() const {
  return {.text_vocab_size = vocab_size,
          .audio_tokens_start = vocab_size + kControlTokens,
          .codebooks = codebooks,
          .codebook_size = codebook_size};
}

BpeTrainer::BpeTrainer(BpeOptions options)
    : options_(Checked(std::move(options))), pre_tokenizer_(std::span(&options_.pattern, 1)) {}

void BpeTrainer::Add(std::string_view text, std::string_view source, int64_t line) {
  if (text.size() > kMaxTextBytes) {
    Fail(ErrorCode::kResourceExhausted, Quoted(source), " line ", line, ": ", text.size(),
         " bytes, at most ", kMaxTextBytes, " are one text");
  }
  std::vector<std::string_view> pieces;
  try {
    text::RequireUtf8(text);
    pieces = pre_tokenizer_.Split(text);
  } catch (const Error& error) {
    Fail(error.code(), Quoted(source), " line ", line, ": ", error.what());
  }
  for (const std::string_view piece : pieces) {
    const auto known = pieces_.find(piece);
    if (known != pieces_.end()) {
      ++known->second;
      continue;
    }
    piece_bytes_ += piece.size();
    if (piece_bytes_ > kMaxPieceBytes) {
      Fail(ErrorCode::kResourceExhausted, Quoted(source), " line ", line, ": more than ",
           kMaxPieceBytes, " bytes of different words");
    }
    pieces_.emplace(piece, 1);
  }
}

void BpeTrainer::AddLines(std::string_view lines, std::string_view source) {
  for (int64_t line = 1; !lines.empty(); ++line) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view text = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    if (text.ends_with('\r')) text.remove_suffix(1);
    Add(text, source, line);
  }
}

void BpeTrainer::AddFile(const std::filesystem::path& path) {
  const MappedFile file(path);
  AddLines({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()},
           path.string());
}

model::TokenizerFile BpeTrainer::Train() const {
  model::TokenizerFile file;
  file.added_tokens = AddedTokens(options_);
  file.patterns = {options_.pattern};
  file.prefix_ids = {TokenLayout::kStartOfText};
  file.vocab = options_.special_tokens;
  const size_t first = file.vocab.size();

  MergeRules rules;
  rules.max_tokens = static_cast<size_t>(options_.vocab_size) - first;
  rules.min_pair_count = options_.min_pair_count;
  for (const model::AddedToken& token : file.added_tokens) rules.reserved.insert(token.content);
  LearnedMerges learned = LearnMerges(pieces_, rules);
  if (learned.tokens.size() < rules.max_tokens) {
    Fail(ErrorCode::kInvalidArgument, "tokenizer: a vocabulary of ", options_.vocab_size,
         " was asked for, but the texts give ", first + learned.tokens.size(),
         " with pairs that occur at least ", options_.min_pair_count,
         " times: add texts, or lower one of the two numbers");
  }
  std::move(learned.tokens.begin(), learned.tokens.end(), std::back_inserter(file.vocab));
  const auto offset = static_cast<int32_t>(first);
  for (size_t rank = 0; rank < learned.merges.size(); ++rank) {
    const auto [left, right] = learned.merges[rank];
    file.merges.emplace_back(offset + left, offset + right);
    file.merged.push_back(offset + static_cast<int32_t>(kBytes + rank));
  }
  return file;
}

}  // namespace kani::train
