#include "tfjs_binding.h"

#include <cstring>
#include <limits>
#include <string>
#include <unordered_map>

#include "arguments.h"
#include "copy.h"
#include "environment.h"
#include "execute.h"
#include "immortal.h"
#include "recorder.h"
#include "saved_model.h"
#include "string_tensor.h"

namespace gradtape {
namespace {

// TF_AttrType, as tfjs passes them.
enum TfjsAttribute { kAttrString = 0, kAttrInt = 1, kAttrFloat = 2, kAttrBool = 3, kAttrType = 4, kAttrShape = 5 };

struct TfjsTensors {
  std::mutex mutex;
  std::unordered_map<int, ContentsPtr> contents;
  int last = 0;
};

TfjsTensors& Tensors() {
  static Immortal<TfjsTensors> tensors;
  return *tensors;
}

// ---- tensors

// What tfjs holds for each dtype. It passes an int64 as two int32.
void RequireMatchingArray(const Napi::Value& value, DType dtype) {
  if (!value.IsTypedArray()) Refuse("createTensor: expected a typed array");
  const napi_typedarray_type type = value.As<Napi::TypedArray>().TypedArrayType();
  const auto matches = [&] {
    switch (type) {
      case napi_float32_array:
        return dtype == kFloat32 || dtype == kComplex64;
      case napi_int32_array:
        return dtype == kInt32 || dtype == kInt64;
      case napi_uint8_array:
      case napi_uint8_clamped_array:
        return dtype == kBool || dtype == kUint8;
      case napi_bigint64_array:
        return dtype == kInt64;
      default:
        return false;
    }
  };
  if (!matches()) Refuse("createTensor: the typed array does not match dtype " + std::to_string(dtype));
}

Napi::Value CreateTensor(const Napi::CallbackInfo& info) {
  const Context& context = Context::Get();
  const std::vector<int64_t> dims = ReadDims(info[0], "createTensor");
  const DType dtype = ReadDType(info[1], "createTensor: dtype");
  HostTensor tensor;
  if (dtype == kString) {
    tensor = NewStringTensor(dims, info[2]);
  } else {
    RequireMatchingArray(info[2], dtype);
    const Bytes bytes = BytesOf(info[2], "createTensor");
    tensor = NewHostTensor(dtype, dims, bytes.data == nullptr ? "" : bytes.data, bytes.size, "createTensor");
  }
  Handle handle = NewHandle(tensor);
  // Kernels on a GPU want their int32 and strings (shapes, names) in host memory, everything else beside them.
  int device = 0;
  for (size_t i = 0; i < context.devices().size() && dtype != kInt32 && dtype != kString; i++) {
    if (context.devices()[i].type != "GPU") continue;
    device = static_cast<int>(i);
    context.UseExecutor(context.InlineExecutor());
    const Status status;
    handle.reset(tensorflow.TFE_TensorHandleCopyToDevice(handle.get(), context.get(),
                                                         context.device(device).fullName.c_str(), status));
    status.Check();
    break;
  }
  return Napi::Number::New(info.Env(), AddTfjsTensor(std::make_shared<const Contents>(std::move(handle), device)));
}

Napi::Value DeleteTensor(const Napi::CallbackInfo& info) {
  FindTfjsTensor(info[0], "deleteTensor");
  TfjsTensors& tensors = Tensors();
  ContentsPtr dropped;  // Destroyed after the lock.
  const std::lock_guard<std::mutex> lock(tensors.mutex);
  const auto found = tensors.contents.find(info[0].As<Napi::Number>().Int32Value());
  if (found != tensors.contents.end()) {
    dropped = std::move(found->second);
    tensors.contents.erase(found);
  }
  return info.Env().Undefined();
}

Napi::Value TensorDataSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const HostTensor tensor = Resolve(*FindTfjsTensor(info[0], "tensorDataSync"));
  const size_t size = tensorflow.TF_TensorByteSize(tensor.get());
  const auto as = [&](auto kind, size_t width) -> Napi::Value {
    auto buffer = NewArrayBuffer(env, size);
    if (size > 0) std::memcpy(buffer.Data(), tensorflow.TF_TensorData(tensor.get()), size);
    return decltype(kind)::New(env, size / width, buffer, 0);
  };
  const DType dtype = tensorflow.TF_TensorType(tensor.get());
  switch (dtype) {
    case kFloat32:
    case kComplex64:
      return as(Napi::Float32Array(), 4);
    case kFloat64:
      return as(Napi::Float64Array(), 8);
    case kInt32:
      return as(Napi::Int32Array(), 4);
    case kInt64:
      return as(Napi::BigInt64Array(), 8);
    case kBool:
    case kUint8:
    case kResource:
      return as(Napi::Uint8Array(), 1);
    case kString:
      return ReadStrings(env, tensor);
    default:
      Refuse("tensorDataSync: tfjs has no array for dtype " + std::to_string(dtype));
  }
}

// ---- operations

Attribute ReadTfjsAttribute(const Napi::Value& given, const std::string& op) {
  if (!given.IsObject()) Refuse(op + ": expected an attribute", op);
  const auto object = given.As<Napi::Object>();
  const std::string name = ReadString(object.Get("name"), op + ": attribute's name");
  const std::string what = op + ": attribute " + name;
  const Napi::Value value = object.Get("value");
  const auto asFloat = [](const Napi::Value& item, const std::string& text) {
    return static_cast<float>(ReadNumber(item, text));
  };
  const auto asByte = [](const Napi::Value& item, const std::string& text) {
    return static_cast<unsigned char>(ReadBoolean(item, text));
  };
  switch (ReadInteger(object.Get("type"), what + ": type")) {
    case kAttrString:
      return {name, ReadString(value, what)};
    case kAttrInt:
      if (value.IsArray()) return {name, ReadList(value, what, ReadInteger)};
      return {name, ReadInteger(value, what)};
    case kAttrFloat:
      if (value.IsArray()) return {name, ReadList(value, what, asFloat)};
      return {name, asFloat(value, what)};
    case kAttrBool:
      if (value.IsArray()) return {name, ReadList(value, what, asByte)};
      return {name, ReadBoolean(value, what)};
    case kAttrType:
      if (value.IsArray()) return {name, TypeList{ReadList(value, what, ReadDType)}};
      return {name, TypeValue{ReadDType(value, what)}};
    case kAttrShape:
      return {name, ShapeValue{ReadDims(value, what)}};
    default:
      Refuse(what + ": unknown attribute type", op);
  }
}

// tfjs names no list inputs: it passes their elements one by one and gives the attributes that count them.
void CheckInputs(const std::string& op, size_t count) {
  const Signature* signature = FindSignature(op);
  if (signature == nullptr) return;
  for (const bool isList : signature->inputIsList) {
    if (isList) return;
  }
  const size_t expected = signature->inputIsList.size();
  if (count != expected) {
    Refuse(op + ": expected " + std::to_string(expected) + " inputs, got " + std::to_string(count), op);
  }
}

Napi::Value ExecuteOp(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Context& context = Context::Get();
  const std::string op = ReadString(info[0], "executeOp: name");
  const auto attributes = ReadList(info[1], op + ": attributes", [&](const Napi::Value& value, const std::string&) {
    return ReadTfjsAttribute(value, op);
  });
  const auto inputs = ReadList(info[2], op + ": inputs", [](const Napi::Value& value, const std::string& what) {
    return FindTfjsTensor(value, what.c_str());
  });
  const int64_t outputs = ReadInteger(info[3], op + ": number of outputs");
  if (outputs < 0 || outputs > std::numeric_limits<uint16_t>::max()) {
    Refuse(op + ": cannot have " + std::to_string(outputs) + " outputs", op);
  }
  CheckInputs(op, inputs.size());
  context.UseExecutor(context.InlineExecutor());
  const Status status;
  const Operation operation(tensorflow.TFE_NewOp(context.get(), op.c_str(), status));
  status.Check(op.c_str());
  // Inputs first: tfjs's attributes may speak of the dtype it shows (int32 for a decoded image's uint8), and what
  // TensorFlow infers from the inputs goes before them.
  for (const ContentsPtr& input : inputs) {
    tensorflow.TFE_OpAddInput(operation.get(), input->handle(), status);
    status.Check(op.c_str());
  }
  for (const Attribute& attribute : attributes) SetAttribute(operation.get(), attribute);
  std::vector<TFE_TensorHandle*> handles(outputs);
  const int made = Launch(operation.get(), *RecordedName(op), 0, handles.data(), static_cast<int>(outputs), status);
  status.Check(op.c_str());
  std::vector<ContentsPtr> results;
  for (int i = 0; i < made; i++) {
    const int device = context.IndexOf(tensorflow.TFE_TensorHandleBackingDeviceName(handles[i], status));
    results.push_back(std::make_shared<const Contents>(Handle(handles[i]), device));
  }
  const auto described = Napi::Array::New(env, results.size());
  for (uint32_t i = 0; i < results.size(); i++) described.Set(i, DescribeTfjsTensor(env, std::move(results[i])));
  return described;
}

Napi::Value IsUsingGpuDevice(const Napi::CallbackInfo& info) {
  bool gpu = false;
  for (const Device& device : Context::Get().devices()) gpu = gpu || device.type == "GPU";
  return Napi::Boolean::New(info.Env(), gpu);
}

Napi::Value GetNumOfTensors(const Napi::CallbackInfo& info) {
  const std::lock_guard<std::mutex> lock(Tensors().mutex);
  return Napi::Number::New(info.Env(), static_cast<double>(Tensors().contents.size()));
}

// An accessor, since tfjs-node may be imported before the library is opened.
Napi::Value Version(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), Context::Loaded() ? tensorflow.TF_Version() : "");
}

}  // namespace

int AddTfjsTensor(ContentsPtr contents) {
  TfjsTensors& tensors = Tensors();
  const std::lock_guard<std::mutex> lock(tensors.mutex);
  if (tensors.last == std::numeric_limits<int>::max()) Refuse("tfjs has no tensor ids left");
  tensors.contents.emplace(++tensors.last, std::move(contents));
  return tensors.last;
}

ContentsPtr FindTfjsTensor(const Napi::Value& id, const char* what) {
  Context::Get();
  const int64_t number = ReadInteger(id, std::string(what) + ": tensor id");
  TfjsTensors& tensors = Tensors();
  const std::lock_guard<std::mutex> lock(tensors.mutex);
  const auto found =
      number < 0 || number > tensors.last ? tensors.contents.end() : tensors.contents.find(static_cast<int>(number));
  if (found == tensors.contents.end()) {
    Refuse(std::string(what) + ": expected the id of a live tfjs tensor, got " + std::to_string(number));
  }
  return found->second;
}

Napi::Object DescribeTfjsTensor(Napi::Env env, ContentsPtr contents) {
  const std::vector<int64_t> dims = DimsOf(*contents);
  const auto shape = Napi::Array::New(env, dims.size());
  for (uint32_t axis = 0; axis < dims.size(); axis++) {
    shape.Set(axis, Napi::Number::New(env, static_cast<double>(dims[axis])));
  }
  const auto described = Napi::Object::New(env);
  described.Set("shape", shape);
  described.Set("dtype", contents->dtype());
  described.Set("id", AddTfjsTensor(std::move(contents)));
  return described;
}

Napi::Value ToTfjs(const Napi::CallbackInfo& info) {
  const ContentsPtr contents = Table::Get().Find(ReadId(info[0], "toTfjs"), "toTfjs").contents;
  return Napi::Number::New(info.Env(), AddTfjsTensor(contents));
}

Napi::Value FromTfjs(const Napi::CallbackInfo& info) {
  const ContentsPtr contents = FindTfjsTensor(info[0], "fromTfjs");
  const NativeId id = Environment::Of(info.Env()).Own(info.Env(), info[1], contents);
  return Napi::Number::New(info.Env(), static_cast<double>(id));
}

void ExportTfjsBinding(Napi::Env env, Napi::Object exports) {
  const std::pair<const char*, int> constants[] = {
      {"TF_FLOAT", kFloat32},      {"TF_INT32", kInt32},          {"TF_INT64", kInt64},
      {"TF_BOOL", kBool},          {"TF_COMPLEX64", kComplex64},  {"TF_STRING", kString},
      {"TF_RESOURCE", kResource},  {"TF_UINT8", kUint8},          {"TF_ATTR_STRING", kAttrString},
      {"TF_ATTR_INT", kAttrInt},   {"TF_ATTR_FLOAT", kAttrFloat}, {"TF_ATTR_BOOL", kAttrBool},
      {"TF_ATTR_TYPE", kAttrType}, {"TF_ATTR_SHAPE", kAttrShape},
  };
  for (const auto& [name, value] : constants) exports.Set(name, value);
  exports.DefineProperty(Napi::PropertyDescriptor::Accessor<Version>("TF_Version", napi_enumerable));
  const auto add = [&](const char* name, auto function) {
    exports.Set(name, Napi::Function::New(env, function, name));
  };
  add("createTensor", Guarded<CreateTensor>);
  add("deleteTensor", Guarded<DeleteTensor>);
  add("tensorDataSync", Guarded<TensorDataSync>);
  add("executeOp", Guarded<ExecuteOp>);
  add("isUsingGpuDevice", Guarded<IsUsingGpuDevice>);
  add("getNumOfTensors", Guarded<GetNumOfTensors>);
  add("loadSavedModel", Guarded<LoadSavedModel>);
  add("runSavedModel", Guarded<RunSavedModel>);
  add("deleteSavedModel", Guarded<DeleteSavedModel>);
  add("getNumOfSavedModels", Guarded<GetNumOfSavedModels>);
}

}  // namespace gradtape
