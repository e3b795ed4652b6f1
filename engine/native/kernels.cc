#include "kernels.h"

#include <deque>
#include <map>
#include <memory>
#include <mutex>

#include "context.h"
#include "immortal.h"
#include "library.h"
#include "proto.h"
#include "recorder.h"
#include "status.h"

namespace gradtape {
namespace {

using Buffer = std::unique_ptr<TF_Buffer, void (*)(TF_Buffer*)>;

std::string_view ViewOf(const Buffer& buffer) {
  // A TF_Buffer begins with these fields; the header of the C interface shows them.
  const auto* view = reinterpret_cast<const TF_BufferView*>(buffer.get());
  return {static_cast<const char*>(view->data), view->data == nullptr ? 0 : view->length};
}

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Signature>> signatures;
  TF_Graph* graph = nullptr;
};

Registry& SharedRegistry() {
  static Immortal<Registry> registry;
  return *registry;
}

// OpDef: 2 input_arg {5 number_attr, 6 type_list_attr}.
std::unique_ptr<Signature> ParseOpDef(std::string_view definition) {
  auto signature = std::make_unique<Signature>();
  for (proto::Reader fields(definition); fields.Next();) {
    if (fields.field() != 2) continue;
    bool oneType = false, manyTypes = false;
    for (proto::Reader argument(fields.bytes()); argument.Next();) {
      if (argument.field() == 5) oneType = !argument.bytes().empty();
      if (argument.field() == 6) manyTypes = !argument.bytes().empty();
    }
    signature->inputIsList.push_back(oneType || manyTypes);
    signature->listNeedsOne.push_back(oneType);
  }
  return signature;
}

struct Kernels {
  std::mutex mutex;
  std::deque<Kernel> list;
  std::map<std::string, int> ids;
};

Kernels& SharedKernels() {
  static Immortal<Kernels> kernels;
  return *kernels;
}

// Two kernels with one key are the same kernel. Every part says its length, so parts cannot run into each other.
std::string KeyOf(const Kernel& kernel) {
  std::string key;
  const auto add = [&](const void* data, size_t bytes) {
    key += std::to_string(bytes) + ':';
    key.append(static_cast<const char*>(data), bytes);
  };
  const auto addNumber = [&](auto number) { add(&number, sizeof number); };
  const auto addAll = [&](const auto& list) { add(list.data(), list.size() * sizeof(list[0])); };
  addAll(kernel.op);
  for (const int count : {kernel.listInput, kernel.inputs, kernel.outputs, kernel.alias ? 1 : 0}) addNumber(count);
  for (const Attribute& attribute : kernel.attributes) {
    addAll(attribute.name);
    addNumber(attribute.value.index());
    std::visit(Overloaded{
                   [&](TypeValue value) { addNumber(value.dtype); },
                   [&](int64_t value) { addNumber(value); },
                   [&](float value) { addNumber(value); },
                   [&](bool value) { addNumber(value); },
                   [&](const ShapeValue& value) { addAll(value.dims); },
                   [&](const TypeList& value) { addAll(value.dtypes); },
                   [&](const std::vector<std::string>& value) {
                     addNumber(value.size());
                     for (const std::string& item : value) addAll(item);
                   },
                   [&](const auto& value) { addAll(value); },
               },
               attribute.value);
  }
  return key;
}

int ReadCount(const Napi::Object& spec, const char* name, int least, const std::string& op) {
  const std::string what = "defineKernel: " + op + ": " + name;
  const int64_t count = ReadInteger(spec.Get(name), what);
  if (count < least || count > 65536) Refuse(what + ": got " + std::to_string(count), op);
  return static_cast<int>(count);
}

}  // namespace

const Signature* FindSignature(const std::string& op) {
  Context::Get();
  Registry& registry = SharedRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  const auto found = registry.signatures.find(op);
  if (found != registry.signatures.end()) return found->second.get();
  if (registry.graph == nullptr) registry.graph = tensorflow.TF_NewGraph();
  const Buffer buffer(tensorflow.TF_NewBuffer(), tensorflow.TF_DeleteBuffer);
  const Status status;
  tensorflow.TF_GraphGetOpDef(registry.graph, op.c_str(), buffer.get(), status);
  if (!status.ok()) return nullptr;
  return (registry.signatures[op] = ParseOpDef(ViewOf(buffer))).get();
}

bool HasKernel(const std::string& op) {
  if (FindSignature(op) == nullptr) return false;
  const Status status;
  const Buffer kernels(tensorflow.TF_GetRegisteredKernelsForOp(op.c_str(), status), tensorflow.TF_DeleteBuffer);
  return status.ok() && !ViewOf(kernels).empty();
}

void Kernel::CheckInputs(size_t count) const {
  const auto refuse = [&](const std::string& expected) {
    Refuse(op + ": expected " + expected + ", got " + std::to_string(count), op);
  };
  const size_t single = static_cast<size_t>(inputs);
  if (listInput < 0 ? count != single : count < single) {
    refuse((listInput < 0 ? "" : "at least ") + std::to_string(single) + (single == 1 ? " input" : " inputs"));
  }
  const Signature* signature = FindSignature(op);
  if (signature == nullptr) return;  // A function checks its own arguments; an unknown name fails by itself.
  const size_t arguments = signature->inputIsList.size();
  if (listInput >= 0) {
    const size_t list = static_cast<size_t>(listInput);
    if (arguments != single + 1 || !signature->inputIsList[list]) {
      Refuse(op + ": the kernel's definition has " + std::to_string(single) + " inputs and a list at position " +
                 std::to_string(listInput) + "; TensorFlow registered it otherwise",
             op);
    }
    if (count == single && signature->listNeedsOne[list]) refuse("at least one tensor in its list");
    return;
  }
  for (const bool isList : signature->inputIsList) {
    if (isList) return;  // Its elements are added one by one.
  }
  if (arguments != count) refuse(std::to_string(arguments) + (arguments == 1 ? " input" : " inputs"));
}

int DefineKernel(const Napi::Value& given) {
  if (!given.IsObject()) Refuse("defineKernel: expected a kernel's specification");
  const auto spec = given.As<Napi::Object>();
  Kernel kernel;
  kernel.op = ReadString(spec.Get("op"), "defineKernel: op");
  kernel.attributes =
      ReadList(spec.Get("attrs"), "defineKernel: " + kernel.op + ": attrs",
               [&](const Napi::Value& value, const std::string&) { return ReadAttribute(value, kernel.op); });
  kernel.listInput = ReadCount(spec, "listInput", -1, kernel.op);
  kernel.inputs = ReadCount(spec, "inputs", 0, kernel.op);
  kernel.outputs = ReadCount(spec, "outputs", 0, kernel.op);
  if (kernel.listInput > kernel.inputs) Refuse("defineKernel: " + kernel.op + ": listInput lies beyond the inputs");
  const Napi::Value alias = spec.Get("alias");
  kernel.alias = !alias.IsUndefined() && ReadBoolean(alias, "defineKernel: " + kernel.op + ": alias");
  kernel.recorded = RecordedName(kernel.op);
  Kernels& kernels = SharedKernels();
  const std::lock_guard<std::mutex> lock(kernels.mutex);
  const auto [entry, isNew] = kernels.ids.emplace(KeyOf(kernel), static_cast<int>(kernels.list.size()) + 1);
  if (isNew) kernels.list.push_back(std::move(kernel));
  return entry->second;
}

const Kernel* FindKernel(int id) {
  Kernels& kernels = SharedKernels();
  const std::lock_guard<std::mutex> lock(kernels.mutex);
  if (id < 1 || static_cast<size_t>(id) > kernels.list.size()) return nullptr;
  return &kernels.list[id - 1];
}

}  // namespace gradtape
