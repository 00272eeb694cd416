#include "hub/digest.h"

#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/regular_file.h"

namespace kani::hub {
namespace {

constexpr size_t kSha1Digits = 40;
constexpr size_t kPieceBytes = 1u << 20;

void Require(bool ok) {
  if (!ok) Fail(ErrorCode::kUnsupported, "this build of OpenSSL has no SHA-1 or no SHA-256");
}

}  // namespace

struct Digest::Context {
  Context() : evp(EVP_MD_CTX_new()) { Require(evp != nullptr); }
  ~Context() { EVP_MD_CTX_free(evp); }
  EVP_MD_CTX* evp;
};

Digest::Digest(std::string_view etag, uint64_t size_bytes) : context_(std::make_unique<Context>()) {
  const bool git = etag.size() == kSha1Digits;
  Require(EVP_DigestInit_ex(context_->evp, git ? EVP_sha1() : EVP_sha256(), nullptr) == 1);
  if (git) {
    std::string head = StrCat("blob ", size_bytes);
    head += '\0';
    Update(std::as_bytes(std::span(head)));
  }
}

Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::Update(std::span<const std::byte> bytes) {
  Require(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
}

std::string Digest::Finish() {
  unsigned char raw[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  Require(EVP_DigestFinal_ex(context_->evp, raw, &size) == 1);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += "0123456789abcdef"[raw[i] >> 4];
    hex += "0123456789abcdef"[raw[i] & 15];
  }
  return hex;
}

void HashBytes(int fd, uint64_t size_bytes, Digest* digest, std::string_view name,
               const std::function<bool()>& cancelled,
               const std::function<void(uint64_t)>& on_bytes) {
  const auto buffer = std::make_unique<std::byte[]>(kPieceBytes);
  for (uint64_t offset = 0; offset < size_bytes;) {
    if (cancelled && cancelled()) Fail(ErrorCode::kCancelled, "interrupted");
    const size_t wanted = std::min<uint64_t>(kPieceBytes, size_bytes - offset);
    const ssize_t count = ::pread(fd, buffer.get(), wanted, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      Fail(ErrorCode::kIo, Quoted(name), ": cannot read byte ", offset, " of ", size_bytes, ": ",
           count < 0 ? std::strerror(errno) : "it became shorter");
    }
    digest->Update({buffer.get(), static_cast<size_t>(count)});
    offset += static_cast<uint64_t>(count);
    if (on_bytes) on_bytes(static_cast<uint64_t>(count));
  }
}

std::string HashFile(const std::filesystem::path& path, std::string_view etag,
                     const std::function<bool()>& cancelled,
                     const std::function<void(uint64_t)>& on_bytes) {
  const RegularFile file(path);
  Digest digest(etag, file.size_bytes());
  HashBytes(file.fd(), file.size_bytes(), &digest, path.string(), cancelled, on_bytes);
  return digest.Finish();
}

}  // namespace kani::hub
