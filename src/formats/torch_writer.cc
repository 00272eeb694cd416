#include "formats/torch_writer.h"

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "formats/archive_writer.h"

namespace kani::formats {
namespace {

/// The few pickle opcodes a state dict needs.
class PickleWriter {
 public:
  PickleWriter() { bytes_ = "\x80\x02"; }
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

std::string StateDictPickle(std::span<const NamedTensor> tensors) {
  PickleWriter pickle;
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

}  // namespace

std::string TorchCheckpointBytes(const std::string& folder, std::span<const NamedTensor> tensors) {
  for (const NamedTensor& tensor : tensors) {
    if (tensor.dtype != DType::kF32 || ElementCount(tensor.shape) > INT32_MAX) {
      Fail(ErrorCode::kUnsupported, "tensor ", Quoted(tensor.name), ": ", DTypeName(tensor.dtype),
           " ", ShapeString(tensor.shape), ", only F32 of at most 2^31 - 1 values is written");
    }
  }
  ArchiveWriter checkpoint(ArchiveFormat::kZip);
  checkpoint.Add(folder + "/data.pkl", StateDictPickle(tensors));
  for (size_t i = 0; i < tensors.size(); ++i) {
    checkpoint.Add(
        StrCat(folder, "/data/", i),
        {reinterpret_cast<const char*>(tensors[i].bytes.data()), tensors[i].bytes.size()});
  }
  checkpoint.Add(folder + "/version", "3\n");
  return checkpoint.Finish();
}

}  // namespace kani::formats
