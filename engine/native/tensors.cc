#include "tensors.h"

#include <string>

#include "counters.h"
#include "environment.h"
#include "immortal.h"
#include "status.h"

namespace gradtape {
namespace {

// 22 bits of slot (4 million live tensors) and 31 of generation fill the 53 bits of a double. A slot whose generations
// are used up is retired, so no id ever returns.
constexpr int kSlotBits = 22;
constexpr uint32_t kSlots = 1u << kSlotBits;
constexpr uint32_t kLastGeneration = (1u << 31) - 1;
constexpr uint32_t kPage = 4096;

uint32_t SlotOf(NativeId id) { return static_cast<uint32_t>(id & (kSlots - 1)); }
uint32_t GenerationOf(NativeId id) { return static_cast<uint32_t>(id >> kSlotBits); }

int64_t BytesOf(TFE_TensorHandle* handle, DType dtype) {
  const Status status;
  const int64_t elements = tensorflow.TFE_TensorHandleNumElements(handle, status);
  if (!status.ok() || elements < 0) return 0;
  const size_t size = dtype == kString ? sizeof(TF_TString) : ElementSize(dtype);
  return elements * static_cast<int64_t>(size);
}

}  // namespace

size_t ElementSize(DType dtype) {
  switch (dtype) {
    case kInt8:
    case kUint8:
    case kBool:
      return 1;
    case kInt16:
    case kUint16:
    case kFloat16:
    case kBfloat16:
      return 2;
    case kFloat32:
    case kInt32:
    case kUint32:
      return 4;
    case kFloat64:
    case kInt64:
    case kUint64:
    case kComplex64:
      return 8;
    case kComplex128:
      return 16;
    default:
      return 0;
  }
}

Contents::Contents(Handle handle, int device, Pending pending, const ContentsPtr& base)
    : handle_(std::move(handle)),
      base_(base == nullptr || base->base_ == nullptr ? base : base->base_),
      dtype_(tensorflow.TFE_TensorHandleDataType(handle_.get())),
      device_(device),
      guess_(pending.guess),
      counted_(base_ == nullptr ? kUnsettled : 0) {
  CountTensors(device_, 1);
}

Contents::Contents(Handle handle, int device, const ContentsPtr& base)
    : Contents(std::move(handle), device, Pending{0}, base) {
  Settle();
}

Contents::~Contents() {
  const int64_t counted = counted_.load(std::memory_order_relaxed);
  if (counted != kUnsettled) CountBytes(device_, -counted);
  CountTensors(device_, -1);
}

int64_t Contents::Settle() const {
  int64_t counted = counted_.load(std::memory_order_relaxed);
  if (counted != kUnsettled) return counted;
  const int64_t bytes = BytesOf(handle_.get(), dtype_);
  if (!counted_.compare_exchange_strong(counted, bytes)) return counted;
  CountBytes(device_, bytes);
  return bytes;
}

int64_t Contents::ExpectedBytes() const {
  if (base_ != nullptr) return base_->ExpectedBytes();
  const int64_t counted = counted_.load(std::memory_order_relaxed);
  return counted == kUnsettled ? guess_ : counted;
}

Table& Table::Get() {
  static Immortal<Table> table;
  return *table;
}

Table::Slot& Table::At(uint32_t index) { return pages_[index / kPage][index % kPage]; }

Table::Slot* Table::Lookup(NativeId id) noexcept {
  const uint32_t index = SlotOf(id);
  if (index >= used_) return nullptr;
  Slot& slot = At(index);
  return slot.generation == GenerationOf(id) && slot.contents != nullptr ? &slot : nullptr;
}

Table::Slot& Table::Require(NativeId id, const char* what) {
  if (Slot* slot = Lookup(id)) return *slot;
  const uint32_t index = SlotOf(id);
  const bool existed = id != 0 && index < used_ && GenerationOf(id) != 0 && GenerationOf(id) <= At(index).generation;
  const std::string given = std::to_string(id);
  Refuse(std::string(what) + ": expected the id of a live tensor, got " + given +
         (existed   ? ", which was freed"
          : id == 0 ? ", which is none"
                    : ", which never existed"));
}

NativeId Table::Insert(ContentsPtr contents, Environment* owner, int64_t external) {
  const std::lock_guard<std::mutex> lock(mutex_);
  uint32_t index;
  if (!free_.empty()) {
    index = free_.back();
    free_.pop_back();
  } else {
    if (used_ == kSlots) Refuse("more than " + std::to_string(kSlots) + " tensors are alive: something keeps them");
    if (used_ % kPage == 0) {
      pages_.push_back(std::make_unique<Slot[]>(kPage));
      // So that Drop never allocates.
      free_.reserve(pages_.size() * kPage);
    }
    index = used_++;
  }
  Slot& slot = At(index);
  slot.contents = std::move(contents);
  slot.owner = owner;
  slot.external = external;
  slot.version = 0;
  slot.generation++;
  return static_cast<NativeId>(slot.generation) << kSlotBits | index;
}

Found Table::Find(NativeId id, const char* what) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Slot& slot = Require(id, what);
  return {slot.contents, slot.version};
}

void Table::FindAll(const NativeId* ids, size_t count, ContentsPtr* found, const char* what) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t i = 0; i < count; i++) found[i] = Require(ids[i], what).contents;
}

void Table::Assign(NativeId target, NativeId source) {
  ContentsPtr replaced;  // Destroyed after the lock.
  const std::lock_guard<std::mutex> lock(mutex_);
  ContentsPtr contents = Require(source, "assign").contents;
  Slot& slot = Require(target, "assign");
  replaced = std::move(slot.contents);
  slot.contents = std::move(contents);
  slot.version++;
}

bool Table::AddExternal(NativeId id, int64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = Lookup(id);
  if (slot == nullptr) return false;
  slot->external += bytes;
  return true;
}

bool Table::Drop(NativeId id) noexcept {
  ContentsPtr dropped;  // Destroyed after the lock.
  const std::lock_guard<std::mutex> lock(mutex_);
  Slot* slot = Lookup(id);
  if (slot == nullptr) return false;
  dropped = std::move(slot->contents);
  // Under the lock: the owner may go as soon as its finalizer for this id, which takes the lock too, has run.
  if (slot->owner != nullptr) slot->owner->Released(slot->external);
  slot->owner = nullptr;
  if (slot->generation < kLastGeneration) free_.push_back(SlotOf(id));
  return true;
}

std::vector<ContentsPtr> Table::Unsettled(int device) {
  std::vector<ContentsPtr> found;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (uint32_t i = 0; i < used_; i++) {
    const ContentsPtr& contents = At(i).contents;
    if (contents != nullptr && contents->device() == device && !contents->settled()) found.push_back(contents);
  }
  return found;
}

ContentsPtr Table::FindUnsettled(NativeId id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const Slot* slot = Lookup(id);
  return slot == nullptr || slot->contents->settled() ? nullptr : slot->contents;
}

}  // namespace gradtape
