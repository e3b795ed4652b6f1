// Tensors as JavaScript names them. `Contents` is one immutable TensorFlow buffer; the table maps ids to contents. An
// id packs a slot and the slot's generation, so an id that outlived its tensor is an error and never another tensor.
// The table is process-wide: any thread may look an id up; the lock is held only to copy a shared_ptr, never while
// TensorFlow or V8 works.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "library.h"
#include "tensorflow_api.h"

namespace gradtape {

class Environment;

using NativeId = uint64_t;

struct DeleteHandle {
  void operator()(TFE_TensorHandle* handle) const { tensorflow.TFE_DeleteTensorHandle(handle); }
};
using Handle = std::unique_ptr<TFE_TensorHandle, DeleteHandle>;

struct FreeHostTensor {
  void operator()(TF_Tensor* tensor) const { tensorflow.TF_DeleteTensor(tensor); }
};
using HostTensor = std::unique_ptr<TF_Tensor, FreeHostTensor>;

// Bytes of one element; 0 for what has no fixed size (strings, resources) or is unknown.
size_t ElementSize(DType dtype);

class Contents;
using ContentsPtr = std::shared_ptr<const Contents>;

class Contents {
 public:
  // Contents whose shape is known. `base`: the contents whose buffer these share; they then count no bytes, and keep
  // the base's bytes counted.
  Contents(Handle handle, int device, const ContentsPtr& base = nullptr);
  // An asynchronous result: its shape is not known yet, so its bytes are guessed now and counted by a later Settle.
  struct Pending {
    int64_t guess;
  };
  Contents(Handle handle, int device, Pending pending, const ContentsPtr& base = nullptr);
  ~Contents();
  Contents(const Contents&) = delete;
  Contents& operator=(const Contents&) = delete;

  TFE_TensorHandle* handle() const { return handle_.get(); }
  DType dtype() const { return dtype_; }
  int device() const { return device_; }
  // Whether the buffer belongs to other contents.
  bool shared() const { return base_ != nullptr; }
  bool settled() const { return counted_.load(std::memory_order_relaxed) != kUnsettled; }
  // Counts the bytes once the shape is known, waiting for it. Returns what is counted for these contents; 0 if the
  // operation that should have made them failed.
  int64_t Settle() const;
  // The size of the buffer as far as it is known; the guess while it is not.
  int64_t ExpectedBytes() const;

 private:
  static constexpr int64_t kUnsettled = -1;
  Handle handle_;
  ContentsPtr base_;
  DType dtype_;
  int device_;
  int64_t guess_ = 0;
  mutable std::atomic<int64_t> counted_{0};
};

struct Found {
  ContentsPtr contents;
  uint32_t version;
};

class Table {
 public:
  static Table& Get();

  // A new id. `owner` is told (Environment::Released) when the tensor goes, so that V8 hears of `external` bytes less.
  NativeId Insert(ContentsPtr contents, Environment* owner, int64_t external);
  // These throw NativeError for an id that is none, was freed or never existed; `what` begins the message.
  Found Find(NativeId id, const char* what);
  void FindAll(const NativeId* ids, size_t count, ContentsPtr* found, const char* what);
  void Assign(NativeId target, NativeId source);
  // Adds to the external bytes of an id that is still there.
  bool AddExternal(NativeId id, int64_t bytes);
  // Frees an id; false when it is not there any more. Never throws, so a finalizer may call it.
  bool Drop(NativeId id) noexcept;
  // What is on a device and was never settled.
  std::vector<ContentsPtr> Unsettled(int device);
  ContentsPtr FindUnsettled(NativeId id);

 private:
  struct Slot {
    ContentsPtr contents;
    Environment* owner = nullptr;
    int64_t external = 0;
    uint32_t generation = 0;
    uint32_t version = 0;
  };

  Slot* Lookup(NativeId id) noexcept;
  Slot& Require(NativeId id, const char* what);
  Slot& At(uint32_t index);

  std::mutex mutex_;
  std::vector<std::unique_ptr<Slot[]>> pages_;
  std::vector<uint32_t> free_;
  uint32_t used_ = 0;
};

}  // namespace gradtape
