#include "bench/torch_writer.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::cli {
namespace {

/// The few pickle opcodes a state dict needs.
class Pickle {
 public:
  Pickle() { bytes_ = "\x80\x02"; }
  void Global(std::string_view module, std::string_view name) {
    bytes_ += StrCat("c", module, "\n", name, "\n");
  }
  void String(const std::string& text) {
    Op('X');
    Raw(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }
  void Int(int64_t value) {
    Op('J');
    Raw(static_cast<int32_t>(value));
  }
  void Tuple(std::span<const int64_t> values) {
    Op('(');
    for (int64_t value : values) Int(value);
    Op('t');
  }
  void Op(char opcode) { bytes_ += opcode; }
  const std::string& bytes() const { return bytes_; }

 private:
  template <typename T>
  void Raw(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  std::string bytes_;
};

std::string StateDictPickle(std::span<const formats::NamedTensor> tensors) {
  Pickle pickle;
  pickle.Op('}');  // EMPTY_DICT
  pickle.Op('(');  // MARK ... SETITEMS
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Shape& shape = tensors[i].shape;
    Shape strides(shape.size(), 1);
    for (size_t d = shape.size(); d-- > 1;) strides[d - 1] = strides[d] * shape[d];
    pickle.String(tensors[i].name);
    pickle.Global("torch._utils", "_rebuild_tensor_v2");
    pickle.Op('(');
    pickle.Op('(');  // persistent id: ('storage', class, key, device, elements)
    pickle.String("storage");
    pickle.Global("torch", "FloatStorage");
    pickle.String(std::to_string(i));
    pickle.String("cpu");
    pickle.Int(ElementCount(shape));
    pickle.Op('t');
    pickle.Op('Q');  // BINPERSID
    pickle.Int(0);   // storage offset
    pickle.Tuple(shape);
    pickle.Tuple(strides);
    pickle.Op('\x89');  // requires_grad: NEWFALSE
    pickle.Global("collections", "OrderedDict");
    pickle.Op(')');  // no backward hooks
    pickle.Op('R');
    pickle.Op('t');
    pickle.Op('R');
  }
  pickle.Op('u');
  pickle.Op('.');
  return pickle.bytes();
}

/// Collects members in memory.
class ArchiveWriter {
 public:
  explicit ArchiveWriter(bool zip) : archive_(archive_write_new()) {
    if (zip) {
      archive_write_set_format_zip(archive_.get());
      archive_write_zip_set_compression_store(archive_.get());
    } else {
      archive_write_set_format_pax_restricted(archive_.get());
    }
    archive_write_open(archive_.get(), this, nullptr, &ArchiveWriter::Receive, nullptr);
  }
  void Add(const std::string& name, std::string_view contents) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<int64_t>(contents.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    if (archive_write_header(archive_.get(), entry.get()) != ARCHIVE_OK ||
        archive_write_data(archive_.get(), contents.data(), contents.size()) !=
            static_cast<la_ssize_t>(contents.size())) {
      Fail(ErrorCode::kIo, "cannot archive ", Quoted(name), ": ",
           archive_error_string(archive_.get()));
    }
  }
  std::string Finish() {
    archive_write_close(archive_.get());
    return std::move(bytes_);
  }

 private:
  static la_ssize_t Receive(archive*, void* self, const void* data, size_t size) {
    static_cast<ArchiveWriter*>(self)->bytes_.append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }
  struct Free {
    void operator()(archive* a) const { archive_write_free(a); }
  };
  std::unique_ptr<archive, Free> archive_;
  std::string bytes_;
};

}  // namespace

void WriteNemo(const std::filesystem::path& path, const std::string& config_yaml,
               std::span<const formats::NamedTensor> tensors) {
  ArchiveWriter checkpoint(/*zip=*/true);
  checkpoint.Add("model_weights/data.pkl", StateDictPickle(tensors));
  for (size_t i = 0; i < tensors.size(); ++i) {
    checkpoint.Add(
        StrCat("model_weights/data/", i),
        {reinterpret_cast<const char*>(tensors[i].bytes.data()), tensors[i].bytes.size()});
  }
  checkpoint.Add("model_weights/version", "3\n");
  ArchiveWriter outer(/*zip=*/false);
  outer.Add("./model_config.yaml", config_yaml);
  outer.Add("./model_weights.ckpt", checkpoint.Finish());
  const std::string bytes = outer.Finish();
  WriteFileAtomically(path, std::as_bytes(std::span(bytes)));
}

}  // namespace kani::cli
