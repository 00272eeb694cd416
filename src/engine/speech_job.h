// One request while it is spoken: its pieces in their order, those that are made ahead of their
// turn, and its way out.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include "codec/codec.h"
#include "engine/pcm_output.h"
#include "engine/plan.h"
#include "engine/speech.h"
#include "engine/speech_stream.h"
#include "engine/utterance.h"
#include "kernels/ops.h"
#include "lm/language_model.h"

namespace kani::engine {

/// What all requests share.
struct SpeechModels {
  kernels::Ops& ops;
  const lm::LanguageModel& model;
  const codec::Codec& codec;
};

/// Who steps it decides when a piece starts and when a chunk is decoded. Only the piece whose turn
/// it is is decoded: what was made ahead waits as codes, which are small.
class SpeechJob {
 public:
  /// Throws kInvalidArgument for a speed or a sample rate out of range.
  SpeechJob(SpeechRequest request, Plan plan, int64_t pieces_at_once, int codec_rate_hz,
            std::shared_ptr<PcmQueue> queue);

  PcmQueue& queue() const { return output_.queue(); }
  /// Nobody reads what waits: neither tokens nor PCM are made until somebody has.
  bool paused() const { return queue().full(); }
  /// It is finished, failed or was cancelled.
  bool over() const { return over_ || queue().cancelled(); }

  /// The piece that may start next, -1 for none.
  int64_t NextPiece() const;
  /// Rows of keys and values that it would come to need.
  int64_t RowsOfPiece(const model::LmConfig& config, int64_t index) const;
  /// The new utterance. What it throws ends the job (Fail).
  Utterance& StartPiece(const SpeechModels& models, kernels::KvPool& pool, int64_t index);
  /// Gives up a piece that is generated ahead of its turn; it starts once more later, and its
  /// tokens will be the same. REQUIRES that several are generated.
  void DropLastPiece();

  /// Pieces that tokens are generated for, in their order.
  std::vector<Utterance*> Generating() const;
  int64_t generating() const { return std::ssize(Generating()); }
  /// Rows of keys and values that its pieces hold or may come to need.
  int64_t rows() const;
  /// Takes note of streams that have finished; one that failed ends the job.
  void AfterStep(double seconds);

  /// Whether no PCM was made of it yet.
  bool silent() const { return silent_; }
  /// Whether the piece whose turn it is has one for us, and somebody reads.
  bool ChunkIsDue() const;
  /// Whether that piece is still on its way to its next chunk.
  bool ChunkWillCome() const;
  /// Frames of that chunk. REQUIRES ChunkIsDue().
  int64_t chunk_frames() const { return front()->chunk_frames(); }
  /// The chunk, for codec::Codec::DecodeStreams. REQUIRES ChunkIsDue().
  codec::Codec::StreamFrames NextChunk();
  /// Sends on what was decoded. An error ends the job.
  /// @param seconds of the codec's time.
  void AfterChunk(const codec::Codec::StreamFrames& chunk, double seconds);
  void Fail(std::exception_ptr error);

  // Kept by who steps it: order in which requests were given a piece, or came; and the step that
  // found its next chunk due, 0 for none.
  int64_t turn = 0;
  int64_t due_since = 0;

 private:
  const Utterance* front() const;
  size_t WindowEnd() const;
  void SendPause(int64_t samples);
  void EndPiece();

  SpeechRequest request_;
  Plan plan_;
  int64_t pieces_at_once_;
  PcmOutput output_;
  std::vector<std::unique_ptr<Utterance>> pieces_;  // [of the plan], null before and after its time
  std::vector<float> chunk_;                        // PCM of the chunk that is being decoded
  size_t front_ = 0;
  bool silent_ = true;
  bool over_ = false;
};

}  // namespace kani::engine
