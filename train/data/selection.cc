#include "train/data/selection.h"

#include <map>
#include <span>

#include "base/error.h"
#include "train/data/checksum.h"

namespace kani::train {

bool IsHeldOut(std::string_view text, double share) {
  return Crc32(std::as_bytes(std::span(text))) * 0x1p-32 < share;
}

Selection Select(const Corpus& corpus, const SelectionOptions& options) {
  if (!(options.held_out >= 0 && options.held_out < 1) || !(options.max_duration_s > 0)) {
    Fail(ErrorCode::kInvalidArgument, "held-out share ", options.held_out, " and clips of at most ",
         options.max_duration_s, " s, expected a share of [0, 1) and a duration above 0");
  }
  Selection out;
  std::map<std::string, std::vector<int64_t>> training;
  for (int64_t i = 0; i < corpus.size(); ++i) {
    const Utterance clip = corpus.Get(i);
    const int64_t frames =
        options.trust_encoded_len ? clip.encoded_len : clip.frames(corpus.format());
    if (static_cast<double>(frames) / corpus.format().frames_per_second > options.max_duration_s) {
      ++out.too_long;
    } else if (IsHeldOut(clip.text, options.held_out)) {
      out.held_out.push_back(i);
    } else {
      training[clip.source].push_back(i);
    }
  }
  for (auto& [name, clips] : training) out.training.push_back({name, std::move(clips)});
  return out;
}

}  // namespace kani::train
