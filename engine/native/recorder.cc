#include "recorder.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <memory>
#include <mutex>

#include "immortal.h"
#include "mapped_file.h"
#include "status.h"
#include "stop.h"

namespace gradtape {
namespace {

// The layout of docs/run-folder.md.
constexpr size_t kStringsAt = 4096, kStringBytes = 262144, kRing = 1024;
constexpr size_t kOperationsAt = kStringsAt + kStringBytes;

struct Header {
  char magic[8];
  uint32_t headerBytes, stringsAt, stringBytes, operationsAt, ring, operationBytes;
  double opened;
  uint32_t pid;
  uint32_t unused[5];
  std::atomic<uint64_t> operations;
  std::atomic<uint32_t> stringBytesUsed;
  std::atomic<uint32_t> current[5];  // In the order of `Current`.
};

struct Operation {
  std::atomic<uint32_t> name;
  uint32_t line, scope, step;
  uint8_t device, phase;
  std::atomic<uint8_t> done;
  uint8_t zero;
  uint32_t zeros;
  double time;
};

constexpr size_t kEventsAt = 64, kEventsGrowth = 1 << 20;

struct EventsHeader {
  char magic[8];
  uint32_t eventBytes, unused;
  std::atomic<uint64_t> events;
};

struct Event {
  uint8_t kind, zeros[3];
  uint32_t name, step, line;
  double time, value, value2;
};

static_assert(offsetof(Header, operations) == 64 && offsetof(Header, current) == 76 && sizeof(Operation) == 32);
static_assert(sizeof(Event) == 40 && offsetof(EventsHeader, events) == 16);

// Milliseconds since 1970.
double Now() noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

class Files {
 public:
  explicit Files(const std::string& folder)
      : recorder_(folder + "/recorder.bin", kOperationsAt + kRing * sizeof(Operation)),
        events_(folder + "/events.bin", kEventsGrowth) {
    Header& made = header();
    made.headerBytes = made.stringsAt = kStringsAt;
    made.stringBytes = kStringBytes;
    made.operationsAt = kOperationsAt;
    made.ring = kRing;
    made.operationBytes = sizeof(Operation);
    made.opened = Now();
    made.pid = static_cast<uint32_t>(getpid());
    std::memcpy(made.magic, "GTREC001", sizeof made.magic);
    eventsHeader().eventBytes = sizeof(Event);
    std::memcpy(eventsHeader().magic, "GTEVT001", sizeof made.magic);
  }

  Header& header() const { return *reinterpret_cast<Header*>(recorder_.data()); }
  Operation& operation(uint64_t position) const {
    return reinterpret_cast<Operation*>(recorder_.data() + kOperationsAt)[position % kRing];
  }
  EventsHeader& eventsHeader() const { return *reinterpret_cast<EventsHeader*>(events_.data()); }

  // The caller holds the recorder's lock.
  uint32_t Intern(const std::string& text) {
    const auto known = strings_.find(text);
    if (known != strings_.end()) return known->second;
    const uint32_t used = header().stringBytesUsed.load(std::memory_order_relaxed);
    if (text.size() > UINT16_MAX || used + 2 + text.size() > kStringBytes) return 0;
    unsigned char* place = recorder_.data() + kStringsAt + used;
    const auto length = static_cast<uint16_t>(text.size());
    std::memcpy(place, &length, 2);
    std::memcpy(place + 2, text.data(), length);
    header().stringBytesUsed.store(used + 2 + length, std::memory_order_release);
    return strings_.emplace(text, static_cast<uint32_t>(strings_.size()) + 1).first->second;
  }

  void Append(const Event& event) {
    const uint64_t count = eventsHeader().events.load(std::memory_order_relaxed);
    const size_t at = kEventsAt + count * sizeof(Event);
    if (at + sizeof(Event) > events_.size()) events_.Grow(events_.size() + kEventsGrowth);
    std::memcpy(events_.data() + at, &event, sizeof event);
    eventsHeader().events.store(count + 1, std::memory_order_release);
  }

  uint32_t Line() const { return header().current[0].load(std::memory_order_relaxed); }
  // Positions in the ring are given out here and published in the header once the record is whole.
  std::atomic<uint64_t> given{0};

 private:
  MappedFile recorder_;
  MappedFile events_;
  std::map<std::string, uint32_t> strings_;
};

struct Shared {
  std::mutex mutex;  // Opening, closing, strings and events; never taken by a record.
  std::unique_ptr<Files> files;
  std::map<std::string, std::atomic<uint32_t>> names;
};

Shared& State() {
  static Immortal<Shared> shared;
  return *shared;
}

// Lock-free access: a user announces itself, then looks whether files are open; who closes takes the pointer away, then
// waits until nobody is inside. `opening` tells a record whether its place still belongs to the same files.
std::atomic<Files*> opened{nullptr};
std::atomic<int> users{0};
std::atomic<uint64_t> opening{0};

class Use {
 public:
  Use() noexcept {
    if (opened.load(std::memory_order_relaxed) == nullptr) return;
    users.fetch_add(1);
    files_ = opened.load();
    if (files_ == nullptr) users.fetch_sub(1);
  }
  ~Use() {
    if (files_ != nullptr) users.fetch_sub(1);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  Files* operator->() const { return files_; }
  explicit operator bool() const { return files_ != nullptr; }

 private:
  Files* files_ = nullptr;
};

void Retire(Shared& state) {
  if (state.files == nullptr) return;
  opened.store(nullptr);
  while (users.load() != 0) sched_yield();
  for (auto& [name, id] : state.names) id.store(0, std::memory_order_relaxed);
  state.files.reset();
}

}  // namespace

void OpenRecorder(const std::string& folder) {
  auto files = std::make_unique<Files>(folder);
  Shared& state = State();
  const std::lock_guard<std::mutex> lock(state.mutex);
  Retire(state);
  for (auto& [name, id] : state.names) id.store(files->Intern(name), std::memory_order_relaxed);
  state.files = std::move(files);
  opening.fetch_add(1);
  opened.store(state.files.get());
  if (StopRequested()) SetCurrent(Current::kStop, 1);
}

void CloseRecorder() {
  Shared& state = State();
  const std::lock_guard<std::mutex> lock(state.mutex);
  Retire(state);
}

uint32_t Intern(const std::string& text) {
  Shared& state = State();
  const std::lock_guard<std::mutex> lock(state.mutex);
  return state.files == nullptr ? 0 : state.files->Intern(text);
}

const std::atomic<uint32_t>* RecordedName(const std::string& op) {
  Shared& state = State();
  const std::lock_guard<std::mutex> lock(state.mutex);
  const auto [name, isNew] = state.names.try_emplace(op, 0);
  if (isNew && state.files != nullptr) name->second.store(state.files->Intern(op), std::memory_order_relaxed);
  return &name->second;
}

void SetCurrent(Current field, uint32_t value) noexcept {
  if (const Use files; files) files->header().current[static_cast<int>(field)].store(value, std::memory_order_relaxed);
}

void RecordEvent(uint8_t kind, uint32_t name, uint32_t step, double value, double value2) {
  Shared& state = State();
  const std::lock_guard<std::mutex> lock(state.mutex);
  if (state.files == nullptr) return;
  state.files->Append({kind, {}, name, step, state.files->Line(), Now(), value, value2});
}

OperationRecord::OperationRecord(uint32_t name, int device) noexcept : position_(0), opening_(0) {
  const Use files;
  if (!files) return;
  const auto current = [&](Current field) {
    return files->header().current[static_cast<int>(field)].load(std::memory_order_relaxed);
  };
  opening_ = opening.load(std::memory_order_relaxed);
  position_ = files->given.fetch_add(1, std::memory_order_relaxed);
  Operation& operation = files->operation(position_);
  operation.done.store(0, std::memory_order_relaxed);
  operation.name.store(name, std::memory_order_relaxed);
  operation.line = current(Current::kLine);
  operation.scope = current(Current::kScope);
  operation.step = current(Current::kStep);
  operation.device = static_cast<uint8_t>(device);
  operation.phase = static_cast<uint8_t>(current(Current::kPhase));
  operation.zero = 0;
  operation.zeros = 0;
  operation.time = Now();
  std::atomic<uint64_t>& count = files->header().operations;
  uint64_t written = count.load(std::memory_order_relaxed);
  while (written < position_ + 1 && !count.compare_exchange_weak(written, position_ + 1, std::memory_order_release)) {
  }
}

OperationRecord::~OperationRecord() {
  if (opening_ == 0) return;
  const Use files;
  if (files && opening.load(std::memory_order_relaxed) == opening_) {
    files->operation(position_).done.store(1, std::memory_order_release);
  }
}

}  // namespace gradtape
