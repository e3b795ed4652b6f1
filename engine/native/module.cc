// The addon's table of functions: `gradtape` is NativeBinding of binding.ts; beside it lies tfjs-node's binding.
#include <napi.h>

#include "arguments.h"
#include "context.h"
#include "copy.h"
#include "counters.h"
#include "environment.h"
#include "execute.h"
#include "kernels.h"
#include "library.h"
#include "recorder.h"
#include "stop.h"
#include "tfjs_binding.h"

namespace gradtape {
namespace {

// ---- library and devices

int ReadThreads(const Napi::Object& options, const char* name) {
  constexpr int64_t kMostThreads = 1024;
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return 0;
  const int64_t threads = ReadInteger(value, std::string("load: ") + name);
  if (threads < 0 || threads > kMostThreads) Refuse(std::string("load: expected 0 to 1024 ") + name);
  return static_cast<int>(threads);
}

Napi::Value Load(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) Refuse("load: expected options");
  const auto options = info[0].As<Napi::Object>();
  const int64_t cpus = ReadInteger(options.Get("cpuDevices"), "load: cpuDevices");
  const Context& context = Context::Load({ReadString(options.Get("library"), "load: library"),
                                          cpus < 0 || cpus > kMaxDevices ? 0 : static_cast<int>(cpus),
                                          ReadBoolean(options.Get("gpuMemoryGrowth"), "load: gpuMemoryGrowth"),
                                          ReadThreads(options, "intraOpThreads"),
                                          ReadThreads(options, "interOpThreads")});
  Environment::Of(env).DrainAtExit(env);
  const auto devices = Napi::Array::New(env, context.devices().size());
  uint32_t index = 0;
  for (const Device& device : context.devices()) {
    const auto shown = Napi::Object::New(env);
    shown.Set("name", device.name);
    shown.Set("fullName", device.fullName);
    shown.Set("type", device.type);
    shown.Set("memoryLimit", static_cast<double>(device.memoryLimit));
    devices.Set(index++, shown);
  }
  return devices;
}

// Whether the library has the switch.
Napi::Value SetDeterministic(const Napi::CallbackInfo& info) {
  const bool on = ReadBoolean(info[0], "setDeterministic");
  Context::Get();
  return Napi::Boolean::New(info.Env(), EnableOpDeterminism(on));
}

Napi::Value IsLoaded(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), Context::Loaded()); }

Napi::Value Version(const Napi::CallbackInfo& info) {
  Context::Get();
  return Napi::String::New(info.Env(), tensorflow.TF_Version());
}

Napi::Value HasOp(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), HasKernel(ReadString(info[0], "hasOp")));
}

Napi::Value SetAsync(const Napi::CallbackInfo& info) {
  const int device = ReadDevice(info[0], "setAsync");
  Context::Get().SetAsync(device, ReadBoolean(info[1], "setAsync"));
  return info.Env().Undefined();
}

// Sizes that were unknown while operations were pending are known now.
void SettleAll(int device) {
  for (const ContentsPtr& contents : Table::Get().Unsettled(device)) contents->Settle();
}

Napi::Value Synchronize(const Napi::CallbackInfo& info) {
  Context::Get().Synchronize(ReadDevice(info[0], "synchronize"));
  return info.Env().Undefined();
}

Napi::Value Define(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), DefineKernel(info[0])); }

Napi::Value MemoryOf(const Napi::CallbackInfo& info) {
  const int device = ReadDevice(info[0], "memory");
  SettleAll(device);
  const Memory memory = ReadMemory(device);
  const auto shown = Napi::Object::New(info.Env());
  shown.Set("bytes", static_cast<double>(memory.bytes));
  shown.Set("peakBytes", static_cast<double>(memory.peakBytes));
  shown.Set("tensors", static_cast<double>(memory.tensors));
  return shown;
}

Napi::Value ResetPeakMemory(const Napi::CallbackInfo& info) {
  const int device = ReadDevice(info[0], "resetPeakMemory");
  SettleAll(device);
  ResetPeak(device);
  return info.Env().Undefined();
}

// ---- recorder

uint32_t ReadUint32(const Napi::Value& value, const char* what) {
  const int64_t number = ReadInteger(value, what);
  if (number < 0 || number > UINT32_MAX) Refuse(std::string(what) + ": expected 0 to 4294967295");
  return static_cast<uint32_t>(number);
}

Napi::Value Open(const Napi::CallbackInfo& info) {
  OpenRecorder(ReadString(info[0], "openRecorder"));
  return info.Env().Undefined();
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  CloseRecorder();
  return info.Env().Undefined();
}

Napi::Value InternText(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), Intern(ReadString(info[0], "intern")));
}

template <Current field>
Napi::Value Set(const Napi::CallbackInfo& info) {
  SetCurrent(field, ReadUint32(info[0], "recorder"));
  return info.Env().Undefined();
}

Napi::Value AppendEvent(const Napi::CallbackInfo& info) {
  const uint32_t kind = ReadUint32(info[0], "event: kind");
  if (kind < 1 || kind > UINT8_MAX) Refuse("event: expected a kind of 1 to 255");
  RecordEvent(static_cast<uint8_t>(kind), ReadUint32(info[1], "event: name"), ReadUint32(info[2], "event: step"),
              ReadNumber(info[3], "event: value"), ReadNumber(info[4], "event: value2"));
  return info.Env().Undefined();
}

// ---- stop

Napi::Value Stop(const Napi::CallbackInfo& info) {
  RequestStop(ReadNumber(info[0], "requestStop: graceMs"));
  return info.Env().Undefined();
}

Napi::Value IsStopRequested(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), StopRequested()); }

Napi::Value Acknowledge(const Napi::CallbackInfo& info) {
  AcknowledgeStop();
  return info.Env().Undefined();
}

Napi::Value OnSignals(const Napi::CallbackInfo& info) {
  StopOnSignals(ReadNumber(info[0], "stopOnSignals: graceMs"));
  return info.Env().Undefined();
}

// `execute` without the C++ wrappers; its environment comes with the function.
napi_value NewExecute(napi_env env) {
  napi_value function;
  if (napi_create_function(env, "execute", NAPI_AUTO_LENGTH, Execute, &Environment::Of(env), &function) != napi_ok) {
    Refuse("the environment takes no functions");
  }
  return function;
}

Napi::Object Export(Napi::Env env, Napi::Object exports) {
  Environment::Create(env);
  const auto binding = Napi::Object::New(env);
  const auto add = [&](const char* name, auto function) {
    binding.Set(name, Napi::Function::New(env, function, name));
  };
  add("load", Guarded<Load>);
  add("isLoaded", Guarded<IsLoaded>);
  add("setDeterministic", Guarded<SetDeterministic>);
  add("version", Guarded<Version>);
  add("hasOp", Guarded<HasOp>);
  add("setAsync", Guarded<SetAsync>);
  add("synchronize", Guarded<Synchronize>);
  add("defineKernel", Guarded<Define>);
  binding.Set("execute", NewExecute(env));
  add("executeMany", Guarded<ExecuteMany>);
  add("create", Guarded<Create>);
  add("info", Guarded<Info>);
  add("read", Guarded<Read>);
  add("view", Guarded<View>);
  add("item", Guarded<Item>);
  add("copyTo", Guarded<CopyTo>);
  add("assign", Guarded<Assign>);
  add("snapshot", Guarded<Snapshot>);
  add("free", Guarded<Free>);
  add("memory", Guarded<MemoryOf>);
  add("resetPeakMemory", Guarded<ResetPeakMemory>);
  add("toTfjs", Guarded<ToTfjs>);
  add("fromTfjs", Guarded<FromTfjs>);
  add("openRecorder", Guarded<Open>);
  add("closeRecorder", Guarded<Close>);
  add("intern", Guarded<InternText>);
  add("setLine", Guarded<Set<Current::kLine>>);
  add("setScope", Guarded<Set<Current::kScope>>);
  add("setStep", Guarded<Set<Current::kStep>>);
  add("setPhase", Guarded<Set<Current::kPhase>>);
  add("event", Guarded<AppendEvent>);
  add("requestStop", Guarded<Stop>);
  add("stopRequested", Guarded<IsStopRequested>);
  add("acknowledgeStop", Guarded<Acknowledge>);
  add("stopOnSignals", Guarded<OnSignals>);
  exports.Set("gradtape", binding);
  ExportTfjsBinding(env, exports);
  return exports;
}

}  // namespace

Napi::Object Init(Napi::Env env, Napi::Object exports) { return Export(env, exports); }

}  // namespace gradtape

static Napi::Object InitModule(Napi::Env env, Napi::Object exports) { return gradtape::Init(env, exports); }
NODE_API_MODULE(gradtape, InitModule)
