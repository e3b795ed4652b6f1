// The flight recorder: memory-mapped files in a run's folder (docs/run-folder.md is the format), so that the last
// operation, the current line and all events survive SIGKILL and a crash in native code. Works without libtensorflow.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace gradtape {

// Each opens files anew; a second call moves the recording to the other folder. Throw NativeError with the errno's
// name.
void OpenRecorder(const std::string& folder);
void CloseRecorder();

// The id of a string; 0 when the table is full, the string is longer than 65535 bytes, or no recorder is open.
uint32_t Intern(const std::string& text);

// A cell that holds the string id of an operation's name whenever a recorder is open, so that recording needs no
// look-up.
const std::atomic<uint32_t>* RecordedName(const std::string& op);

// Current values, copied into each record. No locks; safe in a signal handler.
enum class Current { kLine, kScope, kStep, kPhase, kStop };
void SetCurrent(Current field, uint32_t value) noexcept;

void RecordEvent(uint8_t kind, uint32_t name, uint32_t step, double value, double value2);

// The record of one execution: written before it, marked as done after it. No locks, no allocation.
class OperationRecord {
 public:
  OperationRecord(uint32_t name, int device) noexcept;
  ~OperationRecord();
  OperationRecord(const OperationRecord&) = delete;
  OperationRecord& operator=(const OperationRecord&) = delete;

 private:
  uint64_t position_;
  uint64_t opening_;
};

}  // namespace gradtape
