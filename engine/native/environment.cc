#include "environment.h"

#include <cstdlib>

#include "execute.h"
#include "status.h"

namespace gradtape {
namespace {

// What V8 is told that a tensor costs beside its bytes. The truth (TensorFlow's handle, our entry, a weak reference,
// the objects around it) is about 2 KiB; the rest buys an earlier collection, so that the dead tensors that V8 has
// moved to its old space stay few. Measured (test/bench/memory.mjs and smallOp.mjs): with 16 KiB a loop of small tensors
// grows by 2 % before it settles, but a quarter of a small operation is V8's marking; with 4 KiB it grows by 4 to 10 %
// and the operation is 10 to 15 % faster; with 2 KiB it grows by 17 % and gains no more.
constexpr int64_t kNativeCost = 4 * 1024;
// V8 hears of native memory in batches: a call costs as much as the rest of the bookkeeping of a small tensor.
constexpr int64_t kBatch = 512 * 1024;
constexpr size_t kPending = 64;

}  // namespace

void Environment::Create(napi_env env) {
  auto environment = std::make_unique<Environment>();
  const auto gone = [](auto, void* data, void*) {
    auto* self = static_cast<Environment*>(data);
    self->operations_.reset();
    self->Unref();
  };
  if (napi_set_instance_data(env, environment.get(), gone, nullptr) != napi_ok) {
    Refuse("the JavaScript environment takes no instance data");
  }
  environment.release();  // `gone` has it now.
}

Environment& Environment::Of(napi_env env) {
  void* data = nullptr;
  if (napi_get_instance_data(env, &data) != napi_ok || data == nullptr) Refuse("the environment is closing");
  return *static_cast<Environment*>(data);
}

Environment::Environment() : operations_(std::make_unique<OperationCache>()) {}
Environment::~Environment() = default;

void Environment::Unref() {
  if (--references_ == 0) std::unique_ptr<Environment>(this).reset();
}

void Environment::DrainAtExit(Napi::Env env) {
  if (drains_) return;
  drains_ = true;
  const auto drain = [](const Napi::CallbackInfo&) {
    Context::Drain();
    // Once more for what later listeners launch. Registered only now, it runs before the destructors of statics that
    // were made on first use.
    std::atexit(Context::Drain);
  };
  const auto process = env.Global().Get("process").As<Napi::Object>();
  process.Get("on").As<Napi::Function>().Call(
      process, {Napi::String::New(env, "exit"), Napi::Function::New(env, drain, "drain")});
}

NativeId Environment::Own(napi_env env, napi_value out, ContentsPtr contents) {
  const bool settled = contents->settled();
  const int64_t external = kNativeCost + (contents->shared() ? 0 : contents->ExpectedBytes());
  const NativeId id = Table::Get().Insert(std::move(contents), this, external);
  gained_ += external;
  // Not napi_wrap: that also writes a private property on the object, and only one owner fits.
  const napi_status added =
      napi_add_finalizer(env, out, reinterpret_cast<void*>(static_cast<uintptr_t>(id)), Collected, this, nullptr);
  if (added != napi_ok) {
    Table::Get().Drop(id);
    Refuse("expected an object that owns the result");
  }
  references_++;
  if (!settled) Enqueue(env, id);
  if (gained_ > kBatch) Report(env);
  return id;
}

// Runs inside the collection, on the environment's thread: V8 may not be used, except to report memory.
template <typename Env>
void Environment::Collected(Env env, void* id, void* data) {
  auto* self = static_cast<Environment*>(data);
  Table::Get().Drop(static_cast<NativeId>(reinterpret_cast<uintptr_t>(id)));
  if (self->released_.load(std::memory_order_relaxed) > kBatch) self->Report(env);
  self->Unref();
}

template <typename Env>
void Environment::Report(Env env) {
  const int64_t change = gained_ - released_.exchange(0, std::memory_order_relaxed);
  gained_ = 0;
  int64_t total;
  if (change != 0) napi_adjust_external_memory(env, change, &total);
}

void Environment::Enqueue(napi_env env, NativeId id) {
  if (pending_.size() < kPending) {
    pending_.push_back(id);
    return;
  }
  const NativeId oldest = pending_[next_];
  pending_[next_] = id;
  next_ = (next_ + 1) % kPending;
  const ContentsPtr contents = Table::Get().FindUnsettled(oldest);
  if (contents == nullptr) return;
  const int64_t guess = contents->ExpectedBytes();
  const int64_t change = contents->Settle() - guess;
  if (Table::Get().AddExternal(oldest, change)) gained_ += change;
}

}  // namespace gradtape
