#include "hub/blob_download.h"

#include <unistd.h>

#include <cerrno>

#include "hub/digest.h"

namespace kani::hub {
namespace {

constexpr uint64_t kProgressBytes = 1u << 20;  // that make a failure the first of its row
constexpr int kMaxDamages = 2;

/// What came is not the file that the hub lists.
struct Damage {
  std::string message;
};

/// Writes a body behind what a partial file holds.
class PartialSink : public BodySink {
 public:
  PartialSink(const BlobRequest& request, PartialBlob* partial)
      : request_(request),
        file_(request.file),
        partial_(partial),
        digest_(file_.etag, file_.size_bytes) {
    HashBytes(partial_->file.get(), partial_->size_bytes, &digest_, partial_->name,
              request.activity.cancelled,
              [&](uint64_t bytes) { request_.on_bytes(static_cast<int64_t>(bytes)); });
  }

  uint64_t offset() const { return partial_->size_bytes; }
  bool Complete() const { return offset() == file_.size_bytes; }
  std::string Hash() { return digest_.Finish(); }

  void Restart() {
    request_.on_bytes(-static_cast<int64_t>(offset()));
    if (::ftruncate(partial_->file.get(), 0) != 0) FailWrite();
    partial_->size_bytes = 0;
    digest_ = Digest(file_.etag, file_.size_bytes);
  }

  void Begin(const HttpReply& head) override {
    const std::string encoding = head.Header("content-encoding");
    if (!encoding.empty() && encoding != "identity") {
      FailHub(Problem::kHostile, head.url, ": content encoding ", Quoted(encoding),
              ", expected none");
    }
    if (head.status == 200 && offset() > 0) Restart();
    if (head.status == 206) CheckRange(head.Header("content-range"), head.url);
    const std::string length = head.Header("content-length");
    const uint64_t expected = file_.size_bytes - offset();
    if (!length.empty() && length != StrCat(expected)) {
      throw Damage{StrCat(head.url, ": ", Quoted(length), " bytes come, expected ", expected)};
    }
  }

  void Write(std::span<const std::byte> bytes) override {
    if (bytes.size() > file_.size_bytes - offset()) {
      throw Damage{StrCat("over ", file_.size_bytes, " bytes come, which is its size")};
    }
    digest_.Update(bytes);
    while (!bytes.empty()) {
      const ssize_t count =
          ::pwrite(partial_->file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset()));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) FailWrite();
      partial_->size_bytes += static_cast<uint64_t>(count);
      request_.on_bytes(count);
      bytes = bytes.subspan(static_cast<size_t>(count));
    }
  }

 private:
  /// "bytes 10-99/100": exactly what was asked for.
  void CheckRange(const std::string& range, const std::string& url) const {
    const std::string asked = StrCat("bytes ", offset(), "-", file_.size_bytes - 1, "/");
    if (range != asked + StrCat(file_.size_bytes) && range != asked + "*") {
      throw Damage{StrCat(url, ": range ", Quoted(range), ", expected ",
                          Quoted(asked + StrCat(file_.size_bytes)))};
    }
  }

  [[noreturn]] void FailWrite() const {
    FailSystem(Quoted(file_.path) + ": cannot write its partial file " + Quoted(partial_->name));
  }

  const BlobRequest& request_;
  const RemoteFile& file_;
  PartialBlob* partial_;
  Digest digest_;
};

/// One request for what is missing, and the check of the whole once nothing is.
void TryOnce(Client* client, const BlobRequest& request, PartialSink* sink) {
  if (!sink->Complete() &&
      !client->Download(request.id, request.commit, request.file, sink->offset(), sink)) {
    sink->Restart();  // the server has nothing from there on: what is here is something else
    throw TransientError(Problem::kServer, StrCat(Quoted(request.file.path), ": range refused"));
  }
  if (!sink->Complete()) {
    throw TransientError(Problem::kUnreachable,
                         StrCat(Quoted(request.file.path), ": the connection ended after byte ",
                                sink->offset(), " of ", request.file.size_bytes));
  }
  const std::string hash = sink->Hash();
  if (hash != request.file.etag) {
    throw Damage{StrCat("hash ", hash, ", expected ", request.file.etag)};
  }
}

}  // namespace

void DownloadBlob(Client* client, const BlobRequest& request, PartialBlob* partial) {
  PartialSink sink(request, partial);
  Retry retry(request.settings, request.activity);
  for (int damages = 0;;) {
    const uint64_t before = sink.offset();
    try {
      TryOnce(client, request, &sink);
      return;
    } catch (const Damage& damage) {
      sink.Restart();
      if (++damages == kMaxDamages) {
        FailHub(Problem::kDamaged, request.id.text(), ": ", Quoted(request.file.path),
                " came damaged twice: ", damage.message);
      }
      Warn(request.activity.warn,
           StrCat(Quoted(request.file.path),
                  " came damaged, once more from its beginning: ", damage.message));
    } catch (const TransientError& error) {
      if (sink.offset() >= before + kProgressBytes) retry.Succeeded();
      retry.AfterFailure(error);
    }
  }
}

}  // namespace kani::hub
