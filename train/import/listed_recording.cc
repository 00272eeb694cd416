#include "train/import/listed_recording.h"

#include <cmath>

#include "text/unicode.h"
#include "train/data/shard_layout.h"

namespace kani::train {

void CheckRecording(const ListedRecording& recording, ErrorCode code, std::string_view where) {
  const auto check_text = [&](std::string_view what, const std::string& text, int64_t most) {
    if (std::ssize(text) > most) {
      Fail(code, where, ": ", what, " of ", text.size(), " bytes, expected at most ", most);
    }
    if (text.find('\0') != std::string::npos) Fail(code, where, ": ", what, " holds a zero byte");
    try {
      text::RequireUtf8(text);
    } catch (const Error& error) {
      Fail(code, where, ": ", what, ": ", error.what());
    }
  };
  check_text("text", recording.text, kMaxTextBytes);
  check_text("speaker", recording.speaker, kMaxNameBytes);
  check_text("language", recording.language, kMaxNameBytes);
  check_text("source", recording.source, kMaxNameBytes);
  check_text("id", recording.id, kMaxNameBytes);
  if (recording.id.empty()) Fail(code, where, ": id is empty");
  if (recording.path.empty()) Fail(code, where, ": name of the audio file is empty");
  if (!std::isfinite(recording.begin_s) || recording.begin_s < 0 ||
      !(recording.end_s > recording.begin_s)) {
    Fail(code, where, ": from ", recording.begin_s, " s to ", recording.end_s,
         " s is no piece of a recording");
  }
}

}  // namespace kani::train
