#include "text/tokenizer.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "text/added_token_matcher.h"
#include "text/bpe.h"
#include "text/byte_alphabet.h"
#include "text/pre_tokenizer.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

using model::AddedToken;

// KaniTTS2's control and audio tokens are ordinary added tokens by their flags.
constexpr std::string_view kCustomToken = "<custom_token_";

/// Tokens with `normalized` are searched in what the others leave, as in the reference (there is no
/// normaliser, so the text is the same).
struct Matchers {
  AddedTokenMatcher first;
  AddedTokenMatcher second;
};

Matchers MakeMatchers(const std::vector<AddedToken>& tokens,
                      const std::function<bool(const AddedToken&)>& allowed) {
  std::vector<const AddedToken*> first;
  std::vector<const AddedToken*> second;
  for (const AddedToken& token : tokens) {
    if (allowed(token)) (token.normalized ? second : first).push_back(&token);
  }
  return {AddedTokenMatcher(std::move(first)), AddedTokenMatcher(std::move(second))};
}

/// Replaces each maximal invalid subsequence by U+FFFD.
std::string ToValidUtf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    const CodePoint c = DecodeAt(bytes, at);
    AppendUtf8(out, c.value);
    at += c.bytes;
  }
  return out;
}

}  // namespace

struct Tokenizer::Impl {
  explicit Impl(model::TokenizerFile given)
      : file(std::move(given)),
        size(file.size()),
        special(static_cast<size_t>(size), false),
        pre_tokenizer(file.patterns),
        bpe(file),
        trusted(MakeMatchers(file.added_tokens, [](const AddedToken&) { return true; })),
        plain(MakeMatchers(file.added_tokens, [this](const AddedToken& token) {
          return !token.special && static_cast<size_t>(token.id) < file.vocab.size() &&
                 !token.content.starts_with(kCustomToken);
        })) {
    added_texts.resize(static_cast<size_t>(size) - file.vocab.size());
    for (const AddedToken& token : file.added_tokens) {
      const auto id = static_cast<size_t>(token.id);
      special[id] = token.special;
      if (id >= file.vocab.size()) added_texts[id - file.vocab.size()] = token.content;
    }
  }

  std::string_view Text(int32_t id) const {
    if (id < 0 || id >= size) return {};
    const auto index = static_cast<size_t>(id);
    return index < file.vocab.size() ? std::string_view(file.vocab[index])
                                     : added_texts[index - file.vocab.size()];
  }

  const model::TokenizerFile file;
  const int32_t size;
  std::vector<bool> special;                  ///< by id
  std::vector<std::string_view> added_texts;  ///< of the ids behind the vocabulary
  const PreTokenizer pre_tokenizer;
  const Bpe bpe;
  const Matchers trusted;
  const Matchers plain;
};

Tokenizer::Tokenizer(model::TokenizerFile file) : impl_(std::make_unique<Impl>(std::move(file))) {}
Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;

std::vector<int32_t> Tokenizer::Encode(std::string_view text, AddedTokens added,
                                       bool add_prefix) const {
  RequireUtf8(text);
  std::vector<int32_t> ids;
  if (add_prefix) ids = impl_->file.prefix_ids;
  const Matchers& matchers = added == AddedTokens::kTrusted ? impl_->trusted : impl_->plain;
  std::vector<Segment> outer;
  matchers.first.Split(text, outer);
  std::vector<Segment> inner;
  for (const Segment& segment : outer) {
    if (segment.id >= 0) {
      inner.push_back(segment);
    } else {
      matchers.second.Split(segment.text, inner);
    }
  }
  for (const Segment& segment : inner) {
    if (segment.id >= 0) {
      ids.push_back(segment.id);
      continue;
    }
    for (const std::string_view piece : impl_->pre_tokenizer.Split(segment.text)) {
      impl_->bpe.Encode(piece, ids);
    }
  }
  return ids;
}

std::string Tokenizer::Decode(std::span<const int32_t> ids, bool skip_special) const {
  std::string bytes;
  for (const int32_t id : ids) {
    if (id < 0 || id >= impl_->size) continue;
    if (skip_special && impl_->special[static_cast<size_t>(id)]) continue;
    bytes += FromByteAlphabet(impl_->Text(id));
  }
  return ToValidUtf8(bytes);
}

std::vector<std::string> Tokenizer::Pieces(std::string_view text) const {
  RequireUtf8(text);
  std::vector<std::string> out;
  for (const std::string_view piece : impl_->pre_tokenizer.Split(text)) {
    out.push_back(ToByteAlphabet(piece));
  }
  return out;
}

std::string Tokenizer::TokenText(int32_t id) const { return std::string(impl_->Text(id)); }

int32_t Tokenizer::size() const { return impl_->size; }

}  // namespace kani::text
