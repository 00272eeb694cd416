#include "train/tables/arrow_file.h"

#include <arrow/io/memory.h>
#include <arrow/ipc/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "base/error.h"
#include "formats/misplaced.h"

namespace kani::train {
namespace {

/// The most that Arrow may allocate at a time: a page of a large file can hold a whole group of
/// rows, a small file has no use for more than it could unpack to.
int64_t MemoryFor(size_t file_bytes) {
  constexpr int64_t kLeastBytes = int64_t{64} << 20, kMostBytes = int64_t{2} << 30;
  constexpr size_t kUnpacked = 16;
  return std::min(kMostBytes, kLeastBytes + static_cast<int64_t>(kUnpacked * file_bytes));
}

constexpr int64_t kMostRows = int64_t{1} << 40;

[[noreturn]] void FailAs(const arrow::Status& status, const std::string& source) {
  const ErrorCode code = status.IsOutOfMemory()      ? ErrorCode::kResourceExhausted
                         : status.IsNotImplemented() ? ErrorCode::kUnsupported
                                                     : ErrorCode::kInvalidFile;
  Fail(code, source, ": ", Quoted(status.message()));
}

void Check(const arrow::Status& status, const std::string& source) {
  if (!status.ok()) FailAs(status, source);
}

template <typename T>
T Value(arrow::Result<T> result, const std::string& source) {
  if (!result.ok()) FailAs(result.status(), source);
  return std::move(result).ValueUnsafe();
}

/// Calls `work`; what the library throws becomes an Error.
template <typename Work>
auto Guarded(const std::string& source, const Work& work) {
  try {
    return work();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    Fail(ErrorCode::kInvalidFile, source, ": ", Quoted(error.what()));
  }
}

std::shared_ptr<arrow::io::BufferReader> ReaderOf(std::span<const std::byte> bytes) {
  return std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())));
}

class ParquetFile : public ArrowFile {
 public:
  ParquetFile(std::span<const std::byte> bytes, std::string source)
      : ArrowFile(std::move(source)), pool_(arrow::default_memory_pool(), MemoryFor(bytes.size())) {
    Guarded(source_, [&] {
      parquet::arrow::FileReaderBuilder builder;
      Check(builder.Open(ReaderOf(bytes), parquet::ReaderProperties(&pool_)), source_);
      parquet::ArrowReaderProperties properties(/*use_threads=*/false);
      properties.set_pre_buffer(false);  // it would hold whole groups of rows
      builder.memory_pool(&pool_)->properties(properties);
      reader_ = Value(builder.Build(), source_);
      Check(reader_->GetSchema(&schema_), source_);
      const parquet::FileMetaData& metadata = *reader_->parquet_reader()->metadata();
      for (int i = 0; i + 1 < metadata.num_row_groups(); ++i) {
        const int64_t rows = metadata.RowGroup(i)->num_rows();
        if (rows < 0 || rows > kMostRows - group_begins_.back()) {
          Fail(ErrorCode::kInvalidFile, source_, ": a group of ", rows, " rows");
        }
        group_begins_.push_back(group_begins_.back() + rows);
      }
    });
  }

  bool IsSaidToBeNull(const ColumnPart& part) const override {
    return Guarded(source_, [&] {
      const parquet::FileMetaData& metadata = *reader_->parquet_reader()->metadata();
      const std::vector<int> leaves = LeavesOf(part);
      bool any = false;
      for (int i = 0; i < metadata.num_row_groups(); ++i) {
        for (const int leaf : leaves) {
          const auto chunk = metadata.RowGroup(i)->ColumnChunk(leaf);
          const auto statistics = chunk->encoded_statistics();
          if (statistics == nullptr || !statistics->has_null_count ||
              statistics->null_count != chunk->num_values()) {
            return false;
          }
          any = true;
        }
      }
      return any;
    });
  }
  bool IsFreeToRead() const override { return false; }

 protected:
  Batches Start(size_t group, const std::vector<ColumnPart>& parts, int64_t batch_rows) override {
    std::vector<int> leaves;
    for (const ColumnPart& part : parts) {
      for (const int leaf : LeavesOf(part)) {
        if (std::ranges::find(leaves, leaf) == leaves.end()) leaves.push_back(leaf);
      }
    }
    std::ranges::sort(leaves);
    std::vector<int> groups;
    for (size_t i = group; i < group_begins_.size() && reader_->num_row_groups() > 0; ++i) {
      groups.push_back(static_cast<int>(i));
    }
    reader_->set_batch_size(batch_rows);
    std::shared_ptr<arrow::RecordBatchReader> batches =
        Value(reader_->GetRecordBatchReader(groups, leaves), source_);
    return [this, batches] { return Value(batches->Next(), source_); };
  }

 private:
  /// Indices of the columns that Parquet makes of it.
  std::vector<int> LeavesOf(const ColumnPart& part) const {
    std::vector<int> leaves;
    const std::function<void(const parquet::arrow::SchemaField&)> add = [&](const auto& field) {
      if (field.is_leaf()) leaves.push_back(field.column_index);
      for (const auto& child : field.children) add(child);
    };
    for (const auto& field : reader_->manifest().schema_fields) {
      if (field.field->name() != part.column) continue;
      if (part.field.empty()) add(field);
      for (const auto& child : field.children) {
        if (child.field->name() == part.field) add(child);
      }
    }
    return leaves;
  }

  arrow::CappedMemoryPool pool_;
  std::unique_ptr<parquet::arrow::FileReader> reader_;
};

/// What `datasets` caches and saves, and Feather files.
class IpcFile : public ArrowFile {
 public:
  IpcFile(std::span<const std::byte> bytes, std::string source, bool is_stream)
      : ArrowFile(std::move(source)),
        bytes_(bytes),
        is_stream_(is_stream),
        pool_(arrow::default_memory_pool(), MemoryFor(bytes.size())) {
    schema_ = is_stream_ ? OpenStream(Options())->schema() : OpenFile(Options())->schema();
  }

  bool IsSaidToBeNull(const ColumnPart&) const override { return false; }
  bool IsFreeToRead() const override { return true; }

 protected:
  Batches Start(size_t, const std::vector<ColumnPart>& parts, int64_t) override {
    arrow::ipc::IpcReadOptions options = Options();
    for (const ColumnPart& part : parts) {
      options.included_fields.push_back(schema_->GetFieldIndex(part.column));
    }
    if (is_stream_) {
      return [this, stream = OpenStream(options)] { return Value(stream->Next(), source_); };
    }
    return [this, file = OpenFile(options), next = 0]() mutable {
      return next == file->num_record_batches() ? nullptr
                                                : Value(file->ReadRecordBatch(next++), source_);
    };
  }

 private:
  arrow::ipc::IpcReadOptions Options() {
    arrow::ipc::IpcReadOptions options;
    options.memory_pool = &pool_;
    options.use_threads = false;
    options.ensure_alignment = arrow::ipc::Alignment::kDataTypeSpecificAlignment;
    return options;
  }
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> OpenStream(
      const arrow::ipc::IpcReadOptions& options) const {
    return Value(arrow::ipc::RecordBatchStreamReader::Open(ReaderOf(bytes_), options), source_);
  }
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> OpenFile(
      const arrow::ipc::IpcReadOptions& options) const {
    return Value(arrow::ipc::RecordBatchFileReader::Open(ReaderOf(bytes_), options), source_);
  }

  const std::span<const std::byte> bytes_;
  const bool is_stream_;
  arrow::CappedMemoryPool pool_;
};

}  // namespace

std::unique_ptr<ArrowFile> ArrowFile::Open(std::span<const std::byte> bytes, std::string source) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()),
                              std::min<size_t>(bytes.size(), 8));
  if (head.starts_with("PARE")) {
    Fail(ErrorCode::kUnsupported, source, ": is an encrypted Parquet file");
  }
  if (head.starts_with("FEA1")) {
    Fail(ErrorCode::kUnsupported, source,
         ": is a Feather file of version 1, which is not read; write it as version 2 or Parquet");
  }
  if (head.starts_with("PAR1")) return std::make_unique<ParquetFile>(bytes, std::move(source));
  const bool is_file = head.starts_with("ARROW1");
  if (!is_file && !head.starts_with("\xFF\xFF\xFF\xFF")) {
    formats::RejectMisplaced(bytes, source);
    Fail(ErrorCode::kInvalidFile, source, ": is neither a Parquet nor an Arrow file",
         formats::WhatItIsInstead(bytes));
  }
  return std::make_unique<IpcFile>(bytes, std::move(source), !is_file);
}

ArrowFile::Batches ArrowFile::Read(size_t group, const std::vector<ColumnPart>& parts,
                                   int64_t batch_rows) {
  Batches next = Guarded(source_, [&] { return Start(group, parts, batch_rows); });
  return [this, next] {
    return Guarded(source_, [&] {
      std::shared_ptr<arrow::RecordBatch> batch = next();
      if (batch != nullptr) Check(batch->ValidateFull(), source_);
      return batch;
    });
  };
}

}  // namespace kani::train
