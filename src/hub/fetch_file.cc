#include "hub/fetch_file.h"

#include "base/error.h"
#include "hub/client.h"
#include "hub/crew.h"
#include "hub/digest.h"

namespace kani::hub {
namespace {

class MemorySink : public BodySink {
 public:
  explicit MemorySink(uint64_t size_bytes) : size_bytes_(size_bytes) {}
  const std::string& bytes() const { return bytes_; }

  void Begin(const HttpReply& head) override {
    const std::string encoding = head.Header("content-encoding");
    if (!encoding.empty() && encoding != "identity") {
      FailHub(Problem::kHostile, head.url, ": content encoding ", Quoted(encoding),
              ", expected none");
    }
    bytes_.clear();
  }
  void Write(std::span<const std::byte> bytes) override {
    if (bytes.size() > size_bytes_ - bytes_.size()) {
      FailHub(Problem::kDamaged, "over ", size_bytes_,
              " bytes come, which is the size of the file");
    }
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

 private:
  uint64_t size_bytes_;
  std::string bytes_;
};

}  // namespace

std::string FetchFile(const Settings& settings, const RepoId& id, const std::string& commit,
                      const RemoteFile& file, const PullHooks& hooks) {
  if (file.size_bytes > kMaxFetchedBytes) {
    FailHub(Problem::kHostile, id.text(), ": ", Quoted(file.path), ": ", file.size_bytes,
            " bytes, expected at most ", kMaxFetchedBytes);
  }
  MemorySink sink(file.size_bytes);
  Crew crew(hooks);
  crew.Run(
      1,
      [&] {
        Client client(settings, crew.activity());
        WithRetries(settings, crew.activity(),
                    [&] { return client.Download(id, commit, file, 0, &sink); });
      },
      [] { return PullProgress{}; });
  Digest digest(file.etag, file.size_bytes);
  digest.Update(std::as_bytes(std::span(sink.bytes())));
  const std::string hash = digest.Finish();
  if (hash != file.etag) {
    FailHub(Problem::kDamaged, id.text(), ": ", Quoted(file.path), ": hash ", hash, ", expected ",
            file.etag);
  }
  return sink.bytes();
}

}  // namespace kani::hub
