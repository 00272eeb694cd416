#include "model/pickle.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.h"

namespace kani::model {
namespace {

using Index = PickleValue::Index;

// A state dict of 700 tensors makes some 20,000 objects.
constexpr size_t kMaxValues = 1 << 20;
constexpr size_t kMaxDimensions = 8;
constexpr int kMaxProtocol = 5;

struct OpcodeName {
  uint8_t code;
  std::string_view name;
};
/// Every opcode that is not implemented, for the message that refuses it.
constexpr OpcodeName kRefusedOpcodes[] = {
    {'0', "POP"},
    {'1', "POP_MARK"},
    {'2', "DUP"},
    {'F', "FLOAT"},
    {'I', "INT"},
    {'L', "LONG"},
    {'P', "PERSID"},
    {'S', "STRING"},
    {'V', "UNICODE"},
    {'G', "BINFLOAT"},
    {'T', "BINSTRING"},
    {'U', "SHORT_BINSTRING"},
    {'a', "APPEND"},
    {'e', "APPENDS"},
    {'d', "DICT"},
    {'g', "GET"},
    {'i', "INST"},
    {'l', "LIST"},
    {'o', "OBJ"},
    {'p', "PUT"},
    {']', "EMPTY_LIST"},
    {0x81, "NEWOBJ"},
    {0x82, "EXT1"},
    {0x83, "EXT2"},
    {0x84, "EXT4"},
    {0x8B, "LONG4"},
    {0x8C, "SHORT_BINUNICODE"},
    {0x8D, "BINUNICODE8"},
    {0x8E, "BINBYTES8"},
    {0x8F, "EMPTY_SET"},
    {0x90, "ADDITEMS"},
    {0x91, "FROZENSET"},
    {0x92, "NEWOBJ_EX"},
    {0x93, "STACK_GLOBAL"},
    {0x94, "MEMOIZE"},
    {0x95, "FRAME"},
    {0x96, "BYTEARRAY8"},
    {0x97, "NEXT_BUFFER"},
    {0x98, "READONLY_BUFFER"},
    {'B', "BINBYTES"},
    {'C', "SHORT_BINBYTES"},
};

struct AllowedGlobal {
  std::string_view module;
  std::string_view name;
  std::variant<PickleValue::Global, StorageType> value;
};
constexpr AllowedGlobal kAllowedGlobals[] = {
    {"collections", "OrderedDict", PickleValue::Global::kOrderedDict},
    {"torch._utils", "_rebuild_tensor_v2", PickleValue::Global::kRebuildTensor},
    {"torch", "FloatStorage", StorageType::kF32},
    {"torch", "DoubleStorage", StorageType::kF64},
    {"torch", "HalfStorage", StorageType::kF16},
    {"torch", "BFloat16Storage", StorageType::kBF16},
    {"torch", "IntStorage", StorageType::kI32},
    {"torch", "LongStorage", StorageType::kI64},
};

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  Pickle Run() {
    while (!Step(Byte())) {
    }
    return std::move(pickle_);
  }

 private:
  /// @return true at the end of the pickle.
  bool Step(uint8_t opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        if (const int protocol = Byte(); protocol > kMaxProtocol) {
          Fail(ErrorCode::kUnsupported, source_, ": pickle protocol ", protocol,
               ", expected at most ", kMaxProtocol);
        }
        return false;
      case 'c':  // GLOBAL
        PushGlobal();
        return false;
      case 'N':  // NONE
        return Push(PickleValue::None{});
      case 0x88:  // NEWTRUE
        return Push(true);
      case 0x89:  // NEWFALSE
        return Push(false);
      case 'K':  // BININT1
        return Push(int64_t{Byte()});
      case 'M':  // BININT2
        return Push(int64_t{Little<uint16_t>()});
      case 'J':  // BININT
        return Push(int64_t{Little<int32_t>()});
      case 0x8A:  // LONG1
        return Push(Long(Byte()));
      case 'X':  // BINUNICODE
        return Push(Text(Little<uint32_t>()));
      case '(':  // MARK
        return Push(PickleValue::Mark{});
      case ')':  // EMPTY_TUPLE
        return Push(PickleValue::Tuple{});
      case 't':  // TUPLE
        return Push(PickleValue::Tuple{PopToMark()});
      case 0x85:  // TUPLE1
      case 0x86:  // TUPLE2
      case 0x87:  // TUPLE3
        return Push(PickleValue::Tuple{PopItems(opcode - 0x84u)});
      case '}':  // EMPTY_DICT
        return Push(PickleValue::Dict{});
      case 's':  // SETITEM
        SetItems(PopItems(2));
        return false;
      case 'u':  // SETITEMS
        SetItems(PopToMark());
        return false;
      case 'b':  // BUILD
        // Attaches attributes (`_metadata`) to the ordered dict; nothing here needs them.
        Pop();
        Top<PickleValue::Dict>("BUILD on a dict");
        return false;
      case 'q':  // BINPUT
        Put(Byte());
        return false;
      case 'r':  // LONG_BINPUT
        Put(Little<uint32_t>());
        return false;
      case 'h':  // BINGET
        Get(Byte());
        return false;
      case 'j':  // LONG_BINGET
        Get(Little<uint32_t>());
        return false;
      case 'Q':  // BINPERSID
        return Push(MakeStorage(Pop()));
      case 'R':  // REDUCE
        Reduce();
        return false;
      case '.':  // STOP
        pickle_.top = Pop();
        return true;
      default:
        RefuseOpcode(opcode);
    }
  }

  [[noreturn]] void Damaged(std::string_view expected) {
    Fail(ErrorCode::kInvalidFile, source_, ": damaged pickle at byte ", at_, ": expected ",
         expected);
  }

  [[noreturn]] void RefuseOpcode(uint8_t opcode) {
    for (const OpcodeName& refused : kRefusedOpcodes) {
      if (refused.code == opcode) {
        Fail(ErrorCode::kUnsupported, source_, ": pickle opcode ", refused.name, " is not allowed");
      }
    }
    Damaged("an opcode");
  }

  std::span<const std::byte> Take(size_t count) {
    if (count > bytes_.size() - at_) Damaged(StrCat(count, " more bytes"));
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  uint8_t Byte() { return static_cast<uint8_t>(Take(1)[0]); }
  template <typename T>
  T Little() {
    T value;
    std::memcpy(&value, Take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view Text(size_t count) {
    const std::span<const std::byte> text = Take(count);
    return {reinterpret_cast<const char*>(text.data()), text.size()};
  }
  std::string_view Line() {
    const std::span<const std::byte> rest = bytes_.subspan(at_);
    const auto end = std::find(rest.begin(), rest.end(), std::byte{'\n'});
    if (end == rest.end()) Damaged("a line");
    const std::string_view line = Text(static_cast<size_t>(end - rest.begin()));
    ++at_;
    return line;
  }
  int64_t Long(size_t count) {
    if (count > sizeof(int64_t)) Damaged("an integer of 64 bits");
    uint64_t value = 0;
    const std::span<const std::byte> digits = Take(count);
    for (size_t i = 0; i < count; ++i) value |= static_cast<uint64_t>(digits[i]) << (8 * i);
    if (count > 0 && count < 8 && (static_cast<uint8_t>(digits[count - 1]) & 0x80) != 0) {
      value |= ~uint64_t{0} << (8 * count);
    }
    return static_cast<int64_t>(value);
  }

  /// @return false, for Step().
  template <typename T>
  bool Push(T content) {
    if (pickle_.values.size() == kMaxValues) {
      Fail(ErrorCode::kResourceExhausted, source_, ": pickle of more than ", kMaxValues,
           " objects");
    }
    pickle_.values.push_back({std::move(content)});
    PushIndex(static_cast<Index>(pickle_.values.size() - 1));
    return false;
  }
  void PushIndex(Index index) {
    if (stack_.size() == kMaxValues) {
      Fail(ErrorCode::kResourceExhausted, source_, ": pickle stack of more than ", kMaxValues,
           " objects");
    }
    stack_.push_back(index);
  }
  Index Pop() {
    if (stack_.empty() || pickle_.As<PickleValue::Mark>(stack_.back())) Damaged("an object");
    const Index index = stack_.back();
    stack_.pop_back();
    return index;
  }
  std::vector<Index> PopItems(size_t count) {
    std::vector<Index> items(count);
    for (size_t i = count; i-- > 0;) items[i] = Pop();
    return items;
  }
  std::vector<Index> PopToMark() {
    size_t begin = stack_.size();
    while (begin > 0 && !pickle_.As<PickleValue::Mark>(stack_[begin - 1])) --begin;
    if (begin == 0) Damaged("a mark on the stack");
    std::vector<Index> items(stack_.begin() + static_cast<ptrdiff_t>(begin), stack_.end());
    stack_.resize(begin - 1);
    return items;
  }
  template <typename T>
  T& Top(std::string_view expected) {
    T* value = stack_.empty() ? nullptr : std::get_if<T>(&pickle_.values[stack_.back()].content);
    if (value == nullptr) Damaged(expected);
    return *value;
  }

  void SetItems(const std::vector<Index>& items) {
    if (items.size() % 2 != 0) Damaged("keys with values");
    PickleValue::Dict& dict = Top<PickleValue::Dict>("a dict");
    for (size_t i = 0; i < items.size(); i += 2) dict.items.emplace_back(items[i], items[i + 1]);
  }

  void Put(uint32_t slot) {
    if (stack_.empty() || pickle_.As<PickleValue::Mark>(stack_.back())) Damaged("an object");
    if (slot >= kMaxValues) Damaged(StrCat("a memo slot below ", kMaxValues));
    if (slot >= memo_.size()) memo_.resize(slot + 1);
    memo_[slot] = stack_.back();
  }
  void Get(uint32_t slot) {
    if (slot >= memo_.size() || !memo_[slot]) Damaged("a filled memo slot");
    PushIndex(*memo_[slot]);
  }

  void PushGlobal() {
    const std::string_view module = Line();
    const std::string_view name = Line();
    for (const AllowedGlobal& allowed : kAllowedGlobals) {
      if (allowed.module == module && allowed.name == name) {
        std::visit([&](auto value) { Push(value); }, allowed.value);
        return;
      }
    }
    Fail(ErrorCode::kUnsupported, source_, ": pickle global ", Quoted(StrCat(module, ".", name)),
         " is not allowed");
  }

  void Reduce() {
    const Index arguments = Pop();
    const auto* function = pickle_.As<PickleValue::Global>(Pop());
    const auto* tuple = pickle_.As<PickleValue::Tuple>(arguments);
    if (function == nullptr || tuple == nullptr) Damaged("a function and a tuple");
    if (*function == PickleValue::Global::kRebuildTensor) {
      Push(MakeTensor(*tuple));
    } else if (tuple->items.empty()) {
      Push(PickleValue::Dict{});
    } else {
      Fail(ErrorCode::kUnsupported, source_, ": OrderedDict with arguments is not allowed");
    }
  }

  PickleValue::Storage MakeStorage(Index index) {
    const auto* tuple = pickle_.As<PickleValue::Tuple>(index);
    if (tuple == nullptr || tuple->items.size() != 5) Damaged("a storage of five facts");
    const auto* kind = pickle_.As<std::string_view>(tuple->items[0]);
    const auto* type = pickle_.As<StorageType>(tuple->items[1]);
    const auto* key = pickle_.As<std::string_view>(tuple->items[2]);
    const auto* element_count = pickle_.As<int64_t>(tuple->items[4]);
    if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr ||
        element_count == nullptr || *element_count < 0) {
      Damaged("('storage', type, key, device, element count)");
    }
    return {*type, *key, *element_count};
  }

  std::vector<int64_t> Ints(Index index) {
    const auto* tuple = pickle_.As<PickleValue::Tuple>(index);
    if (tuple == nullptr || tuple->items.size() > kMaxDimensions) {
      Damaged(StrCat("a tuple of at most ", kMaxDimensions, " integers"));
    }
    std::vector<int64_t> values;
    for (Index item : tuple->items) {
      const auto* value = pickle_.As<int64_t>(item);
      if (value == nullptr || *value < 0) Damaged("an integer that is not negative");
      values.push_back(*value);
    }
    return values;
  }

  /// (storage, offset, shape, strides, requires_grad, hooks); the last two do not matter.
  PickleValue::Tensor MakeTensor(const PickleValue::Tuple& arguments) {
    if (arguments.items.size() < 6) Damaged("a tensor of six facts");
    const auto* storage = pickle_.As<PickleValue::Storage>(arguments.items[0]);
    const auto* offset = pickle_.As<int64_t>(arguments.items[1]);
    if (storage == nullptr || offset == nullptr || *offset < 0) {
      Damaged("a storage and an offset");
    }
    PickleValue::Tensor tensor{*storage, *offset, Ints(arguments.items[2]),
                               Ints(arguments.items[3])};
    if (tensor.shape.size() != tensor.strides.size()) Damaged("as many strides as dimensions");
    return tensor;
  }

  std::span<const std::byte> bytes_;
  const std::string& source_;
  size_t at_ = 0;
  Pickle pickle_;
  std::vector<Index> stack_;
  std::vector<std::optional<Index>> memo_;
};

}  // namespace

Pickle ParsePickle(std::span<const std::byte> bytes, const std::string& source) {
  return Machine(bytes, source).Run();
}

}  // namespace kani::model
