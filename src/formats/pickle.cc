// The machine: a stack, a memo and the opcodes that are known.
#include "formats/pickle.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "formats/pickle_input.h"
#include "formats/pickle_torch.h"

namespace kani::formats {
namespace {

using Index = PickleValue::Index;

// A state dict of 700 tensors makes some 20,000 objects.
constexpr size_t kMaxValues = 1 << 20;
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
    {'T', "BINSTRING"},
    {'U', "SHORT_BINSTRING"},
    {'d', "DICT"},
    {'g', "GET"},
    {'i', "INST"},
    {'l', "LIST"},
    {'o', "OBJ"},
    {'p', "PUT"},
    {0x81, "NEWOBJ"},
    {0x82, "EXT1"},
    {0x83, "EXT2"},
    {0x84, "EXT4"},
    {0x8B, "LONG4"},
    {0x8D, "BINUNICODE8"},
    {0x8E, "BINBYTES8"},
    {0x8F, "EMPTY_SET"},
    {0x90, "ADDITEMS"},
    {0x91, "FROZENSET"},
    {0x92, "NEWOBJ_EX"},
    {0x96, "BYTEARRAY8"},
    {0x97, "NEXT_BUFFER"},
    {0x98, "READONLY_BUFFER"},
    {'B', "BINBYTES"},
    {'C', "SHORT_BINBYTES"},
};

class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& source) : input_(bytes, source) {}

  Pickle Run() {
    while (!Step(input_.Byte())) {
    }
    return std::move(pickle_);
  }

 private:
  /// @return true at the end of the pickle.
  bool Step(uint8_t opcode) {
    switch (opcode) {
      case 0x80:  // PROTO
        if (const int protocol = input_.Byte(); protocol > kMaxProtocol) {
          Fail(ErrorCode::kUnsupported, input_.source(), ": pickle protocol ", protocol,
               ", expected at most ", kMaxProtocol);
        }
        return false;
      case 'c': {  // GLOBAL
        const std::string_view module = input_.Line();
        PushGlobal(module, input_.Line());
        return false;
      }
      case 0x93: {  // STACK_GLOBAL
        const std::string_view name = PopText();
        PushGlobal(PopText(), name);
        return false;
      }
      case 'N':  // NONE
        return Push(PickleValue::None{});
      case 0x88:  // NEWTRUE
        return Push(true);
      case 0x89:  // NEWFALSE
        return Push(false);
      case 'K':  // BININT1
        return Push(int64_t{input_.Byte()});
      case 'M':  // BININT2
        return Push(int64_t{input_.Little<uint16_t>()});
      case 'J':  // BININT
        return Push(int64_t{input_.Little<int32_t>()});
      case 0x8A:  // LONG1
        return Push(input_.Long(input_.Byte()));
      case 'G':  // BINFLOAT
        input_.Little<uint64_t>();
        return Push(PickleValue::Other{});
      case 0x8C:  // SHORT_BINUNICODE
        return Push(input_.Text(input_.Byte()));
      case 'X':  // BINUNICODE
        return Push(input_.Text(input_.Little<uint32_t>()));
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
      case ']':  // EMPTY_LIST
        return Push(PickleValue::Other{});
      case 'a':  // APPEND
        Pop();
        Top<PickleValue::Other>("a list");
        return false;
      case 'e':  // APPENDS
        PopToMark();
        Top<PickleValue::Other>("a list");
        return false;
      case 'b':  // BUILD
        // Attaches attributes (`_metadata`) to the ordered dict; nothing here needs them.
        Pop();
        Top<PickleValue::Dict>("BUILD on a dict");
        return false;
      case 'q':  // BINPUT
        Put(input_.Byte());
        return false;
      case 'r':  // LONG_BINPUT
        Put(input_.Little<uint32_t>());
        return false;
      case 0x94:  // MEMOIZE
        Put(static_cast<uint32_t>(memo_.size()));
        return false;
      case 0x95:  // FRAME: how much may be read at once
        input_.Little<uint64_t>();
        return false;
      case 'h':  // BINGET
        Get(input_.Byte());
        return false;
      case 'j':  // LONG_BINGET
        Get(input_.Little<uint32_t>());
        return false;
      case 'Q':  // BINPERSID
        return Push(MakeStorage(pickle_, Pop(), input_));
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

  [[noreturn]] void RefuseOpcode(uint8_t opcode) {
    for (const OpcodeName& refused : kRefusedOpcodes) {
      if (refused.code == opcode) {
        Fail(ErrorCode::kUnsupported, input_.source(), ": pickle opcode ", refused.name,
             " is not allowed");
      }
    }
    input_.Damaged("an opcode");
  }

  /// @return false, for Step().
  template <typename T>
  bool Push(T content) {
    if (pickle_.values.size() == kMaxValues) {
      Fail(ErrorCode::kResourceExhausted, input_.source(), ": pickle of more than ", kMaxValues,
           " objects");
    }
    pickle_.values.push_back({std::move(content)});
    PushIndex(static_cast<Index>(pickle_.values.size() - 1));
    return false;
  }
  void PushIndex(Index index) {
    if (stack_.size() == kMaxValues) {
      Fail(ErrorCode::kResourceExhausted, input_.source(), ": pickle stack of more than ",
           kMaxValues, " objects");
    }
    stack_.push_back(index);
  }
  Index Pop() {
    if (stack_.empty() || pickle_.As<PickleValue::Mark>(stack_.back())) input_.Damaged("an object");
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
    if (begin == 0) input_.Damaged("a mark on the stack");
    std::vector<Index> items(stack_.begin() + static_cast<ptrdiff_t>(begin), stack_.end());
    stack_.resize(begin - 1);
    return items;
  }
  template <typename T>
  T& Top(std::string_view expected) {
    T* value = stack_.empty() ? nullptr : std::get_if<T>(&pickle_.values[stack_.back()].content);
    if (value == nullptr) input_.Damaged(expected);
    return *value;
  }

  void SetItems(const std::vector<Index>& items) {
    if (items.size() % 2 != 0) input_.Damaged("keys with values");
    PickleValue::Dict& dict = Top<PickleValue::Dict>("a dict");
    for (size_t i = 0; i < items.size(); i += 2) dict.items.emplace_back(items[i], items[i + 1]);
  }

  void Put(uint32_t slot) {
    if (stack_.empty() || pickle_.As<PickleValue::Mark>(stack_.back())) input_.Damaged("an object");
    if (slot >= kMaxValues) input_.Damaged(StrCat("a memo slot below ", kMaxValues));
    if (slot >= memo_.size()) memo_.resize(slot + 1);
    memo_[slot] = stack_.back();
  }
  void Get(uint32_t slot) {
    if (slot >= memo_.size() || !memo_[slot]) input_.Damaged("a filled memo slot");
    PushIndex(*memo_[slot]);
  }

  std::string_view PopText() {
    const auto* text = pickle_.As<std::string_view>(Pop());
    if (text == nullptr) input_.Damaged("a name");
    return *text;
  }

  void PushGlobal(std::string_view module, std::string_view name) {
    std::visit([&](auto value) { Push(value); }, PickleGlobal(module, name, input_.source()));
  }

  void Reduce() {
    const Index arguments = Pop();
    const auto* function = pickle_.As<PickleValue::Global>(Pop());
    const auto* tuple = pickle_.As<PickleValue::Tuple>(arguments);
    if (function == nullptr || tuple == nullptr) input_.Damaged("a function and a tuple");
    switch (*function) {
      case PickleValue::Global::kRebuildTensor:
        Push(MakeTensor(pickle_, *tuple, input_));
        return;
      case PickleValue::Global::kRebuildFromType:
        Push(MakeTensor(pickle_, TensorArguments(pickle_, *tuple, input_), input_));
        return;
      case PickleValue::Global::kRebuildParameter:
        // (tensor, requires_grad, hooks) and attributes: it is its tensor.
        if (tuple->items.empty() || !pickle_.As<PickleValue::Tensor>(tuple->items[0])) {
          input_.Damaged("a parameter's tensor");
        }
        PushIndex(tuple->items[0]);
        return;
      case PickleValue::Global::kOrderedDict:
        if (!tuple->items.empty()) {
          Fail(ErrorCode::kUnsupported, input_.source(),
               ": OrderedDict with arguments is not allowed");
        }
        Push(PickleValue::Dict{});
        return;
      case PickleValue::Global::kTensorClass:
        input_.Damaged("a function");
    }
  }

  PickleInput input_;
  Pickle pickle_;
  std::vector<Index> stack_;
  std::vector<std::optional<Index>> memo_;
};

}  // namespace

Pickle ParsePickle(std::span<const std::byte> bytes, const std::string& source) {
  return Machine(bytes, source).Run();
}

}  // namespace kani::formats
