#include "train/import/codes_jsonl.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/nearest.h"
#include "formats/json.h"
#include "train/data/checksum.h"
#include "train/data/permutation.h"
#include "train/data/random_streams.h"
#include "train/data/shard_parts.h"
#include "train/import/text_lines.h"

namespace kani::train {
namespace {

// A minute of codes and a voice vector are 20 kB.
constexpr size_t kMaxLineBytes = 16 << 20;
// The original shuffles with it, by another generator, before it takes the first max_len.
constexpr uint64_t kRowsSeed = 42;

/// One row with the names of its columns.
class Row {
 public:
  Row(const nlohmann::json& object, std::string where, const CodesOptions& options)
      : object_(object), reader_(object, std::move(where)), options_(options) {}

  Utterance Read(int64_t number) const {
    Utterance out;
    RequireColumn(options_.text);
    out.text = Trimmed(reader_.OptionalString(options_.text).value_or(""));
    out.codes = Codes();
    out.encoded_len =
        static_cast<int32_t>(reader_.OptionalInt(options_.encoded_len, 0, INT32_MAX)
                                 .value_or(std::ssize(out.codes) / options_.format.codebooks));
    out.embedding = Embedding();
    out.voice = Name("speaker");
    out.language = NameOr("language", options_.language);
    out.source = NameOr("source", options_.source);
    out.id = NameOr("id", StrCat("row-", number));
    const nlohmann::json* flags = reader_.Find("flags");
    if (flags != nullptr && flags->is_number_unsigned() && flags->get<uint64_t>() <= UINT32_MAX) {
      out.flags = flags->get<uint32_t>();
    }
    return out;
  }

 private:
  template <typename... Parts>
  [[noreturn]] void Bad(const Parts&... parts) const {
    Fail(ErrorCode::kInvalidFile, reader_.source(), ": ", parts...);
  }

  void RequireColumn(const std::string& column) const {
    if (object_.contains(column)) return;
    std::vector<std::string> columns;
    for (const auto& [key, value] : object_.items()) {
      if (key != options_.text &&
          std::ranges::find(options_.layers, key) == options_.layers.end()) {
        columns.push_back(key);
      }
    }
    if (columns.empty()) Bad("column ", Quoted(column), " is missing");
    Bad("column ", Quoted(column), " is missing; the nearest is ",
        Quoted(Nearest(column, columns)));
  }

  /// @return [F, Q]
  std::vector<uint16_t> Codes() const {
    const size_t codebooks = options_.layers.size();
    std::vector<uint16_t> codes;
    for (size_t q = 0; q < codebooks; ++q) {
      RequireColumn(options_.layers[q]);
      const nlohmann::json& layer = reader_.Array(options_.layers[q]);
      if (q == 0) codes.resize(layer.size() * codebooks);
      if (layer.size() * codebooks != codes.size()) {
        Bad(layer.size(), " codes in ", Quoted(options_.layers[q]), ", expected ",
            codes.size() / codebooks, " as in ", Quoted(options_.layers[0]));
      }
      size_t at = q;
      for (const nlohmann::json& code : layer) {
        if (!code.is_number_integer() || (!code.is_number_unsigned() && code.get<int64_t>() < 0) ||
            code.get<uint64_t>() >= static_cast<uint64_t>(options_.format.codebook_size)) {
          Bad("code ", Quoted(code.dump()), " in ", Quoted(options_.layers[q]), ", expected [0, ",
              options_.format.codebook_size, ")");
        }
        codes[at] = code.get<uint16_t>();
        at += codebooks;
      }
    }
    return codes;
  }

  std::vector<float> Embedding() const {
    if (options_.speaker_emb.empty() || !reader_.Has(options_.speaker_emb)) return {};
    std::vector<float> out;
    for (const nlohmann::json& value : reader_.Array(options_.speaker_emb)) {
      if (!value.is_number() || std::fabs(value.get<double>()) > FLT_MAX) {
        Bad("voice vector holds ", Quoted(value.dump()), ", expected a finite number");
      }
      out.push_back(value.get<float>());
    }
    if (std::ssize(out) != options_.format.speaker_emb_dim) {
      Bad("voice vector of ", out.size(), " numbers, expected ", options_.format.speaker_emb_dim);
    }
    return out;
  }

  /// Texts and whole numbers are taken, anything else is another column that happens to be called
  /// so.
  std::string Name(const std::string& column) const {
    const nlohmann::json* value = reader_.Find(column);
    if (value == nullptr) return "";
    if (value->is_string()) return value->get<std::string>();
    return value->is_number_integer() ? value->dump() : "";
  }
  std::string NameOr(const std::string& column, const std::string& otherwise) const {
    std::string name = Name(column);
    return name.empty() ? otherwise : name;
  }

  const nlohmann::json& object_;
  const formats::JsonReader reader_;
  const CodesOptions& options_;
};

std::string InputsOf(std::string_view jsonl, const CodesOptions& options, const ShardJob& job) {
  std::string text =
      StrCat(job.shard, "/", job.shards, "\n", options.format.codec, "\n", options.text, "\n",
             options.encoded_len, "\n", options.speaker_emb, "\n", options.language, "\n",
             options.source, "\n", options.max_duration_s, "\n", options.trust_encoded_len, "\n",
             options.max_rows.value_or(-1), "\n");
  for (const std::string& layer : options.layers) text += layer + "\n";
  return Crc32Text(StrCat(text, Crc32Text(jsonl)));
}

/// Nothing for a row that can be stored; the name of the file is left to the caller.
std::optional<Dropped> WhyDropped(const Utterance& row, const CodesOptions& options) {
  if (row.text.empty()) return Dropped{DropReason::kNoTranscript, "", row.id, "text is empty"};
  if (row.codes.empty()) return Dropped{DropReason::kTooShort, "", row.id, "no codes"};
  const int64_t frames = options.trust_encoded_len ? row.encoded_len : row.frames(options.format);
  const double duration_s = static_cast<double>(frames) / options.format.frames_per_second;
  if (duration_s > options.max_duration_s) {
    return Dropped{DropReason::kTooLong, "", row.id, StrCat(duration_s, " s")};
  }
  return std::nullopt;
}

}  // namespace

CorpusFormat OfficialFormat() {
  return {"nemo-nano-codec-22khz-0.6kbps-12.5fps", 4, 4032, 12.5, 128};
}

void ForEachCodesRow(std::string_view jsonl, const std::string& source, const CodesOptions& options,
                     const RowVisitor& visit) {
  if (std::ssize(options.layers) != options.format.codebooks) {
    Fail(ErrorCode::kInvalidArgument, options.layers.size(), " columns of codes, expected ",
         options.format.codebooks);
  }
  ForEachLine(jsonl, source, kMaxLineBytes, [&](std::string_view line, int64_t number) {
    const std::string where = StrCat(source, ":", number);
    const nlohmann::json object = formats::ParseJson(line, where);
    visit(Row(object, where, options).Read(number));
  });
}

ImportReport ImportCodes(const std::filesystem::path& jsonl, const CodesOptions& options,
                         const ShardJob& job, const std::function<bool()>& stop) {
  const MappedFile file(jsonl);
  const std::string_view text = AsText(file.bytes());
  CodesOptions own = options;
  if (own.source.empty()) own.source = jsonl.stem().string();
  ImportReport report;
  report.inputs = InputsOf(text, own, job);
  if (std::optional<ImportReport> done = FinishedReport(job, report.inputs)) return *done;
  const auto for_each_row = [&](const RowVisitor& visit) {
    ForEachCodesRow(text, Quoted(jsonl.string()), own, [&](Utterance row) {
      if (stop && stop()) Fail(ErrorCode::kCancelled, Quoted(jsonl.string()), ": stopped");
      visit(std::move(row));
    });
  };
  int64_t usable = 0;
  if (own.max_rows) {
    for_each_row([&](const Utterance& row) { usable += WhyDropped(row, own) ? 0 : 1; });
  }
  const KeyedPermutation shuffled(usable, kRowsSeed, RandomStream(RandomUse::kRows, 0, 0));
  ShardParts clips(own.format);
  int64_t input = 0, next_usable = 0;
  for_each_row([&](Utterance row) {
    std::optional<Dropped> dropped = WhyDropped(row, own);
    const bool chosen = dropped || !own.max_rows || shuffled(next_usable++) < *own.max_rows;
    if (!job.Owns(input++) || !chosen) return;
    if (dropped) {
      dropped->file = jsonl.string();
      report.dropped.push_back(std::move(*dropped));
      return;
    }
    clips.Add(row);
    report.seconds += static_cast<double>(row.frames(own.format)) / own.format.frames_per_second;
    report.without_voice += row.embedding.empty() ? 1 : 0;
  });
  return FinishShard(clips, std::move(report), job);
}

}  // namespace kani::train
