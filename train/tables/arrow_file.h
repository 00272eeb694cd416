// A Parquet or Arrow file as batches of rows; included by this folder's .cc files only. Everything
// that Arrow says or throws becomes an Error, and no batch leaves before it was validated.
#pragma once

#include <arrow/api.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kani::train {

/// A column, or one field of a column that is a struct.
struct ColumnPart {
  std::string column;
  std::string field;  ///< "": all of it
};

class ArrowFile {
 public:
  /// By the first bytes: Parquet, Arrow's file or Arrow's stream. `bytes` must outlive it. Throws
  /// kInvalidFile, kUnsupported (encrypted, Feather 1).
  static std::unique_ptr<ArrowFile> Open(std::span<const std::byte> bytes, std::string source);
  virtual ~ArrowFile() = default;
  ArrowFile(const ArrowFile&) = delete;
  ArrowFile& operator=(const ArrowFile&) = delete;

  const arrow::Schema& schema() const { return *schema_; }
  /// First rows of the parts that can be read without what is before them, ascending; [0] is 0.
  const std::vector<int64_t>& group_begins() const { return group_begins_; }

  /// The next batch each time it is called, null at the end. Of a struct perhaps more than was
  /// asked for. Throws kInvalidFile, kResourceExhausted.
  using Batches = std::function<std::shared_ptr<arrow::RecordBatch>()>;
  /// @param group index in group_begins() @param batch_rows at most, where the file leaves a choice
  Batches Read(size_t group, const std::vector<ColumnPart>& parts, int64_t batch_rows);

  /// Whether a part is said to be null in every row, without reading it.
  virtual bool IsSaidToBeNull(const ColumnPart& part) const = 0;
  /// Whether large cells cost nothing to have beside others: nothing is unpacked.
  virtual bool IsFreeToRead() const = 0;

 protected:
  explicit ArrowFile(std::string source) : source_(std::move(source)) {}

  virtual Batches Start(size_t group, const std::vector<ColumnPart>& parts, int64_t batch_rows) = 0;

  const std::string source_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int64_t> group_begins_{0};
};

}  // namespace kani::train
