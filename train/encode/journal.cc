#include "train/encode/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "train/data/checksum.h"

namespace kani::train {
namespace {

constexpr auto kSyncEvery = std::chrono::seconds(30);
constexpr uint32_t kMaxRecordBytes = 1 << 28;

/// A record's head.
struct Head {
  uint32_t size = 0, crc32 = 0;
};

template <typename T>
void Put(std::string& to, const T& value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
void PutAll(std::string& to, const std::vector<T>& values) {
  Put(to, uint64_t{values.size()});
  to.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

/// Takes values from the front of a payload whose checksum was right: it is what Put made.
class Taker {
 public:
  explicit Taker(std::string_view from) : from_(from) {}
  template <typename T>
  T Take() {
    T value{};
    std::memcpy(&value, Bytes(sizeof value).data(), sizeof value);
    return value;
  }
  template <typename T>
  std::vector<T> TakeAll() {
    std::vector<T> values(Take<uint64_t>());
    std::memcpy(values.data(), Bytes(values.size() * sizeof(T)).data(), values.size() * sizeof(T));
    return values;
  }
  std::string Rest() { return std::string(from_); }

 private:
  std::string_view Bytes(size_t count) {
    const std::string_view bytes = from_.substr(0, count);
    from_.remove_prefix(count);
    return bytes;
  }
  std::string_view from_;
};

std::string PayloadOf(const EncodeJournal::Entry& entry) {
  std::string out;
  Put(out, entry.recording);
  Put(out, static_cast<uint8_t>(entry.outcome.clip ? 1 : 0));
  if (const auto& clip = entry.outcome.clip) {
    Put(out, clip->encoded_len);
    PutAll(out, clip->codes);
    PutAll(out, clip->embedding);
  } else {
    Put(out, static_cast<int32_t>(entry.outcome.dropped->reason));
    out += entry.outcome.dropped->detail;
  }
  return out;
}

EncodeJournal::Entry EntryOf(std::string_view payload) {
  Taker taker(payload);
  EncodeJournal::Entry entry{.recording = taker.Take<uint64_t>(), .outcome = {}};
  if (taker.Take<uint8_t>() == 1) {
    Utterance& clip = entry.outcome.clip.emplace();
    clip.encoded_len = taker.Take<int32_t>();
    clip.codes = taker.TakeAll<uint16_t>();
    clip.embedding = taker.TakeAll<float>();
  } else {
    Dropped& dropped = entry.outcome.dropped.emplace();
    dropped.reason = static_cast<DropReason>(taker.Take<int32_t>());
    dropped.detail = taker.Rest();
  }
  return entry;
}

/// Reads until `size` bytes are there or the file ends; whether they are.
bool ReadWhole(int fd, char* to, size_t size) {
  while (size > 0) {
    const ssize_t count = ::read(fd, to, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    to += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

/// The next record's payload, nothing where none is whole.
std::optional<std::string> NextRecord(int fd) {
  Head head;
  if (!ReadWhole(fd, reinterpret_cast<char*>(&head), sizeof head)) return std::nullopt;
  if (head.size > kMaxRecordBytes) return std::nullopt;
  std::string payload(head.size, '\0');
  if (!ReadWhole(fd, payload.data(), payload.size())) return std::nullopt;
  if (Crc32(std::as_bytes(std::span(payload))) != head.crc32) return std::nullopt;
  return payload;
}

}  // namespace

EncodeJournal::EncodeJournal(std::filesystem::path path, const std::string& inputs)
    : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) FailIo("cannot open");
  try {
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      Fail(ErrorCode::kInvalidArgument, Quoted(path_.string()),
           ": another process is working on this shard");
    }
    Read(StrCat("kani encode journal 1 of ", inputs));
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

EncodeJournal::~EncodeJournal() { ::close(fd_); }

void EncodeJournal::FailIo(const char* what) const {
  Fail(ErrorCode::kIo, Quoted(path_.string()), ": ", what, ": ", std::strerror(errno));
}

void EncodeJournal::Read(const std::string& header) {
  const std::optional<std::string> found = NextRecord(fd_);
  if (found && *found != header) {
    Fail(
        ErrorCode::kInvalidArgument, Quoted(path_.string()),
        ": an encoding of other recordings or with other settings was interrupted here; go on with "
        "those, or remove the file");
  }
  off_t end = found ? ::lseek(fd_, 0, SEEK_CUR) : 0;
  while (const std::optional<std::string> payload = found ? NextRecord(fd_) : std::nullopt) {
    entries_.push_back(EntryOf(*payload));
    end = ::lseek(fd_, 0, SEEK_CUR);
  }
  if (::ftruncate(fd_, end) != 0 || ::lseek(fd_, end, SEEK_SET) != end) FailIo("cannot write");
  if (!found) Write(header);
}

void EncodeJournal::Append(const Entry& entry) {
  const std::string payload = PayloadOf(entry);
  const std::lock_guard lock(mutex_);
  Write(payload);
  if (const auto now = std::chrono::steady_clock::now(); now - synced_ > kSyncEvery) {
    if (::fdatasync(fd_) != 0) FailIo("cannot flush");
    synced_ = now;
  }
}

void EncodeJournal::Write(const std::string& payload) {
  std::string record;
  Put(record,
      Head{static_cast<uint32_t>(payload.size()), Crc32(std::as_bytes(std::span(payload)))});
  record += payload;
  for (std::string_view left = record; !left.empty();) {
    const ssize_t written = ::write(fd_, left.data(), left.size());
    if (written < 0 && errno != EINTR) FailIo("cannot write");
    if (written > 0) left.remove_prefix(static_cast<size_t>(written));
  }
}

void EncodeJournal::Remove() {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) FailIo("cannot remove");
}

}  // namespace kani::train
